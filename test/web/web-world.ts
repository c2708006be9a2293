import type { BackEnd } from '@conversa/core'
import { buildWeb } from '../../scripts/build-web.js'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { type InProcessOptions, type InProcessServer, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { Person } from './person.ts'

/** A server that serves the web app, and people in front of browsers, for the tests of one file. */
export class WebWorld {
  readonly server: InProcessServer
  readonly #closing: (() => Promise<unknown>)[]

  private constructor(server: InProcessServer, closing: (() => Promise<unknown>)[]) {
    this.server = server
    this.#closing = closing
  }

  static async begin(options: Pick<InProcessOptions, 'mediaLimits' | 'times' | 'channels'> = {}): Promise<WebWorld> {
    const folder = await dataFolder()
    await buildWeb(folder.path)
    const server = await startInProcess({ ...options, webFolder: folder.path })
    return new WebWorld(server, [async () => server[Symbol.asyncDispose](), async () => folder[Symbol.asyncDispose]()])
  }

  /** Somebody who is not signed in yet. */
  async person(name: string, screen: { readonly width: number; readonly height: number }): Promise<Person> {
    const person = await Person.arrive(name, screen)
    this.#closing.unshift(person.close)
    return person
  }

  /** A conversation that a back end makes, with people in it. @returns its SID */
  async conversation(friendlyName: string, ...identities: string[]): Promise<string> {
    const { core } = this.server
    const made = await core.execute(BACK_END, { type: 'conversation.create', friendlyName })
    if (!('conversation' in made)) throw new Error(`no conversation: ${JSON.stringify(made)}`)
    const { sid } = made.conversation
    for (const identity of identities) await core.execute(BACK_END, { type: 'participant.add', conversationSid: sid, identity })
    return sid
  }

  /** A conversation that somebody makes, who may do in it whatever can be done. @returns its SID */
  async conversationOf(owner: string, friendlyName: string, ...others: string[]): Promise<string> {
    const device = await this.server.signIn(owner)
    const { sid } = (await device.ask({ type: 'conversation.create', friendlyName })).conversation
    for (const identity of [owner, ...others]) await device.ask({ type: 'participant.add', conversationSid: sid, identity })
    await device.close()
    return sid
  }

  /** Sends texts, one after the other, as a back end does for somebody. */
  async send(conversationSid: string, bodies: Iterable<string>): Promise<void> {
    await Promise.all(
      [...bodies].map((body) => this.server.core.execute(BACK_END, { type: 'message.send', conversationSid, body })),
    )
  }

  /** Sets how far somebody has read, as another device of theirs does. */
  async readUpTo(conversationSid: string, identity: string, index: number): Promise<void> {
    const device = await this.server.signIn(identity)
    await device.ask({ type: 'readHorizon.set', conversationSid, index })
    await device.close()
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close()
  }
}

const BACK_END: BackEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' }
