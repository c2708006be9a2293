import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export const SERVICE = `IS${'7'.repeat(32)}`
export const ROOM = 'CH0f5b6d1e9a7c4832b1d0e6f7a8c9b0d1'
export const DAMAGED = `CH${'8'.repeat(32)}`

/** A SID as random as the vendor's. */
export const sidOf = (prefix: string, number: number) =>
  `${prefix}9e107d9d372bb6826bd81d3542a419${number.toString(16).padStart(2, '0')}`

const dates = { date_created: '2021-05-06T07:08:09Z', date_updated: '2021-05-06T07:08:10Z' }
const ROLES = ['service', 'conversation', 'conversation'].map((type, at) => ({
  sid: sidOf('RL', at),
  friendly_name: `role ${at}`,
  type,
  permissions:
    type === 'service' ? ['createConversation', 'someThingOfTomorrow'] : ['sendMessage', 'deleteOwnMessage', 'editOwnMessage'],
  ...dates,
}))

const message = (index: number, fields: object = {}) => ({
  sid: sidOf('IM', index),
  index,
  author: 'anna',
  participant_sid: sidOf('MB', 1),
  body: `line ${index}`,
  media: null,
  attributes: '{}',
  delivery: null,
  ...dates,
  ...fields,
})

const participant = (number: number, fields: object = {}) => ({
  sid: sidOf('MB', number),
  identity: null,
  attributes: '{}',
  messaging_binding: null,
  role_sid: sidOf('RL', 1),
  last_read_message_index: null,
  last_read_timestamp: null,
  ...dates,
  ...fields,
})

const FILE = { sid: sidOf('ME', 1), size: 5, content_type: 'text/plain', filename: 'a.txt' }

const MESSAGES = [
  message(0),
  message(2, { attributes: '{' }),
  message(3, { media: [FILE], body: null, content_sid: `HX${'0'.repeat(32)}` }),
  message(4, { sid: 'IMnonsense' }),
  message(7, { author: 'somebody who was deleted', participant_sid: null }),
]

const conversation = (sid: string, fields: object = {}) => ({
  sid,
  unique_name: null,
  friendly_name: 'Room',
  attributes: '{}',
  state: 'active',
  timers: {},
  ...dates,
  ...fields,
})

const CONFIGURATION = {
  default_conversation_creator_role_sid: sidOf('RL', 2),
  default_conversation_role_sid: sidOf('RL', 1),
  default_chat_service_role_sid: sidOf('RL', 0),
  reachability_enabled: true,
}

const hook = (number: number, target: string, configuration: object) => ({
  sid: sidOf('WH', number),
  target,
  configuration,
  ...dates,
})

/** What each address below the service answers; a list answers a page. */
const ANSWERS: Readonly<Record<string, object | undefined>> = {
  '': { sid: SERVICE, friendly_name: 'moved', ...dates },
  '/Configuration': CONFIGURATION,
  '/Configuration/Webhooks': {
    pre_webhook_url: null,
    post_webhook_url: 'https://example.org/all',
    method: 'POST',
    filters: ['onMessageAdded', 'onNothing'],
  },
  '/Roles': page('roles', ROLES),
  '/Users': page('users', [
    { sid: sidOf('US', 1), identity: 'anna', role_sid: sidOf('RL', 0), friendly_name: null, attributes: '{}', ...dates },
    { sid: sidOf('US', 2), identity: '', role_sid: sidOf('RL', 0), friendly_name: null, attributes: '{}', ...dates },
  ]),
  '/Conversations': page('conversations', [conversation(ROOM), conversation(DAMAGED, { state: 'asleep' }), null]),
  [`/Conversations/${ROOM}/Participants`]: page('participants', [
    participant(1, { identity: 'anna', last_read_message_index: 9, last_read_timestamp: '2021-05-06T07:08:11Z' }),
    participant(2, { identity: 'deleted' }),
    participant(3, { messaging_binding: { type: 'sms', address: null } }),
  ]),
  [`/Users/anna/Conversations/${ROOM}`]: { notification_level: 'muted', created_by: 'anna' },
  [`/Conversations/${ROOM}/Messages`]: page('messages', MESSAGES),
  [`/Conversations/${ROOM}/Webhooks`]: page('webhooks', [
    hook(1, 'studio', { flow_sid: 'FW1' }),
    hook(2, 'webhook', { url: 'https://example.org/one', method: 'get', filters: ['onMessageAdded', 'onNothing'] }),
  ]),
}

function page(key: string, items: readonly unknown[]): object {
  return { meta: { next_page_url: null }, [key]: items }
}

/** A server of the same API whose SIDs are random, that has no media service, and of which not everything fits. */
export async function foreignSource(): Promise<string> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0]?.slice(`/v1/Services/${SERVICE}`.length) ?? ''
    const answer = ANSWERS[path]
    response.writeHead(answer ? 200 : 404).end(JSON.stringify(answer ?? { code: 20404, status: 404 }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
