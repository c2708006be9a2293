import { expect } from 'vitest'
import { SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { nextOf, recordOf } from './events.ts'
import type { Client, Conversation, Message } from './sdks.ts'
import { everySdk, type World } from './world.ts'

/** Carol comes to Alice's conversation through a network, and reads what is there. */
async function carolComes(world: World): Promise<{ carol: Client; alices: Conversation; carols: Conversation }> {
  const { alices } = await world.room()
  const carol = await world.client('carol', world.network.url)
  const joined = nextOf<Conversation>(carol, 'conversationJoined')
  await alices.add('carol')
  const carols = await joined
  await alices.sendMessage('before')
  await expect.poll(async () => (await carols.getMessages()).items).toHaveLength(1)
  return { carol, alices, carols }
}

async function goDown(world: World, client: Client): Promise<void> {
  const gone = nextOf(client, 'connectionStateChanged', (state) => state !== 'connected')
  world.network.partition()
  await gone
}

everySdk(
  'Client.connectionStateChanged, Conversation.messageAdded, Conversation.messageRemoved, Conversation.updated',
  'comes back after a cut with everything that was missed, once and in order',
  async (world) => {
    const { carol, alices, carols } = await carolComes(world)
    const heard = recordOf(carols, {
      messageAdded: ({ index }: Message) => index,
      messageRemoved: ({ index }: Message) => index,
    })
    await goDown(world, carol)
    for (const body of ['one', 'two', 'three']) await alices.sendMessage(body)
    const [first] = (await alices.getMessages()).items
    await first?.remove()
    await alices.updateFriendlyName('while away')
    const last = nextOf<Message>(carols, 'messageAdded', ({ index }) => index === 4)
    const back = nextOf(carol, 'connectionStateChanged', (state) => state === 'connected')
    world.network.heal()
    await back
    await alices.sendMessage('after')
    await last
    expect(heard.filter(([name]) => name === 'messageAdded').map(([, index]) => index)).toEqual([1, 2, 3, 4])
    expect(heard.filter(([name]) => name === 'messageRemoved').map(([, index]) => index)).toEqual([0])
    await expect.poll(() => carols.friendlyName).toBe('while away')
  },
)

everySdk('Conversation.messageAdded', 'hears of more than is ever told in one piece, once and in order', async (world) => {
  const { carol, alices, carols } = await carolComes(world)
  const heard = recordOf(carols, { messageAdded: ({ index }: Message) => index })
  await goDown(world, carol)
  const { core } = world.server
  const author = { kind: 'user', serviceSid: SERVICE_SID, identity: 'alice' } as const
  const conversationSid = alices.sid
  const count = 120
  for (let at = 1; at <= count; at++) await core.execute(author, { type: 'message.send', conversationSid, body: `missed ${at}` })
  const carolsOwn = { ...author, identity: 'carol' }
  for (let at = 0; at < 300; at++) {
    await core.execute(carolsOwn, {
      type: 'membership.update',
      conversationSid,
      notificationLevel: at % 2 ? 'default' : 'muted',
    })
    await core.execute(carolsOwn, { type: 'readHorizon.set', conversationSid, index: at % count })
  }
  const last = nextOf<Message>(carols, 'messageAdded', ({ index }) => index === count)
  world.network.heal()
  await last
  await expect.poll(() => carols.lastReadMessageIndex, { timeout: 30_000 }).toBe(299 % count)
  expect(heard.map(([, index]) => index)).toEqual(Array.from({ length: count }, (_, at) => at + 1))
})

everySdk('Conversation.sendMessage', 'does later, and once, what was wanted without a connection', async (world) => {
  const { carol, alices, carols } = await carolComes(world)
  await goDown(world, carol)
  const heard = nextOf<Message>(alices, 'messageAdded', ({ body }) => body === 'late')
  const sending = carols.sendMessage('late')
  world.network.heal()
  expect(await sending).toBe(1)
  expect((await heard).author).toBe('carol')
  expect(await alices.getMessagesCount()).toBe(2)
})
