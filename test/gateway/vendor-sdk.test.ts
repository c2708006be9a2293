import type { Message } from '@twilio/conversations'
import { expect, test } from 'vitest'
import { nextOf, VendorWorld } from './vendor.ts'

test('both generations, our own SDK’s sends included, are in one conversation', async () => {
  const world = await VendorWorld.begin('3.0.1')
  const { alices, bobs } = await world.room()
  const raw = await world.server.signIn('carol')
  await alices.add('carol')
  const heard = nextOf<Message>(bobs, 'messageAdded', ({ author }) => author === 'carol')
  await raw.ask({ type: 'message.send', conversationSid: alices.sid, body: 'from another door' })
  expect((await heard).body).toBe('from another door')
})
