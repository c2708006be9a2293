import type { PushNotification } from '@twilio/conversations'
import { describe, expect, test, vi } from 'vitest'
import { SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { nextOf } from '../every-sdk/events.ts'
import { VENDORS } from '../every-sdk/sdks.ts'
import { World } from '../every-sdk/world.ts'
import { backEndOf } from '../rest/back-end.ts'
import { AppleService } from './apple-service.ts'
import { FirebaseService } from './firebase-service.ts'

describe.each(VENDORS)("The vendor's client: $name", (sdk) => {
  test('registers devices that are pushed to, reads what they get, and ends them', async () => {
    const [firebase, apple] = [await FirebaseService.begin(), await AppleService.begin()]
    const push = { fcmUrl: firebase.origin, googleUrl: firebase.origin, appleUrl: apple.origin, toConnected: true }
    const world = await World.begin(sdk, { push })
    const { v1 } = backEndOf(world.server).conversations
    await v1.credentials.create({ type: 'fcm', secret: firebase.serviceAccount })
    await v1.credentials.create({ type: 'apn', ...apple.credential })
    await v1.services(SERVICE_SID).configuration.notifications().update({ 'newMessage.enabled': true })
    const { bob, alices } = await world.room()
    await bob.setPushRegistrationId('fcm', 'bobs-phone')
    await bob.setPushRegistrationId('apn', 'bobs-watch')
    await alices.sendMessage('hello')
    await vi.waitFor(() => expect([firebase.messages.length, apple.pushes.length]).toEqual([1, 1]), { timeout: 10_000 })
    expect([firebase.messages[0]?.token, apple.pushes[0]?.device]).toEqual(['bobs-phone', 'bobs-watch'])
    for (const payload of [{ data: firebase.messages[0]?.data }, apple.pushes[0]?.payload]) {
      const told = nextOf<PushNotification>(bob, 'pushNotification')
      await bob.handlePushNotification(payload)
      expect(await told).toMatchObject({
        type: 'twilio.conversations.new_message',
        body: 'Lunch;alice: hello',
        data: { conversationSid: alices.sid, messageIndex: 0 },
      })
    }
    await bob.unsetPushRegistrationId('fcm')
    await alices.sendMessage('again')
    await vi.waitFor(() => expect(apple.pushes).toHaveLength(2), { timeout: 10_000 })
    expect(firebase.messages).toHaveLength(1)
  })
})
