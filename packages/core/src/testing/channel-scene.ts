import type { ChannelInbound, ChannelPorts } from '../channels/channel.ts'
import { CoreWorld, type OpenStore, sid } from './core-world.ts'
import { WorldCarrier } from './world-carrier.ts'

export const PROXY = '+15559990000'
export const [FIRST, SECOND] = ['+15551230001', '+15551230002'] as const
/** Of those who start again nobody is told anything. */
export const ANSWERS = { out: 'You hear no more', help: 'Write STOP' } as const

/** What a file is, as a test believes it. */
const inspect: ChannelPorts['inspect'] = (content, declared) => ({
  content,
  found: async () => ({ contentType: declared ?? '', digest: 'd' }),
})

export const ACCOUNT = { sid: sid('AC', 1), serviceSid: sid('IS', 1) }

/**
 * Anna, a conversation of hers, and people outside of the app who are in it.
 *
 * @param addresses of these
 */
export async function channelScene(open: OpenStore, ...addresses: string[]) {
  const carrier = new WorldCarrier()
  const other = new WorldCarrier('other')
  const routes = [
    { account: ACCOUNT, adapter: carrier, addresses: [PROXY, 'Desk@example.com'], answers: ANSWERS },
    { account: ACCOUNT, adapter: other, addresses: ['+15559990001'] },
  ]
  const channels = { routes, inspect }
  const world = await CoreWorld.begin(open, { channels })
  await world.core.openChannels()
  const anna = await world.user('anna')
  const conversationSid = await anna.converse()
  const add = async (address: string, proxyAddress = PROXY) =>
    (await world.backEnd.do({ type: 'participant.addNonChat', conversationSid, address, proxyAddress })).participant.sid
  const phones: string[] = []
  for (const address of addresses) phones.push(await add(address))
  const receipts = async (index = 0) => {
    const found = await world.store.read((reads) => reads.receipts(conversationSid, index))
    return new Map(found.map(({ participantSid, status, errorCode }) => [participantSid, [status, errorCode]]))
  }
  let brought = 0
  const from = async (address: string, body: string, fields: Partial<ChannelInbound> = {}) => {
    const answer = await carrier.door.receive({ id: `m${++brought}`, address, proxyAddress: PROXY, body, ...fields })
    await world.core.settled()
    return answer
  }
  const say = async (body: string) => {
    const { index } = await anna.send(conversationSid, body)
    await world.core.settled()
    return index
  }
  const waiting = () => world.core.outboxCounts('channel')
  /** Lets pauses pass until nothing waits any more. */
  const pass = async () => {
    while ((await waiting()).waiting > 0) {
      world.pass(600_000)
      await world.core.settled()
    }
  }
  return { world, anna, conversationSid, carrier, other, phones, add, receipts, from, say, waiting, pass, channels }
}
