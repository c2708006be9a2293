import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { nextOf } from '../every-sdk/events.ts'
import { hasMember, type Message, type Sdk, VENDORS } from '../every-sdk/sdks.ts'
import { World } from '../every-sdk/world.ts'
import { backEndOf } from '../rest/back-end.ts'
import { type Answer, Receiver } from '../webhooks/receiver.ts'
import { packetOf, RawTwilsock } from './raw-twilsock.ts'

/* The rules of the core hold for the vendor's clients as for everybody else: webhooks that are asked before, and roles. */

const PRE_EVENTS = ['onMessageAdd', 'onMessageUpdate', 'onMessageRemove', 'onConversationUpdate', 'onParticipantAdd']
const [BLOCKED, NOT_ALLOWED] = [50056, 50107]

const NAMES = { 400: 'Bad Request', 403: 'Forbidden' } as const

/** What an application gets that is refused something: answers to commands of 1.x have a code alone. */
const refusedBy = ({ name }: Sdk, status: keyof typeof NAMES, code: number) =>
  name === '1.1.0' ? { code } : { status, message: NAMES[status], body: { code, status } }

describe.each(VENDORS)('with the vendor’s SDK $name, unmodified', (sdk) => {
  const refusal = (code: number) => refusedBy(sdk, 403, code)

  async function hooked() {
    const world = await World.begin(sdk)
    const room = await world.room()
    const receiver = await Receiver.begin()
    const { v1 } = backEndOf(world.server).conversations
    await v1.services(SERVICE_SID).configuration.webhooks().update({ preWebhookUrl: receiver.url, filters: PRE_EVENTS })
    const answers = (answer: Answer) => {
      receiver.answer = () => answer
    }
    return { ...room, receiver, answers }
  }

  test('a webhook is asked before each write, and lets it through', async () => {
    const { alices, bobs, receiver } = await hooked()
    const heard = nextOf<Message>(bobs, 'messageAdded')
    await alices.sendMessage('hello', { a: 1 })
    const message = await heard
    expect([message.body, message.attributes]).toEqual(['hello', { a: 1 }])
    const [own] = (await alices.getMessages()).items
    await own?.updateBody('changed')
    await own?.remove()
    await alices.updateFriendlyName('Tea')
    await alices.add('carol')
    expect(receiver.names).toEqual(PRE_EVENTS)
    expect(receiver.received[0]?.fields).toMatchObject({ Author: 'alice', Body: 'hello', ClientIdentity: 'alice' })
  })

  test('what a webhook changes is what everybody sees, the sender too', async () => {
    const { alices, bobs, answers } = await hooked()
    answers({ status: 200, body: JSON.stringify({ body: 'tidied', attributes: '{"by":"hook"}' }) })
    const heard = [alices, bobs].map((one) => nextOf<Message>(one, 'messageAdded'))
    expect(await alices.sendMessage('as written')).toBe(0)
    for (const { body, attributes } of await Promise.all(heard)) expect([body, attributes]).toEqual(['tidied', { by: 'hook' }])
  })

  test('what a webhook rejects is refused with the documented code, and leaves nothing', async () => {
    const { alices, bobs, answers } = await hooked()
    await alices.sendMessage('before')
    const [own] = (await alices.getMessages()).items
    answers({ status: 403 })
    await expect(alices.sendMessage('no')).rejects.toMatchObject(refusal(BLOCKED))
    await expect(own?.updateBody('no')).rejects.toMatchObject(refusal(BLOCKED))
    await expect(own?.remove()).rejects.toMatchObject(refusal(BLOCKED))
    await expect(alices.updateFriendlyName('no')).rejects.toMatchObject(refusal(BLOCKED))
    await expect(alices.add('carol')).rejects.toMatchObject(refusal(BLOCKED))
    expect([await bobs.getMessagesCount(), await bobs.getParticipantsCount(), own?.body]).toEqual([1, 2, 'before'])
    answers({ status: 200 })
    expect(await alices.sendMessage('after')).toBe(1)
  })

  test('what is too long or not what it should be is refused with its own code', async () => {
    const { alice, alices } = await (await World.begin(sdk)).room()
    const long = 'x'.repeat(33_000)
    const refused = (code: number) => refusedBy(sdk, 400, code)
    await expect(alices.sendMessage(long)).rejects.toMatchObject(refused(50504))
    await expect(alices.sendMessage('')).rejects.toMatchObject(refused(50503))
    await expect(alices.sendMessage('a', { long })).rejects.toMatchObject(refused(50303))
    await expect(alices.updateFriendlyName(long)).rejects.toMatchObject(refused(50003))
    await expect(alices.updateUniqueName(long)).rejects.toMatchObject(refused(50004))
    await expect(alices.updateAttributes({ long })).rejects.toMatchObject(refused(50303))
    await expect(alice.createConversation({ uniqueName: `CH${'0'.repeat(32)}` })).rejects.toMatchObject(refused(50390))
    expect([await alices.getMessagesCount(), alices.friendlyName, alices.attributes]).toEqual([0, 'Lunch', { topic: 'food' }])
  })

  test('somebody may do what their role says, from the moment that it says so', async () => {
    const world = await World.begin(sdk)
    const { alices, bobs } = await world.room()
    const service = backEndOf(world.server).conversations.v1.services(SERVICE_SID)
    await alices.sendMessage('of Alice')
    await alices.add('erin')
    const [theirs] = (await bobs.getMessages()).items
    // What somebody who only takes part may not do.
    const acts: Record<string, () => Promise<unknown> | undefined> = {
      'edits what others wrote': () => theirs?.updateBody('of Bob'),
      'marks what others wrote': () => theirs?.updateAttributes({ by: 'bob' }),
      'renames the room': () => bobs.updateFriendlyName('Bob’s'),
      'changes the room': () => bobs.updateAttributes({ by: 'bob' }),
      'brings somebody in': () => bobs.add('carol'),
      'puts somebody out': () => bobs.removeParticipant('erin'),
      'removes what others wrote': () => theirs?.remove(),
    }
    for (const [what, act] of Object.entries(acts)) await expect(act(), what).rejects.toMatchObject(refusal(NOT_ALLOWED))
    const roles = await service.roles.list()
    const role = (name: string) => roles.find(({ friendlyName }) => friendlyName === name)?.sid ?? ''
    await service
      .conversations(alices.sid)
      .participants('bob')
      .update({ roleSid: role('channel admin') })
    for (const [what, act] of Object.entries(acts)) await expect(act(), what).resolves.not.toThrow()
    expect(await alices.getMessagesCount()).toBe(0)
    if (!hasMember(sdk, 'Client.peekConversationBySid')) return
    // Who may join a room may look at its face; to who may not join it is not there.
    const dave = await world.client('dave')
    expect((await dave.peekConversationBySid(alices.sid)).sid).toBe(alices.sid)
    await service.roles(role('service user')).update({ permission: ['createConversation', 'editOwnUserInfo'] })
    const frank = await world.client('frank')
    await expect(frank.peekConversationBySid(alices.sid)).rejects.toMatchObject({ status: 404 })
  })
})

test('a client that is back is answered when what it asked for before is decided, and what it sent never happens later', async () => {
  const server = await startInProcess({ hookDeadline: 500 })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const receiver = await Receiver.begin()
  const service = backEndOf(server).conversations.v1.services(SERVICE_SID)
  const { sid } = await service.conversations.create()
  await service.conversations(sid).participants.create({ identity: 'alice' })
  await service.configuration.webhooks().update({ preWebhookUrl: receiver.url, filters: ['onMessageAdd'] })
  const token = await server.token('alice')
  const first = await RawTwilsock.connect(server.url)
  const { header } = await first.call('init', { token })
  const http_request = {
    host: 'x',
    method: 'POST',
    path: `/Client/v2/Services/${SERVICE_SID}/Conversations/${sid}/Messages`,
  }
  receiver.answer = () => 'hang'
  first.socket.send(packetOf({ id: 'T', method: 'message', http_request }, { body: 'under way' }))
  await receiver.has(1)
  // Its network fails without a word, while the webhook is still to say something.
  const second = await RawTwilsock.connect(server.url)
  const closed = once(first.socket, 'close')
  await second.call('init', { token, continuation_token: header.continuation_token })
  await closed
  const bodies = async () => (await service.conversations(sid).messages.list()).map(({ body }) => body)
  expect(await bodies()).toEqual(['under way'])
  expect((await second.ask('GET', '/Client/v2/Configuration')).status).toBe(200)
})
