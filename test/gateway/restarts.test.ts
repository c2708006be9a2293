import { afterAll, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { nextOf } from '../every-sdk/events.ts'
import { type Conversation, VENDORS } from '../every-sdk/sdks.ts'
import { Application } from './coming-back.ts'

const KILLS = 3
/** Messages of each application between two kills. */
const SENDS = 15

afterAll(endServerProcesses)

/** Everything that is stored, by index. */
async function stored(client: RawClient, conversationSid: string): Promise<[number, string | null][]> {
  const found: [number, string | null][] = []
  for (let anchor: number | null = 0; anchor !== null; ) {
    const page: { messages: { index: number; body: string | null }[]; newer: number | null } = await client.ask({
      type: 'message.page',
      conversationSid,
      anchor,
      direction: 'forward',
      limit: 100,
    })
    found.push(...page.messages.map(({ index, body }): [number, string | null] => [index, body]))
    anchor = page.newer
  }
  return found
}

test.each(VENDORS)(
  `$name comes back from ${KILLS} kills of the server whole, by itself, and what it sends is there once`,
  { timeout: 240_000 },
  async (sdk) => {
    const folder = await dataFolder()
    onTestFinished(() => folder[Symbol.asyncDispose]())
    let server = await ServerProcess.start({ data: folder.path })
    const signIn = async (identity: string) => RawClient.signIn(server.url, await server.token(identity))
    const owner = await signIn('owner')
    const { sid } = (await owner.ask({ type: 'conversation.create' })).conversation
    for (const identity of ['owner', 'alice', 'bob']) await owner.ask({ type: 'participant.add', conversationSid: sid, identity })
    const writers: { application: Application; conversation: Conversation }[] = []
    for (const identity of ['alice', 'bob']) {
      const application = await Application.begin(sdk, await server.token(identity), server.url)
      const say = (body: string) => owner.ask({ type: 'message.send', conversationSid: sid, body })
      writers.push({ application, conversation: await application.followed(sid, say) })
    }
    for (let kill = 1; kill <= KILLS; kill++) {
      const sending = Promise.all(
        writers.map(async ({ application, conversation }, writer) => {
          for (let at = 0; at < SENDS; at++) await application.send(conversation, `writer ${writer} ${kill} ${at}`)
        }),
      )
      await writers[0]?.application.hears(`writer 1 ${kill} 5`)
      await server.kill9()
      server = await server.restart()
      await sending
    }
    const last = await signIn('owner')
    const heard = Promise.all(writers.map(({ application }) => application.hears('the end')))
    await last.ask({ type: 'message.send', conversationSid: sid, body: 'the end' })
    await heard
    const messages = await stored(last, sid)
    expect(messages.map(([index]) => index)).toEqual(messages.map((_, at) => at))
    for (const [writer, { application }] of writers.entries()) {
      const theirs = messages.filter(([, body]) => body?.startsWith(`writer ${writer} `)).map(([, body]) => body)
      expect(theirs).toEqual(application.sent)
      const told = application.heard.get(sid) ?? []
      expect(told).toEqual(messages.slice(told[0]?.[0] ?? 0))
    }
    expect(writers.some(({ application }) => application.failures > 0)).toBe(true)
    // The list of conversations lives on as well.
    const { conversation } = await last.ask({ type: 'conversation.create' })
    const joined = writers.map(({ application }) => nextOf<Conversation>(application.client, 'conversationJoined'))
    for (const identity of ['owner', 'alice', 'bob']) {
      await last.ask({ type: 'participant.add', conversationSid: conversation.sid, identity })
    }
    expect((await Promise.all(joined)).map((each) => each.sid)).toEqual([conversation.sid, conversation.sid])
  },
)
