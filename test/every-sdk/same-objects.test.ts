import { expect } from 'vitest'
import { nextOf } from './events.ts'
import type { Message } from './sdks.ts'
import { everySdk } from './world.ts'

/** Applications compare what they read, and React runs effects again when it differs. */
const read = (from: object, names: readonly string[]) => names.map((name) => from[name as keyof typeof from] as unknown)

function expectSame(from: object, ...names: string[]) {
  const before = read(from, names)
  for (const [at, value] of read(from, names).entries()) expect([names[at], value === before[at]]).toEqual([names[at], true])
}

everySdk(
  'Conversation.lastMessage, Conversation.state, Conversation.dateCreated, Conversation.dateUpdated, Participant.dateCreated, ' +
    'Participant.dateUpdated, Participant.lastReadTimestamp, Message.dateCreated, Message.dateUpdated, Message.media',
  'are the same objects until they change',
  async (world) => {
    const { alices, bobs } = await world.room()
    const added = nextOf<Message>(bobs, 'messageAdded')
    const renewed = nextOf(bobs, 'updated')
    await alices.sendMessage({ contentType: 'text/plain', media: Buffer.from('one'), filename: 'one.txt' })
    const message = await added
    await renewed
    await bobs.setAllMessagesRead()
    const [, bob] = await bobs.getParticipants()
    expectSame(bobs, 'attributes', 'lastMessage', 'state', 'dateCreated', 'dateUpdated')
    expectSame(bob ?? {}, 'attributes', 'dateCreated', 'dateUpdated', 'lastReadTimestamp')
    expectSame(message, 'attributes', 'dateCreated', 'dateUpdated', 'media')
  },
)

everySdk('Message.getMediaByCategories', 'has a list of files also where there are none', async (world) => {
  const { alices, bobs } = await world.room()
  const added = nextOf<Message>(bobs, 'messageAdded')
  await alices.sendMessage('no file')
  const message = await added
  expect([message.attachedMedia, message.getMediaByCategories(['media', 'body'])]).toEqual([[], []])
})
