import { FOREIGN_SERVICE_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import type { SeededRandom } from '../simulation/random.ts'
import { packetOf } from './raw-twilsock.ts'

/** What a hostile packet is aimed at: somebody else's room, and objects of it. */
export interface Target {
  readonly conversationSid: string
  readonly foreignToken: string
}

type Make = (random: SeededRandom, target: Target, id: string) => Buffer

/** Values that stand where something else is expected. */
const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  2 ** 53,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '😀'.repeat(50),
  'x'.repeat(40_000),
  [],
  {},
  [[[]]],
  { __proto__: null, constructor: { prototype: {} } },
  '../../..',
  '%00%ff',
  '{"a":',
]
const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'OPTIONS', 'constructor', '']
const FIELDS = [
  'body',
  'attributes',
  'identity',
  'unique_name',
  'friendly_name',
  'last_read_message_index',
  'media_sids',
  '__proto__',
]

const bytes = (random: SeededRandom, length: number) => Buffer.from(random.bytes(new Uint8Array(length)))
const bomb = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

function pathOf(random: SeededRandom, { conversationSid }: Target): string {
  const service = random.pick([SERVICE_SID, FOREIGN_SERVICE_SID, 'IS', '..'])
  const room = `/Client/v2/Services/${service}/Conversations/${random.pick([conversationSid, 'CH', '%2e%2e', '%'])}`
  return random.pick([
    room,
    `${room}/Messages`,
    `${room}/Messages/IM${'0'.repeat(32)}`,
    `${room}/Participants`,
    `${room}/Participants/alice`,
    `/Client/v2/Services/${service}/Users/alice`,
    `/Client/v2/Services/${service}/Users/alice/Conversations/${conversationSid}`,
    `/Client/v2/Services/${service}/Typing`,
    `/v3/Lists/${conversationSid}.messages/Items`,
    `/v3/Maps/${conversationSid}.roster`,
    `/v3/Documents/${conversationSid}.channel`,
    `/v3/Maps/${Buffer.from('alice').toString('base64url')}.my_conversations/Items`,
    '/v4/Subscriptions',
    '/v1/registrations',
    '/',
    '',
  ])
}

const oddBody = (random: SeededRandom) =>
  Object.fromEntries(Array.from({ length: random.below(4) }, () => [random.pick(FIELDS), random.pick(ODD)]))

/** A request that is well formed as a packet, with something odd in it. */
const request: Make = (random, target, id) => {
  const params = random.chance(0.3)
    ? random.pick(ODD)
    : { From: random.pick(ODD), Order: random.pick(ODD), PageToken: random.pick(ODD) }
  const headers = { 'X-Twilio-Mutation-Id': random.pick(ODD) }
  const http_request = { host: 'x', method: random.pick(METHODS), path: pathOf(random, target), params, headers }
  const subscriptions = {
    action: random.pick(['establish', 'cancel', 7]),
    correlation_id: random.pick(ODD),
    requests: random.pick(ODD),
  }
  const following = {
    action: 'establish',
    correlation_id: 1,
    requests: [{ object_sid: random.pick(ODD), last_event_id: random.pick(ODD) }],
  }
  return packetOf({ id, method: 'message', http_request }, random.pick([oddBody(random), subscriptions, following]))
}

/** Every way to be hostile. */
const WAYS: Readonly<Record<string, Make>> = {
  noise: (random) => bytes(random, random.below(300)),
  magic: (random, _, id) =>
    Buffer.from(
      packetOf({ id, method: 'reply' })
        .toString()
        .replace('V3.0', random.pick(['V4.0', 'v3.0', '', 'V3.0 '])),
    ),
  length: (random, target, id) => {
    const text = request(random, target, id).toString('latin1')
    return Buffer.from(
      text.replace(/^TWILSOCK V3\.0 \d+/, `TWILSOCK V3.0 ${random.pick(['0', '1', '-1', '99999999', '999999999', '1e3', ''])}`),
      'latin1',
    )
  },
  size: (random, target, id) => {
    const text = request(random, target, id).toString('latin1')
    return Buffer.from(
      text.replace(/"payload_size":(\d+)/, (all, size) => random.pick([`"payload_size":${'9'.repeat(size.length)}`, all])),
      'latin1',
    )
  },
  half: (random, target, id) => {
    const whole = request(random, target, id)
    return whole.subarray(0, random.below(whole.length))
  },
  flipped: (random, target, id) => {
    const whole = request(random, target, id)
    for (let at = 0; at < 3; at++) whole[random.below(whole.length)] = random.below(256)
    return whole
  },
  bomb: (random, target, id) => {
    const http_request = { host: 'x', method: 'POST', path: pathOf(random, target) }
    return packetOf(
      { id, method: 'message', http_request },
      random.pick([bomb(20_000), `{"attributes":${bomb(5000)}}`, `{"a":"${'\\u0000'.repeat(5000)}"}`]),
    )
  },
  header: (_random, _, id) => {
    const text = `{"id":"${id}","method":"message","http_request":${bomb(5000)}}`
    return Buffer.from(`TWILSOCK V3.0 ${text.length}\r\n${text}\r\n`)
  },
  method: (random, _, id) =>
    packetOf({
      id,
      method: random.pick(['constructor', 'toString', 'nothing', 'reply', 'telemetry.v1', '']),
      odd: random.pick(ODD),
    }),
  again: (random, { foreignToken }, id) =>
    packetOf({
      id,
      method: random.pick(['init', 'update']),
      token: random.pick([foreignToken, ...ODD]),
      continuation_token: random.pick(ODD),
    }),
  field: (random, _, id) =>
    packetOf({
      id: random.pick([id, ...ODD]),
      method: random.pick(['message', ...ODD]),
      http_request: random.pick(ODD),
    } as object),
  large: (random, _, id) =>
    packetOf(
      { id, method: 'message', http_request: { host: 'x', method: 'POST', path: '/' } },
      'x'.repeat(100_000 + random.below(300_000)),
    ),
  request,
}

/** How often each way is taken. */
const WEIGHTS: Readonly<Record<string, number>> = { request: 40, large: 0.2, bomb: 3 }
const TOTAL = Object.keys(WAYS).reduce((sum, way) => sum + (WEIGHTS[way] ?? 5), 0)

/** Something that no client would ever send. */
export function hostilePacket(random: SeededRandom, target: Target, id: string): Buffer {
  let left = random.next() * TOTAL
  for (const [way, make] of Object.entries(WAYS)) {
    left -= WEIGHTS[way] ?? 5
    if (left <= 0) return make(random, target, id)
  }
  return request(random, target, id)
}
