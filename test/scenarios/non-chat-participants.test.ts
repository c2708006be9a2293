import { describe, expect, test } from 'vitest'
import { backEndOf } from '../rest/back-end.ts'
import { next, settle, World } from './world.ts'

const [PROXY, PHONE] = ['+15559990000', '+15551230001']

describe('Conversation.addNonChatParticipant', () => {
  test('lets a phone take part: everybody is told of it, and it has no user', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const joined = next(bobs, 'participantJoined')
    await alices.addNonChatParticipant(PROXY, PHONE, { seat: 4 })
    const phone = await joined
    expect(phone).toMatchObject({ identity: null, type: 'sms', attributes: { seat: 4 }, lastReadMessageIndex: null })
    expect(phone.bindings).toEqual({ sms: { address: PHONE } })
    await expect(phone.getUser()).rejects.toMatchObject({ code: 50200 })
    expect(await bobs.getParticipantBySid(phone.sid)).toBe(phone)
    expect((await alices.getParticipants()).map(({ type }) => type)).toEqual(['chat', 'chat', 'sms'])
    expect(await bobs.getParticipantsCount()).toBe(3)
  })

  test('resolves to the participant as REST gives them', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice')
    const [alices] = conversations
    const answer = await alices.addNonChatParticipant(PROXY, PHONE)
    const [, phone] = await alices.getParticipants()
    const conversation = `${world.server.url}/v1/Services/${answer.chat_service_sid}/Conversations/${alices.sid}`
    expect(answer).toEqual({
      account_sid: expect.stringMatching(/^AC/),
      chat_service_sid: expect.stringMatching(/^IS/),
      conversation_sid: alices.sid,
      role_sid: expect.stringMatching(/^RL/),
      sid: phone?.sid,
      attributes: '{}',
      date_created: phone?.dateCreated.toISOString().replace(/\.\d+/, ''),
      date_updated: phone?.dateUpdated.toISOString().replace(/\.\d+/, ''),
      identity: null,
      messaging_binding: { type: 'sms', address: PHONE, proxy_address: PROXY },
      url: `${conversation}/Participants/${phone?.sid}`,
      links: { conversation },
    })
    expect(await alices.add('bob')).toMatchObject({ identity: 'bob', messaging_binding: null, conversation_sid: alices.sid })
  })

  test('takes WhatsApp and e-mail, the latter with a name and a level', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const [alices] = conversations
    await alices.addNonChatParticipant(`whatsapp:${PROXY}`, `whatsapp:${PHONE}`)
    const email = { name: 'Ann', level: 'cc' } as const
    await alices.addNonChatParticipant('us@example.com', 'ann@example.com', {}, { email })
    const [, phone, mailbox] = await alices.getParticipants()
    expect(phone).toMatchObject({ type: 'whatsapp', bindings: { whatsapp: { address: `whatsapp:${PHONE}` } } })
    expect(mailbox).toMatchObject({ type: 'email', bindings: { email: { ...email, address: 'ann@example.com' } } })
  })

  test('is refused where the two addresses are in another open conversation, which is named, until they are free', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice')
    const [alices] = conversations
    const { sid } = await alices.addNonChatParticipant(PROXY, PHONE)
    const other = await clients[0].createConversation()
    await other.join()
    const refused = { code: 50416, status: 409, message: expect.stringContaining(alices.sid) }
    await expect(other.addNonChatParticipant(PROXY, PHONE)).rejects.toMatchObject(refused)
    await alices.removeParticipant(sid)
    expect((await other.addNonChatParticipant(PROXY, PHONE)).messaging_binding).toMatchObject({ address: PHONE })
  })

  test('is refused without the permission, and for what is no address', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const missing = { code: 50107, detail: { permission: 'addNonChatParticipant' } }
    await expect(bobs.addNonChatParticipant(PROXY, PHONE)).rejects.toMatchObject(missing)
    await expect(alices.addNonChatParticipant(PROXY, 'ann')).rejects.toMatchObject({ code: 50407, status: 400 })
    await expect(alices.addNonChatParticipant('us', PHONE)).rejects.toMatchObject({ code: 50408, status: 400 })
    await expect(alices.addNonChatParticipant('', PHONE)).rejects.toMatchObject({ code: 20001 })
    await expect(alices.addNonChatParticipant(PROXY, 7 as never)).rejects.toMatchObject({ code: 20001 })
  })

  test('makes texts that are too long for a phone be refused', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const [alices] = conversations
    await alices.sendMessage('x'.repeat(1601))
    await alices.addNonChatParticipant(PROXY, PHONE)
    await expect(alices.sendMessage('x'.repeat(1601))).rejects.toMatchObject({ code: 50504 })
    expect(await alices.sendMessage('x'.repeat(1600))).toBe(1)
  })
})

describe('Participant.remove', () => {
  test('takes a phone out, and everybody is told', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const { sid } = await alices.addNonChatParticipant(PROXY, PHONE)
    await settle(alices, bobs)
    const left = next(bobs, 'participantLeft')
    await (await alices.getParticipantBySid(sid)).remove()
    expect(await left).toMatchObject({ sid, identity: null })
    expect(await bobs.getParticipantsCount()).toBe(2)
  })
})

describe('Conversation.bindings', () => {
  test('are none where the conversation itself has no address', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    expect(conversations[0].bindings).toEqual({})
  })

  test('are the address for e-mails that a back end gives it, as everybody hears, who is there and who comes later', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice', 'bob')
    const [alices, bobs] = conversations
    const changed = () => next(bobs, 'updated', ({ updateReasons }) => updateReasons.includes('bindings'))
    const desk = backEndOf(world.server).conversations.v1.conversations(alices.sid)
    const given = changed()
    await desk.update({ 'bindings.email.address': 'help@example.com', 'bindings.email.name': 'Help desk' })
    await given
    const email = { projected_address: 'help@example.com', name: 'Help desk' }
    expect(bobs.bindings).toEqual({ email })
    const later = await (await world.client('alice')).getConversationBySid(alices.sid)
    expect(later.bindings).toEqual({ email })
    const unnamed = changed()
    await desk.update({ 'bindings.email.name': '' })
    await unnamed
    expect(bobs.bindings).toEqual({ email: { projected_address: 'help@example.com' } })
    const taken = changed()
    await desk.update({ 'bindings.email.address': '' })
    await taken
    expect(bobs.bindings).toEqual({})
  })
})
