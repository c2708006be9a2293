import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { run } from '../packages/application/main.ts'
import { picturesOf, sendAlbum } from '../packages/application/media.ts'
import { inviteByPhone, rosterOf } from '../packages/application/participants.ts'
import { edit, line, react } from '../packages/application/room.ts'
import { signInOlder } from '../packages/application/sign-in.ts'
import { next, World } from './world.ts'

/** The alias: what the application imports by the vendor's name is ours. */
vi.mock('@twilio/conversations', () => import('@conversa/client'))

/** A page has its server where it came from, so that an application does not name one. */
async function served(): Promise<World> {
  const world = await World.begin()
  vi.stubGlobal('location', { origin: world.server.url })
  onTestFinished(() => void vi.unstubAllGlobals())
  return world
}

describe('an application that is written for @twilio/conversations 3.0.1', () => {
  test('runs as it is, from signing in to signing out', async () => {
    const world = await served()
    const bob = await world.client('bob')
    const messages: [string | null, string | undefined][] = []
    bob.on('messageAdded', ({ body, media }) => messages.push([body, media?.filename ?? undefined]))
    const second = next(bob, 'messageAdded', ({ index }) => index === 1)
    const said: string[] = []
    const account = { identity: 'alice', fetchToken: () => world.server.token('alice') }
    await run(account, (text) => said.push(text), new File(['salad'], 'menu.txt', { type: 'text/plain' }))
    await second
    expect(messages).toEqual([
      ['Soup or salad?', undefined],
      [null, 'menu.txt'],
    ])
    expect(said).toEqual(expect.arrayContaining(['online', 'initialized', '1 conversations', '2 messages']))
  })

  test('does what it does with messages, files and people', async () => {
    const world = await served()
    const client = await signInOlder(await world.server.token('alice'))
    onTestFinished(() => client.shutdown())
    const conversation = await (await client.createConversation()).join()
    const files = [1, 2].map((number) => new File([`${number}`], `${number}.txt`, { type: 'text/plain' }))
    expect(await sendAlbum(conversation, files, 'two files')).toBe(0)
    const [message] = (await conversation.getMessages()).items
    if (!message) throw new Error('the album is not there')
    expect([message.attachedMedia?.length, message.subject, (await picturesOf(message)).size]).toEqual([2, 'two files', 0])
    expect((await react(message, '👍', 'alice')).attributes).toEqual({ album: true, reactions: { '👍': ['alice'] } })
    expect(await edit(message, 'edited')).toMatch(/^alice at 2/)
    expect(line(message)).toContain('alice: two files (a file)')
    expect(await rosterOf(conversation)).toEqual([expect.stringMatching(/^alice \(RL\w+\): nothing/)])
    expect(await inviteByPhone(conversation, '+15550001', '+15550002')).toMatch(/^MB\w+ \+15550002$/)
  })
})

/** Puts a proxy before an object and all that is read from it, as Vue does with what is in its state: what is so marked stays as it is. */
function reactive<T>(object: T): T {
  if (typeof object !== 'object' || object === null || Reflect.get(object, '__v_skip')) return object
  return new Proxy(object, { get: (target, name, receiver) => reactive(Reflect.get(target, name, receiver)) })
}

describe('an application whose framework keeps proxies', () => {
  test('reads and calls what it put into its state', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice')
    await conversations[0].sendMessage({ contentType: 'text/plain', media: 'one', filename: 'one.txt' })
    const page = await conversations[0].getMessages()
    const [participant] = await conversations[0].getParticipants()
    const builder = conversations[0].prepareMessage()
    const state = reactive({ client: clients[0], conversations, page, participant, builder, unsent: builder.build() })
    const [conversation] = state.conversations
    expect([state.client.user.identity, conversation.lastMessage?.index, state.participant?.identity]).toEqual([
      'alice',
      0,
      'alice',
    ])
    expect([state.page.hasNextPage, state.page.items[0]?.media?.filename]).toEqual([false, 'one.txt'])
    expect(await state.builder.setBody('two').buildAndSend()).toBe(1)
    state.unsent.text = 'three'
    expect(await state.unsent.send()).toBe(2)
    expect(await conversation.getMessagesCount()).toBe(3)
  })
})
