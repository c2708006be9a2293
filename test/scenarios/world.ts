import { join } from 'node:path'
import { newDatabase } from '@conversa/adapters/testing/new-database'
import {
  Client,
  type ClientEvents,
  type ClientOptions,
  type Conversation,
  type ConversationEvents,
  type Message,
  type MessageEvents,
  type Participant,
  type ParticipantEvents,
  type User,
  type UserEvents,
} from '@conversa/client'
import type { BackEnd, Permission } from '@conversa/core'
import type { ConversationState, DeliveryStatus } from '@conversa/protocol'
import { onTestFinished } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { type InProcessOptions, type InProcessServer, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { manyConversations } from './many-conversations.ts'

const BACK_END: BackEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' }

/** People with the public SDK, real sockets, and a server on a real SQLite file; for the test that runs. */
export class World {
  readonly server: InProcessServer

  private constructor(server: InProcessServer) {
    this.server = server
  }

  static async begin(
    options: Pick<
      InProcessOptions,
      'mediaLimits' | 'limits' | 'times' | 'clock' | 'transport' | 'idempotencyKeyLife' | 'hookDeadline' | 'push'
    > = {},
  ): Promise<World> {
    const folder = await dataFolder()
    const server = await startInProcess({ ...options, open: () => newDatabase(join(folder.path, 'conversa.db')) })
    onTestFinished(async () => {
      await server[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    })
    return new World(server)
  }

  /** Somebody's client, initialized. */
  async client(identity: string, options: Omit<ClientOptions, 'url'> = {}): Promise<Client> {
    const client = await Client.create(await this.server.token(identity), { ...options, url: this.server.url })
    onTestFinished(() => client.shutdown())
    return client
  }

  /** Clients of several people, and a conversation that the first one created and all of them are in, as each of them sees it. */
  async room<const Names extends readonly [string, ...string[]]>(...names: Names): Promise<Room<Names>> {
    const clients: Client[] = []
    for (const name of names) clients.push(await this.client(name))
    const [owner, ...others] = clients as [Client, ...Client[]]
    const conversation = await owner.createConversation()
    const seen = others.map((client) => next(client, 'conversationJoined'))
    await conversation.join()
    for (const { user } of others) await conversation.add(user.identity)
    return { clients, conversations: [conversation, ...(await Promise.all(seen))] } as unknown as Room<Names>
  }

  /** Makes many conversations that somebody is in. @returns their SIDs, oldest activity first */
  manyConversations(identity: string, count: number): Promise<string[]> {
    return manyConversations(this.server.core, { identity, serviceSid: SERVICE_SID, count })
  }

  /** The devices that the server knows of somebody, as channel and id. */
  async pushRegistrations(identity: string): Promise<string[]> {
    const raw = await this.server.signIn(identity)
    const { registrations } = await raw.ask({ type: 'push.list' })
    await raw.close()
    return registrations.map(({ channelType, registrationId }) => `${channelType} ${registrationId}`)
  }

  /** Brings a conversation into a state, as back ends do. */
  async setState({ sid }: Conversation, state: ConversationState): Promise<void> {
    await this.server.core.execute(BACK_END, { type: 'conversation.update', conversationSid: sid, state })
  }

  /** What a carrier reports of a message and a participant, as a back end passes it on. */
  async report(message: Message, participantSid: string, status: DeliveryStatus, errorCode: number | null = null): Promise<void> {
    const about = { conversationSid: message.conversation.sid, index: message.index, participantSid }
    const report = { type: 'receipt.record', ...about, channelMessageSid: 'SM1', status, errorCode } as const
    const answer = await this.server.core.execute(BACK_END, report)
    if (!('receipt' in answer)) throw new Error(`the report was refused: ${JSON.stringify(answer)}`)
  }

  /** Changes the settings of a service, as back ends do. */
  async configure(serviceSid: string, settings: { readonly reachabilityEnabled: boolean }): Promise<void> {
    const command = { type: 'service.update', ...settings } as const
    await this.server.core.submit({ ...BACK_END, serviceSid }, { about: {}, command: () => command })
  }

  /** Takes a permission away from every role. */
  async forbid(permission: Permission): Promise<void> {
    const { store } = this.server
    const roles = [...(await store.read((reads) => reads.roles(SERVICE_SID))).values()]
    await store.transact([], (tx) => {
      for (const role of roles) {
        tx.saveRole({ ...role, permissions: role.permissions.filter((each) => each !== permission) })
      }
    })
  }

  /** Somebody who is not connected sends something, as a back end does. */
  async send({ sid }: Pick<Conversation, 'sid'>, body: string): Promise<void> {
    await this.server.core.execute(BACK_END, { type: 'message.send', conversationSid: sid, body })
  }
}

export interface Room<Names extends readonly string[]> {
  readonly clients: { readonly [Name in keyof Names]: Client }
  readonly conversations: { readonly [Name in keyof Names]: Conversation }
}

/** What an object of the SDK tells, by name. */
type EventsOf<Object> = Object extends Client
  ? ClientEvents
  : Object extends Conversation
    ? ConversationEvents
    : Object extends Message
      ? MessageEvents
      : Object extends Participant
        ? ParticipantEvents
        : Object extends User
          ? UserEvents
          : never

type Telling = Client | Conversation | Message | Participant | User

/** Any of them, for what follows: the names and their payloads are checked by `EventsOf`. */
interface Untyped {
  on(name: PropertyKey, listener: (payload: never) => void): unknown
  off(name: PropertyKey, listener: (payload: never) => void): unknown
}

/** The next event of a name that is wanted. */
export function next<From extends Telling, Name extends keyof EventsOf<From>>(
  from: From,
  name: Name,
  isWanted: (payload: EventsOf<From>[Name]) => boolean = () => true,
): Promise<EventsOf<From>[Name]> {
  const emitter = from as unknown as Untyped
  return new Promise((resolve) => {
    const listener = (payload: EventsOf<From>[Name]) => {
      if (!isWanted(payload)) return
      emitter.off(name, listener)
      resolve(payload)
    }
    emitter.on(name, listener)
  })
}

/** Everything that is told under these names from now on, in order: the name, and what is picked of the payload. */
export function record<From extends Telling>(
  from: From,
  picks: { readonly [Name in keyof EventsOf<From>]?: (payload: EventsOf<From>[Name]) => unknown },
): [string, unknown][] {
  const heard: [string, unknown][] = []
  for (const [name, pick] of Object.entries<((payload: never) => unknown) | undefined>(picks)) {
    if (pick) (from as unknown as Untyped).on(name, (payload) => heard.push([name, pick(payload)]))
  }
  return heard
}

/**
 * Waits until everybody has heard what happened in a conversation up to now: order is total, so who hears of a mark has heard of all
 * that was before it.
 */
export async function settle(by: Conversation, ...others: Conversation[]): Promise<void> {
  const mark = `mark ${Math.random()}`
  const heard = others.map((each) => next(each, 'updated', ({ conversation }) => conversation.friendlyName === mark))
  await by.updateFriendlyName(mark)
  await Promise.all(heard)
}
