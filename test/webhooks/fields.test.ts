import { expect, test } from 'vitest'
import { ACCOUNT_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'
import { World } from '../scenarios/world.ts'
import { Receiver } from './receiver.ts'

/*
 * What every event says: the whole table of rest-and-semantics 3.8. A question mark is what it says only where there is such a thing.
 */
const CONVERSATION = 'DateCreated DateUpdated FriendlyName? UniqueName? Attributes ChatServiceSid MessagingServiceSid State'
const ADDRESSES = 'MessagingBinding.ProxyAddress? MessagingBinding.Address? MessagingBinding.ProjectedAddress?'
const BEGINNING = `${ADDRESSES} MessagingBinding.AuthorAddress?`
const PARTICIPANT = `ConversationSid Identity? RoleSid Attributes ${ADDRESSES} MessagingBinding.Type`
const SAID = 'Body Author ParticipantSid? Attributes Media?'
const MESSAGE = `ConversationSid MessageSid Index DateCreated DateUpdated ${SAID}`
const USER = 'ChatServiceSid UserSid Identity RoleSid Attributes FriendlyName?'

const TABLE: Readonly<Record<string, string>> = {
  onConversationAdd: `FriendlyName? UniqueName? Attributes ChatServiceSid MessagingServiceSid ${BEGINNING} MessageBody? Media? State`,
  onConversationAdded: `ConversationSid ${CONVERSATION} ${BEGINNING}`,
  onConversationUpdate: `ConversationSid ${CONVERSATION}`,
  onConversationUpdated: `ConversationSid ${CONVERSATION}`,
  onConversationRemove: `ConversationSid ${CONVERSATION}`,
  onConversationRemoved: `ConversationSid ${CONVERSATION} DateRemoved`,
  onConversationStateUpdated: 'ChatServiceSid ConversationSid MessagingServiceSid StateUpdated StateFrom StateTo Reason',
  onMessageAdd: `ConversationSid? ${SAID}`,
  onMessageAdded: `ConversationSid MessageSid MessagingServiceSid Index DateCreated ${SAID}`,
  onMessageUpdate: MESSAGE,
  onMessageUpdated: MESSAGE,
  onMessageRemove: MESSAGE,
  onMessageRemoved: `${MESSAGE} DateRemoved`,
  onParticipantAdd: PARTICIPANT.replace('ConversationSid', 'ConversationSid?'),
  onParticipantAdded: `${PARTICIPANT} ParticipantSid DateCreated`,
  onParticipantUpdate: `${PARTICIPANT} ParticipantSid DateCreated DateUpdated`,
  onParticipantUpdated: `${PARTICIPANT} ParticipantSid DateCreated DateUpdated LastReadMessageIndex?`,
  onParticipantRemove: `${PARTICIPANT} ParticipantSid DateCreated DateUpdated`,
  onParticipantRemoved: `${PARTICIPANT} ParticipantSid DateCreated DateUpdated DateRemoved`,
  onUserAdded: `${USER} DateCreated`,
  onUserUpdate: `${USER} DateUpdated`,
  onUserUpdated: `${USER} DateUpdated DateCreated isOnline isNotifiable`,
  onDeliveryUpdated:
    'AccountSid ConversationSid ChatServiceSid MessageSid DeliveryReceiptSid ChannelMessageSid ParticipantSid Status ErrorCode DateCreated DateUpdated',
}
const COMMON = 'EventType AccountSid Source ClientIdentity? RetryCount'

/** What only a message with files would say. */
const UNSEEN = new Set(['onConversationAdd Media'])

const TOLD = { xTwilioWebhookEnabled: 'true' as const }
const MESSAGING = `MG${'a'.repeat(32)}`
const OURS = '+15559990000'

async function stage() {
  const receiver = await Receiver.begin()
  const world = await World.begin()
  const { v1 } = backEndOf(world.server).conversations
  const service = v1.services(SERVICE_SID)
  await v1.configuration().update({ defaultMessagingServiceSid: MESSAGING })
  await service.configuration().update({ reachabilityEnabled: true })
  const urls = { preWebhookUrl: `${receiver.url}/before`, postWebhookUrl: `${receiver.url}/after` }
  await service.configuration.webhooks().update({ ...urls, filters: Object.keys(TABLE) })
  return { receiver, world, v1 }
}

/** Somebody does all that a client can do. */
async function clientDoes({ world }: Awaited<ReturnType<typeof stage>>) {
  const anna = await world.client('anna')
  await anna.user.updateFriendlyName('Anna')
  const room = await anna.createConversation({ friendlyName: 'Tea', uniqueName: 'tea', attributes: { a: 1 } })
  await room.join()
  await room
    .prepareMessage()
    .setBody('hello')
    .addMedia({ contentType: 'text/plain', media: 'x', filename: 'x.txt' })
    .buildAndSend()
  const [message] = (await room.getMessages()).items
  await message?.updateBody('changed')
  await message?.remove()
  await room.updateLastReadMessageIndex(0)
  const { sid } = await room.addNonChatParticipant(OURS, '+15551230001')
  await (await room.getParticipantBySid(sid))?.updateAttributes({ a: 2 })
  await room.sendMessage('to the phone')
  const report = { conversationSid: room.sid, index: 1, participantSid: sid, channelMessageSid: 'SM1', status: 'sent' } as const
  const backEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
  await world.server.core.submit(backEnd, { about: {}, command: () => ({ type: 'receipt.record', ...report }), isTold: true })
  await room.removeParticipant(sid)
  await room.updateFriendlyName('Coffee')
  await room.leave()
}

/** A back end does what it alone can do, and speaks to a group of phones. */
async function backEndDoes({ v1 }: Awaited<ReturnType<typeof stage>>) {
  await v1.users.create({ identity: 'cleo', friendlyName: 'Cleo', ...TOLD })
  await v1.users('cleo').update({ attributes: '[]', ...TOLD })
  const { sid } = await v1.conversations.create({ friendlyName: 'Group', uniqueName: 'group', ...TOLD })
  const there = v1.conversations(sid)
  const member = await there.participants.create({ identity: 'ben', 'messagingBinding.projectedAddress': OURS, ...TOLD })
  await there.participants.create({ 'messagingBinding.address': '+15551230002', ...TOLD })
  const moved = { 'messagingBinding.projectedAddress': '+15559990001', lastReadMessageIndex: 0 }
  await there.messages.create({ body: 'from nobody who is here', author: 'ben', ...TOLD })
  await there.participants(member.sid).update({ ...moved, ...TOLD })
  await there.update({ state: 'inactive', ...TOLD })
  await there.participants(member.sid).remove(TOLD)
  await there.remove(TOLD)
}

/** Somebody writes to an address whose messages begin a conversation. */
async function phoneWrites({ v1, world }: Awaited<ReturnType<typeof stage>>) {
  await v1.addressConfigurations.create({ type: 'sms', address: OURS, 'autoCreation.enabled': true })
  const account = { sid: ACCOUNT_SID, serviceSid: SERVICE_SID }
  const message = { address: '+15551230003', proxyAddress: OURS, body: 'hi', channelMessageSid: 'SM2' }
  await world.server.core.receive(account, message)
  await world.server.core.receive(account, { ...message, others: ['+15551230004'], channelMessageSid: 'SM3' })
}

const namesIn = (row: string) => row.split(' ').map((name) => ({ name: name.replace('?', ''), isOptional: name.endsWith('?') }))

test('every event says all that the table says of it, and nothing else', async () => {
  const all = await stage()
  await clientDoes(all)
  await backEndDoes(all)
  await phoneWrites(all)
  const { receiver, world } = all
  await expect.poll(() => world.server.metric('conversa_webhook_pending')).toBe(0)
  expect(new Set(receiver.names)).toEqual(new Set(Object.keys(TABLE)))
  const seen = new Set<string>()
  for (const { fields } of receiver.received) {
    const event = fields.EventType ?? ''
    const row = namesIn(`${TABLE[event]} ${COMMON}`)
    const missing = row.filter(({ name, isOptional }) => !isOptional && !(name in fields)).map(({ name }) => name)
    const known = new Set(row.map(({ name }) => name))
    const unknown = Object.keys(fields).filter((name) => !known.has(name))
    expect([event, missing, unknown]).toEqual([event, [], []])
    for (const name of Object.keys(fields)) seen.add(`${event} ${name}`)
  }
  const everything = Object.entries(TABLE).flatMap(([event, row]) => namesIn(row).map(({ name }) => `${event} ${name}`))
  expect(everything.filter((one) => !seen.has(one) && !UNSEEN.has(one))).toEqual([])
})
