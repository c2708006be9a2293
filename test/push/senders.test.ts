import { makeVapidKeys, PUSH_SERVICES, PushSender } from '@conversa/adapters/push'
import { Client } from '@conversa/client'
import type { PushAnswer, PushNotice, PushRequest } from '@conversa/core'
import { Client as VendorsClient } from '@twilio/conversations'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CERTIFICATE, KEY } from '../every-sdk/certificate.ts'
import { APPLE_CERTIFICATE, APPLE_KEY } from './apple-certificate.ts'
import { AppleService, reason } from './apple-service.ts'
import { BrowserService } from './browser-service.ts'
import { error, FirebaseService } from './firebase-service.ts'
import type { Answer } from './listening.ts'

const NOTICE: PushNotice = {
  type: 'new_message',
  body: 'Lunch: Bob: hello',
  sound: 'ping',
  badge: 3,
  conversationSid: `CH${'1'.repeat(32)}`,
  conversationTitle: 'Lunch',
  message: {
    sid: `IM${'2'.repeat(32)}`,
    index: 7,
    media: [{ sid: `ME${'3'.repeat(32)}`, filename: 'a.png', contentType: 'image/png', size: 8, category: 'media' }],
  },
}

/** What clients make of the notice, ours and the vendor's. */
const READ = {
  type: 'twilio.conversations.new_message',
  body: 'Lunch: Bob: hello',
  sound: 'ping',
  data: {
    conversationSid: NOTICE.conversationSid,
    conversationTitle: 'Lunch',
    messageSid: NOTICE.message?.sid,
    messageIndex: 7,
    mediaCount: 1,
  },
}

interface Stage {
  readonly sender: PushSender
  readonly browser: BrowserService
  readonly firebase: FirebaseService
  readonly apple: AppleService
  readonly requests: Readonly<Record<'web' | 'fcm' | 'apn', PushRequest>>
}

async function stage({ deadline = 5000, now = Date.now } = {}): Promise<Stage> {
  const [browser, firebase, apple] = [await BrowserService.begin(), await FirebaseService.begin(), await AppleService.begin()]
  const urls = { appleUrl: apple.origin, fcmUrl: firebase.origin, googleUrl: firebase.origin }
  const sender = new PushSender({ ...PUSH_SERVICES, ...urls, subject: 'mailto:operator@example.org', now, deadline })
  onTestFinished(() => sender.close())
  const common = { id: 'BS1 CH1 7', notice: NOTICE }
  return {
    sender,
    browser,
    firebase,
    apple,
    requests: {
      web: { ...common, channelType: 'web', registrationId: browser.subscribe('b'), secret: { type: 'web', ...makeVapidKeys() } },
      fcm: { ...common, channelType: 'fcm', registrationId: 'phone', secret: { type: 'fcm', secret: firebase.serviceAccount } },
      apn: { ...common, channelType: 'apn', registrationId: 'abc', secret: { type: 'apn', sandbox: false, ...apple.credential } },
    },
  }
}

describe('A push to a browser', () => {
  test('is signed, encrypted, and read by every client', async () => {
    const { sender, browser, requests } = await stage()
    expect(await sender.send(requests.web)).toEqual({ outcome: 'arrived' })
    const [push] = await browser.has(1)
    expect(push?.headers).toMatchObject({ ttl: '86400', urgency: 'high', topic: '1'.repeat(32) })
    for (const one of [Client, VendorsClient]) expect(one.parsePushNotification({ data: push?.data })).toMatchObject(READ)
  })

  test('has as much of a long text as there is room for', async () => {
    const { sender, browser, requests } = await stage()
    const body = `${'x'.repeat(2000)}${'😀"'.repeat(4000)}`
    expect(await sender.send({ ...requests.web, notice: { ...NOTICE, body } })).toEqual({ outcome: 'arrived' })
    const [push] = await browser.has(1)
    const shown = push?.data.twi_body ?? ''
    expect(shown.isWellFormed() && shown.endsWith('…') && body.startsWith(shown.slice(0, -1))).toBe(true)
    expect(push?.size).toBeLessThanOrEqual(4096)
    expect(push?.size).toBeGreaterThan(4080)
  })

  test('never arrives where nobody may be, or where nobody can be', async () => {
    const { browser, requests } = await stage()
    const options = { ...PUSH_SERVICES, subject: 'mailto:a@example.org', now: Date.now, deadline: 1000 }
    const careful = new PushSender({ ...options, isAllowed: ({ hostname }) => hostname !== '127.0.0.1' })
    expect(await careful.send(requests.web)).toEqual({ outcome: 'gone' })
    const broken = requests.web.registrationId.replace(/"p256dh":"[^"]+"/, `"p256dh":"B${'A'.repeat(86)}"`)
    for (const registrationId of [broken, 'nonsense', '{}']) {
      expect(await careful.send({ ...requests.web, registrationId })).toEqual({ outcome: 'gone' })
    }
    expect(browser.pushes).toEqual([])
  })
})

describe('A push through Firebase', () => {
  test('is what clients read, under one access token for many', async () => {
    const { sender, firebase, requests } = await stage()
    const answers = await Promise.all([1, 2, 3].map(() => sender.send(requests.fcm)))
    expect(answers).toEqual([1, 2, 3].map(() => ({ outcome: 'arrived' })))
    expect(firebase.tokensGiven).toBe(1)
    const [{ token, data, android } = { token: '', data: {}, android: {} }] = firebase.messages
    expect([token, android]).toEqual(['phone', { priority: 'high', collapse_key: NOTICE.conversationSid }])
    for (const one of [Client, VendorsClient]) expect(one.parsePushNotification({ data })).toMatchObject(READ)
  })

  test('is tried under a new access token when the old one ended or is not taken', async () => {
    let ahead = 0
    const { sender, firebase, requests } = await stage({ now: () => Date.now() + ahead })
    await sender.send(requests.fcm)
    firebase.withdraw()
    expect(await sender.send(requests.fcm)).toMatchObject({ outcome: 'denied' })
    expect(await sender.send(requests.fcm)).toEqual({ outcome: 'arrived' })
    expect(firebase.tokensGiven).toBe(2)
    ahead = 3_500_000
    expect(await sender.send(requests.fcm)).toEqual({ outcome: 'arrived' })
    expect(firebase.tokensGiven).toBe(3)
  })
})

describe("A push through Apple's service", () => {
  test('is what clients read, over one connection and under one token for many', async () => {
    let ahead = 0
    const { sender, apple, requests } = await stage({ now: () => Date.now() - 3_000_000 + ahead })
    const answers = await Promise.all([1, 2, 3].map(() => sender.send(requests.apn)))
    expect(answers).toEqual([1, 2, 3].map(() => ({ outcome: 'arrived' })))
    expect([apple.tokens.size, apple.connections.length]).toEqual([1, 1])
    const [{ device, payload, headers } = { device: '', payload: {}, headers: {} }] = apple.pushes
    expect(device).toBe('abc')
    expect(headers).toMatchObject({
      'apns-topic': 'org.example.chat',
      'apns-push-type': 'alert',
      'apns-collapse-id': NOTICE.conversationSid,
    })
    expect(headers['apns-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    for (const one of [Client, VendorsClient]) expect(one.parsePushNotification(payload)).toMatchObject({ ...READ, badge: 3 })
    ahead = 2_999_000
    await sender.send(requests.apn)
    expect(apple.tokens.size).toBe(2)
  })

  test('is taken by the certificate of an application too', async () => {
    const apple = await AppleService.begin({ key: KEY, cert: CERTIFICATE, ca: APPLE_CERTIFICATE })
    const options = { ...PUSH_SERVICES, subject: 'mailto:a@example.org', now: Date.now, deadline: 5000 }
    const sender = new PushSender({ ...options, appleSandboxUrl: apple.origin, certificateAuthority: CERTIFICATE })
    onTestFinished(() => sender.close())
    const secret = { type: 'apn', sandbox: true, certificate: APPLE_CERTIFICATE, privateKey: APPLE_KEY } as const
    const request = { id: '1', channelType: 'apn', registrationId: 'abc', secret, notice: NOTICE } as const
    expect(await sender.send(request)).toEqual({ outcome: 'arrived' })
    expect(apple.pushes[0]?.headers['apns-topic']).toBe('org.example.chat')
  })

  test('has a new connection when the old one broke', async () => {
    const { sender, apple, requests } = await stage()
    await sender.send(requests.apn)
    const closed = new Promise((resolve) => apple.connections[0]?.once('close', resolve))
    apple.connections[0]?.goaway()
    apple.connections[0]?.close()
    await closed
    expect(await sender.send(requests.apn)).toEqual({ outcome: 'arrived' })
    expect(apple.connections).toHaveLength(2)
  })
})

/** What each service says, and what it means. */
const ANSWERS: readonly (readonly ['web' | 'fcm' | 'apn', string, Answer, PushAnswer['outcome']])[] = [
  ['web', '404', { status: 404 }, 'gone'],
  ['web', '410', { status: 410 }, 'gone'],
  ['web', '403', { status: 403 }, 'denied'],
  ['web', '413', { status: 413 }, 'refused'],
  ['web', '429', { status: 429, retryAfter: '7' }, 'later'],
  ['web', '500', { status: 500 }, 'later'],
  ['web', 'nothing', 'hang', 'later'],
  ['web', 'a reset', 'reset', 'later'],
  ['fcm', 'UNREGISTERED', { status: 404, body: error('NOT_FOUND', [{ errorCode: 'UNREGISTERED' }]) }, 'gone'],
  [
    'fcm',
    'a token that is none',
    { status: 400, body: error('INVALID_ARGUMENT', [{ fieldViolations: [{ field: 'message.token' }] }]) },
    'gone',
  ],
  [
    'fcm',
    'SENDER_ID_MISMATCH',
    { status: 403, body: error('PERMISSION_DENIED', [{ errorCode: 'SENDER_ID_MISMATCH' }]) },
    'denied',
  ],
  ['fcm', 'INVALID_ARGUMENT', { status: 400, body: error('INVALID_ARGUMENT') }, 'refused'],
  ['fcm', '429', { status: 429, retryAfter: '7', body: error('RESOURCE_EXHAUSTED') }, 'later'],
  ['fcm', '503 without JSON', { status: 503, body: '<html>' }, 'later'],
  ['fcm', 'nothing', 'hang', 'later'],
  ['fcm', 'a reset', 'reset', 'later'],
  ['apn', 'Unregistered', { status: 410, body: reason('Unregistered') }, 'gone'],
  ['apn', 'BadDeviceToken', { status: 400, body: reason('BadDeviceToken') }, 'gone'],
  ['apn', 'DeviceTokenNotForTopic', { status: 400, body: reason('DeviceTokenNotForTopic') }, 'denied'],
  ['apn', 'InvalidProviderToken', { status: 403, body: reason('InvalidProviderToken') }, 'denied'],
  ['apn', 'PayloadTooLarge', { status: 413, body: reason('PayloadTooLarge') }, 'refused'],
  ['apn', 'TooManyRequests', { status: 429, retryAfter: '7', body: reason('TooManyRequests') }, 'later'],
  ['apn', 'InternalServerError', { status: 500, body: reason('InternalServerError') }, 'later'],
  ['apn', 'nothing', 'hang', 'later'],
  ['apn', 'a reset', 'reset', 'later'],
]

describe('What a push service answers', () => {
  test.each(ANSWERS)('is understood of %s: %s', async (channel, _name, answer, outcome) => {
    const { sender, browser, firebase, apple, requests } = await stage({ deadline: 300 })
    for (const service of [browser, firebase, apple]) service.answer = () => answer
    const isPatient = typeof answer === 'object' && answer.retryAfter !== undefined
    expect(await sender.send(requests[channel])).toMatchObject({ outcome, ...(isPatient && { after: 7000 }) })
    for (const service of [browser, firebase, apple]) service.answer = () => ({ status: 200 })
    expect(await sender.send(requests[channel])).toEqual({ outcome: 'arrived' })
  })

  test('is not waited for when nobody is there', async () => {
    const { requests } = await stage()
    const nowhere = 'http://127.0.0.1:1'
    const urls = { appleUrl: nowhere, appleSandboxUrl: nowhere, fcmUrl: nowhere, googleUrl: nowhere }
    const sender = new PushSender({ ...urls, subject: 'mailto:a@example.org', now: Date.now, deadline: 5000 })
    onTestFinished(() => sender.close())
    for (const channel of ['fcm', 'apn'] as const) expect(await sender.send(requests[channel])).toEqual({ outcome: 'later' })
  })

  test('is about the credential when that is none, or of another kind', async () => {
    const { sender, requests } = await stage()
    const wrong = [
      { ...requests.fcm, secret: { type: 'fcm', secret: 'AAAA-a key of the old kind' } },
      { ...requests.fcm, secret: { type: 'fcm', secret: '{"project_id":"chat","client_email":"a@b","private_key":"no"}' } },
      { ...requests.apn, secret: { type: 'apn', sandbox: false, certificate: 'x', privateKey: 'y' } },
      { ...requests.apn, secret: { ...requests.apn.secret, privateKey: 'y' } },
      { ...requests.web, secret: requests.fcm.secret },
    ] as readonly PushRequest[]
    for (const request of wrong) expect(await sender.send(request)).toMatchObject({ outcome: 'denied' })
  })
})
