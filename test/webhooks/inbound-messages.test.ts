import { expect, test } from 'vitest'
import { ACCOUNT_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'
import { next, World } from '../scenarios/world.ts'
import { Receiver } from './receiver.ts'

const PHONE = { address: 'whatsapp:+15550100200', proxyAddress: 'whatsapp:+15550100300' } as const

test('a message to a configured address begins a conversation, of which its webhook hears; agents answer there', async () => {
  const receiver = await Receiver.begin()
  const world = await World.begin()
  const { v1 } = backEndOf(world.server).conversations
  await v1.addressConfigurations.create({
    type: 'whatsapp',
    address: PHONE.proxyAddress,
    'autoCreation.enabled': true,
    'autoCreation.type': 'webhook',
    'autoCreation.webhookUrl': `${receiver.url}/attached`,
    'autoCreation.webhookFilters': ['onMessageAdded'],
  })
  const account = { sid: ACCOUNT_SID, serviceSid: SERVICE_SID }
  const inbound = (body: string, channelMessageSid: string) =>
    world.server.core.receive(account, { ...PHONE, body, channelMessageSid })
  const answer = await inbound('help', 'WA1')
  if (!answer || !('conversationSid' in answer)) throw new Error('the message did not arrive')
  const { conversationSid } = answer
  const [told] = await receiver.has(1)
  expect(told?.url).toBe('/attached')
  expect(told?.fields).toMatchObject({
    Body: 'help',
    Source: 'WHATSAPP',
    Author: PHONE.address,
    ConversationSid: conversationSid,
  })
  const there = v1.conversations(conversationSid)
  const [participant] = await there.participants.list()
  expect(participant?.messagingBinding).toEqual({
    type: 'whatsapp',
    address: PHONE.address,
    proxy_address: PHONE.proxyAddress,
  })
  expect(await there.messages.list()).toMatchObject([{ author: PHONE.address, participantSid: participant?.sid, body: 'help' }])
  const anna = await world.client('anna')
  await there.participants.create({ identity: 'anna' })
  const room = await anna.getConversationBySid(conversationSid)
  const heard = next(room, 'messageAdded')
  await inbound('please', 'WA2')
  expect(await heard).toMatchObject({ body: 'please', participantSid: participant?.sid, author: PHONE.address })
})

test('webhooks that are asked before may reject a message from outside, or change it', async () => {
  const receiver = await Receiver.begin()
  const world = await World.begin()
  const { v1 } = backEndOf(world.server).conversations
  await v1.addressConfigurations.create({ type: 'whatsapp', address: PHONE.proxyAddress, 'autoCreation.enabled': true })
  const hooks = v1.services(SERVICE_SID).configuration.webhooks()
  await hooks.update({ preWebhookUrl: receiver.url, filters: ['onMessageAdd', 'onConversationAdd'] })
  receiver.answer = ({ fields }) => {
    if (fields.EventType === 'onConversationAdd') return { status: 200, body: '{"friendly_name":"From outside"}' }
    return fields.Body === 'spam' ? { status: 403 } : { status: 200, body: '{"body":"cleaned"}' }
  }
  const account = { sid: ACCOUNT_SID, serviceSid: SERVICE_SID }
  const inbound = (body: string) => world.server.core.receive(account, { ...PHONE, body, channelMessageSid: body })
  expect(await inbound('spam')).toMatchObject({ name: 'webhook-blocked' })
  expect(await v1.conversations.list()).toEqual([])
  await inbound('dirty')
  const [conversation] = await v1.conversations.list()
  expect(conversation).toMatchObject({ friendlyName: 'From outside' })
  const messages = await v1.conversations(String(conversation?.sid)).messages.list()
  expect(messages.map(({ body }) => body)).toEqual(['cleaned'])
})
