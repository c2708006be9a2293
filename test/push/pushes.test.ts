import { createServer } from 'node:net'
import { makeVapidKeys } from '@conversa/adapters/push'
import { Client } from '@conversa/client'
import type { Actor } from '@conversa/core'
import { systemClock } from '@conversa/server'
import { Client as VendorsClient } from '@twilio/conversations'
import { Network } from 'conversa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { HandClock } from '../scenarios/hand-clock.ts'
import { AppleService } from './apple-service.ts'
import { FirebaseService } from './firebase-service.ts'
import { listening } from './listening.ts'
import { PushStage } from './push-stage.ts'

describe('A new message', () => {
  test('is pushed once to every device of all but its author, as the SDK reads it', async () => {
    const stage = await PushStage.begin()
    await stage.browserOf('alice')
    await stage.browserOf('bob', 'bobs-laptop')
    await stage.browserOf('bob', 'bobs-phone')
    await stage.browserOf('carol', 'carol-elsewhere')
    await stage.api.users('alice').update({ friendlyName: 'Alice' })
    const sid = await stage.room('Lunch', 'alice', 'bob')
    const { sid: messageSid } = await stage.api.conversations(sid).messages.create({ author: 'alice', body: 'hello' })
    await stage.isDone()
    expect(stage.browser.pushes.map(({ to }) => to).sort()).toEqual(['bobs-laptop', 'bobs-phone'])
    for (const { data } of stage.browser.pushes) {
      expect(Client.parsePushNotification({ data })).toMatchObject({
        type: 'twilio.conversations.new_message',
        body: 'Lunch;Alice: hello',
        sound: 'ping',
        data: { conversationSid: sid, conversationTitle: 'Lunch', messageSid, messageIndex: 0 },
      })
      expect(data.twi_badge).toBe('1')
    }
  })

  test('is not pushed to who muted the conversation, and to nobody where the service does not tell', async () => {
    const stage = await PushStage.begin()
    for (const name of ['bob', 'carol']) await stage.browserOf(name)
    const sid = await stage.room('Lunch', 'alice', 'bob', 'carol')
    await stage.api.users('bob').userConversations(sid).update({ notificationLevel: 'muted' })
    await stage.say(sid, 'alice', 'hello')
    await stage.isDone()
    expect(stage.browser.pushes.map(({ to }) => to)).toEqual(['carol'])
    await stage.api.configuration.notifications().update({ 'newMessage.enabled': false })
    await stage.say(sid, 'alice', 'again')
    await stage.isDone()
    expect(stage.browser.pushes).toHaveLength(1)
  })

  test('is told by the template of the service, with the number of conversations that have something to read', async () => {
    const stage = await PushStage.begin()
    await stage.browserOf('bob')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the vendor's.
    const template = '${PARTICIPANT} in ${CONVERSATION}: ${MESSAGE} ${MEDIA_COUNT} ${OTHER}'
    await stage.api.configuration.notifications().update({ 'newMessage.template': template, 'newMessage.sound': '' })
    const rooms = [await stage.room('One', 'bob'), await stage.room('Two', 'bob'), await stage.room('Three', 'bob')] as const
    for (const sid of rooms) {
      await stage.say(sid, '+15550001', '$& hi')
      await stage.isDone()
    }
    await stage.api.users('bob').userConversations(rooms[0]).update({ lastReadMessageIndex: 0 })
    await stage.say(rooms[1], 'system', 'bye')
    await stage.isDone()
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what is no variable stays.
    expect(stage.browser.pushes.at(-1)?.data.twi_body).toBe('system in Two: bye 0 ${OTHER}')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the same.
    expect(stage.browser.pushes[0]?.data.twi_body).toBe('+15550001 in One: $& hi 0 ${OTHER}')
    expect(stage.browser.pushes.map(({ data }) => data.twi_badge)).toEqual(['1', '2', '3', '2'])
    expect(stage.browser.pushes[0]?.data).not.toHaveProperty('twi_sound')
  })

  test('with files is told by a template of its own, and of files alone nobody is told without it', async () => {
    const stage = await PushStage.begin()
    await stage.browserOf('bob')
    const sid = await stage.room('Lunch', 'alice', 'bob')
    const alice = await stage.client('alice')
    const conversation = await alice.getConversationBySid(sid)
    const file = { contentType: 'text/plain', filename: 'menu.txt', media: Buffer.from('soup') }
    const notifications = stage.api.configuration.notifications()
    await conversation.prepareMessage().addMedia(file).build().send()
    await stage.isDone()
    await notifications.update({ 'newMessage.withMedia.enabled': false })
    await conversation.prepareMessage().addMedia(file).build().send()
    await conversation.prepareMessage().setBody('the menu').addMedia(file).build().send()
    await stage.isDone()
    expect(stage.browser.bodies).toEqual(['Lunch;alice: menu.txt', 'Lunch;alice: the menu'])
    const [first] = stage.browser.pushes
    expect(Client.parsePushNotification({ data: first?.data }).data).toMatchObject({ mediaCount: 1 })
  })

  test('that is gone or read when its turn comes is not told', async () => {
    const clock = new HandClock()
    const stage = await PushStage.begin({ clock, transport: systemClock })
    await stage.browserOf('bob')
    const sid = await stage.room('Lunch', 'alice', 'bob')
    stage.browser.answer = () => ({ status: 503, retryAfter: '30' })
    const isPutOff = clock.timerSet((ms) => ms > 20_000 && ms <= 30_000)
    const { sid: messageSid } = await stage.api.conversations(sid).messages.create({ author: 'alice', body: 'oops' })
    await isPutOff
    await stage.say(sid, 'alice', 'read')
    await stage.say(sid, 'alice', 'new')
    await stage.api.conversations(sid).messages(messageSid).remove()
    await stage.api.users('bob').userConversations(sid).update({ lastReadMessageIndex: 1 })
    stage.browser.answer = () => ({ status: 201 })
    clock.advance(30_000)
    await stage.isDone()
    expect(stage.browser.bodies).toEqual(['Lunch;alice: new'])
  })
})

describe('A large conversation', () => {
  test('costs one entry for each message; each device is pushed to once, however many there are', async () => {
    const firebase = await FirebaseService.begin()
    const stage = await PushStage.begin({ push: { fcmUrl: firebase.origin, googleUrl: firebase.origin } })
    await stage.credentials.create({ type: 'fcm', secret: firebase.serviceAccount })
    const { core } = stage.server
    const backEnd: Actor = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' }
    const sid = await stage.room('All hands')
    const people = Array.from({ length: 500 }, (_, at) => `person ${at}`)
    await stage.api.configuration.notifications().update({ 'addedToConversation.enabled': false })
    await Promise.all(
      people.map((identity) => core.execute(backEnd, { type: 'participant.add', conversationSid: sid, identity })),
    )
    const register = (identity: string, device: string) =>
      core.execute(
        { kind: 'user', serviceSid: SERVICE_SID, identity },
        { type: 'push.register', channelType: 'fcm', registrationId: device },
      )
    for (const at of [0, 250, 499]) await register(`person ${at}`, `of ${at}`)
    await stage.say(sid, 'person 250', 'hello')
    await stage.isDone()
    expect(firebase.messages.map(({ token }) => token).sort()).toEqual(['of 0', 'of 499'])
    const delivered = (kind: string) => stage.server.metric(`conversa_${kind}_tries_total\\{outcome="delivered"\\}`)
    expect([await delivered('notice'), await delivered('push')]).toEqual([1, 2])

    // More than are looked at in one go.
    const devices = people.slice(1, 15).flatMap((name) => Array.from({ length: 40 }, (_, at) => [name, `${name} ${at}`] as const))
    await Promise.all(devices.map((each) => register(...each)))
    firebase.messages.length = 0
    await stage.say(sid, 'person 250', 'again')
    await stage.isDone()
    const told = firebase.messages.map(({ token }) => token)
    expect(told.sort()).toEqual(['of 0', 'of 499', ...devices.map(([, device]) => device)].sort())
  })
})

describe('Who is connected', () => {
  test('gets no push, unless their connection ends soon and they have not read', async () => {
    const clock = new HandClock()
    const stage = await PushStage.begin({ clock, transport: systemClock })
    for (const name of ['bob', 'carol']) await stage.browserOf(name)
    const sid = await stage.room('Lunch', 'alice', 'bob', 'carol')
    const [bob, carol] = [await stage.client('bob'), await stage.client('carol')]
    const looksLater = clock.timerSet((ms) => ms > 50_000)
    await stage.say(sid, 'alice', 'hello')
    await looksLater
    await bob.shutdown()
    await expect.poll(() => stage.server.metric('conversa_connections'), { interval: 5 }).toBe(1)
    expect(stage.browser.pushes).toEqual([])
    clock.advance(60_000)
    await stage.isDone()
    expect(stage.browser.pushes.map(({ to }) => to)).toEqual(['bob'])
    expect(carol.connectionState).toBe('connected')
  })

  test('by a connection that is dead without anybody knowing gets the push when that is found out', async () => {
    const clock = new HandClock()
    const stage = await PushStage.begin({ clock, transport: systemClock, times: { heartbeat: 300 } })
    await stage.browserOf('bob')
    const sid = await stage.room('Lunch', 'alice', 'bob')
    const network = await Network.begin(stage.server.url)
    onTestFinished(() => network.close())
    await RawClient.signIn(network.url, await stage.server.token('bob'))
    network.drop('up', 'down')
    const looksLater = clock.timerSet((ms) => ms > 50_000)
    await stage.say(sid, 'alice', 'hello')
    await looksLater
    // Twice as long as clients are silent.
    await stage.nobodyIsConnected()
    clock.advance(60_000)
    await stage.isDone()
    expect(stage.browser.bodies).toEqual(['Lunch;alice: hello'])
  })

  test('gets pushes all the same where the operator wants it', async () => {
    const stage = await PushStage.begin({ push: { toConnected: true } })
    await stage.browserOf('bob')
    const sid = await stage.room('Lunch', 'alice', 'bob')
    await stage.client('bob')
    await stage.say(sid, 'alice', 'hello')
    await stage.isDone()
    expect(stage.browser.bodies).toEqual(['Lunch;alice: hello'])
  })
})

describe('Coming and going', () => {
  test('is told to whoever was added or removed by somebody else', async () => {
    const stage = await PushStage.begin()
    for (const name of ['bob', 'carol']) await stage.browserOf(name)
    const alice = await stage.client('alice')
    const conversation = await alice.createConversation({ friendlyName: 'Lunch' })
    await conversation.join()
    await conversation.add('bob')
    await stage.isDone()
    await conversation.removeParticipant('bob')
    await stage.isDone()
    expect(stage.browser.pushes.map(({ to, data }) => [to, data.twi_message_type, data.twi_body])).toEqual([
      ['bob', 'twilio.conversations.added_to_conversation', 'You have been added to the conversation Lunch by alice'],
      ['bob', 'twilio.conversations.removed_from_conversation', 'alice has removed you from the conversation Lunch'],
    ])
    const carol = await stage.client('carol')
    await (await carol.createConversation({ friendlyName: 'Hers' })).join()
    await carol.shutdown()
    await stage.isDone()
    expect(stage.browser.pushes).toHaveLength(2)
  })
})

describe('A push service', () => {
  test('that is down for a while gets everything once, in order, when it is back', async () => {
    const stage = await PushStage.begin()
    await stage.browserOf('bob')
    const sid = await stage.room('Lunch', 'alice', 'bob')
    let tries = 0
    stage.browser.answer = () => (++tries < 3 ? (['reset', { status: 500 }][tries % 2] as 'reset') : { status: 201 })
    for (const body of ['one', 'two', 'three']) await stage.say(sid, 'alice', body)
    await stage.isDone()
    expect(stage.browser.bodies).toEqual(['one', 'two', 'three'].map((body) => `Lunch;alice: ${body}`))
    expect(tries).toBe(5)
  })

  test('that does not know a device any more has it forgotten, and its user is not notifiable', async () => {
    const stage = await PushStage.begin()
    await stage.api.configuration().update({ reachabilityEnabled: true })
    await stage.browserOf('bob', 'old')
    const sid = await stage.room('Lunch', 'alice', 'bob')
    const alice = await stage.client('alice')
    const user = await alice.getUser('bob')
    expect([user.isNotifiable, await stage.bindings()]).toEqual([true, ['bob web']])
    const told = new Promise((resolve) => user.on('updated', ({ updateReasons }) => resolve(updateReasons)))
    stage.browser.answer = () => ({ status: 410 })
    await stage.say(sid, 'alice', 'hello')
    expect(await told).toEqual(['reachabilityNotifiable'])
    expect([user.isNotifiable, await stage.bindings()]).toEqual([false, []])
    await stage.isDone()
  })

  test('is not asked where nobody may be', async () => {
    const stage = await PushStage.begin({ mayBePrivate: false })
    await stage.browserOf('bob')
    const sid = await stage.room('Lunch', 'alice', 'bob')
    await stage.say(sid, 'alice', 'hello')
    await stage.isDone()
    expect([stage.browser.pushes, await stage.bindings()]).toEqual([[], []])
  })
})

describe('Keys for browsers', () => {
  test('that are configured are what browsers subscribe with and are pushed to by; none are made', async () => {
    const made = await PushStage.begin()
    const keys = makeVapidKeys()
    const stage = await PushStage.begin({ push: { vapidPublicKey: keys.publicKey, vapidPrivateKey: keys.privateKey } })
    expect(await stage.serverKey('bob')).toBe(keys.publicKey)
    expect(await made.serverKey('bob')).not.toBe(keys.publicKey)
    await stage.browserOf('bob')
    const sid = await stage.room('Lunch', 'alice', 'bob')
    await stage.say(sid, 'alice', 'hello')
    await stage.isDone()
    expect(stage.browser.bodies).toEqual(['Lunch;alice: hello'])
    expect((await stage.credentials.list()).filter(({ type }) => String(type) === 'web')).toEqual([])
  })
})

describe('LogEnabled', () => {
  test('has the log tell of each push of the service what became of it, and nothing that was said', async () => {
    const stage = await PushStage.begin()
    const lines = () => stage.server.logged.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'a push was tried')
    await stage.browserOf('bob')
    const sid = await stage.room('Lunch', 'alice', 'bob')
    await stage.say(sid, 'alice', 'before')
    await stage.isDone()
    expect(lines()).toEqual([])
    await stage.api.configuration.notifications().update({ logEnabled: true })
    const answers = [{ status: 500 }, { status: 201 }, { status: 410 }]
    stage.browser.answer = () => answers.shift() ?? { status: 201 }
    for (const body of ['a secret', 'another']) await stage.say(sid, 'alice', body)
    await stage.isDone()
    const common = { serviceSid: SERVICE_SID, conversationSid: sid, channelType: 'web', event: 'new_message' }
    expect(lines()).toMatchObject(['later', 'arrived', 'gone'].map((outcome) => ({ ...common, outcome })))
    expect(new Set(lines().map(({ bindingSid }) => bindingSid))).toHaveLength(1)
    expect(JSON.stringify(lines())).not.toContain('a secret')
  })
})

describe('A name of a push service', () => {
  test('that leads into a private network is not followed there', async () => {
    let connections = 0
    const port = await listening(createServer(() => void connections++))
    const asked: string[] = []
    const stage = await PushStage.begin({
      mayBePrivate: false,
      lookup: (hostname, _options, done) => {
        asked.push(hostname)
        done(null, [{ address: '127.0.0.1', family: 4 }])
      },
    })
    const registered = stage.browser.subscribe('bob', await stage.serverKey('bob'))
    await stage.register('bob', 'web', registered.replace(stage.browser.origin, `https://push.example.org:${port}`))
    const sid = await stage.room('Lunch', 'alice', 'bob')
    await stage.say(sid, 'alice', 'hello')
    await expect.poll(() => stage.server.metric('conversa_push_tries_total\\{outcome="failed"\\}')).toBe(1)
    expect([asked, connections]).toEqual([['push.example.org'], 0])
    expect(await stage.bindings()).toEqual(['bob web'])
  })
})

describe('Credentials of the account', () => {
  test('are what is pushed with; without them nothing waits, and with wrong ones the log says so', async () => {
    const [firebase, apple] = [await FirebaseService.begin(), await AppleService.begin()]
    const urls = { fcmUrl: firebase.origin, googleUrl: firebase.origin, appleUrl: apple.origin }
    const stage = await PushStage.begin({ push: urls })
    await stage.register('bob', 'fcm', 'bobs-phone')
    await stage.register('bob', 'apn', 'bobs-watch')
    const sid = await stage.room('Lunch', 'alice', 'bob')
    await stage.say(sid, 'alice', 'nobody hears')
    await stage.isDone()
    expect(stage.server.logged.filter((line) => line.includes('the account has no credential for it'))).toHaveLength(2)
    const { sid: fcm } = await stage.credentials.create({ type: 'fcm', secret: 'a key of the old kind' })
    await stage.credentials.create({ type: 'apn', ...apple.credential })
    await stage.say(sid, 'alice', 'hello')
    await expect.poll(() => apple.pushes.length).toBe(1)
    await expect.poll(() => stage.server.logged.some((line) => line.includes('not the file of a service account'))).toBe(true)
    await stage.credentials(fcm).update({ secret: firebase.serviceAccount })
    await stage.isDone()
    expect(firebase.messages.map(({ token, data }) => [token, data.twi_body])).toEqual([['bobs-phone', 'Lunch;alice: hello']])
    expect(apple.pushes[0]).toMatchObject({
      device: 'bobs-watch',
      payload: {
        aps: { alert: { body: 'Lunch;alice: hello' }, badge: 1, sound: 'ping' },
        conversation_sid: sid,
        message_index: 1,
      },
    })
    expect(stage.server.logged.join('\n')).not.toContain('PRIVATE KEY')
  })

  test('that a token names are those that its devices are pushed to with', async () => {
    const apple = await AppleService.begin()
    const stage = await PushStage.begin({ push: { appleUrl: 'http://127.0.0.1:1', appleSandboxUrl: apple.origin } })
    const sandbox = await stage.credentials.create({ type: 'apn', sandbox: true, ...apple.credential })
    await stage.credentials.create({ type: 'apn', ...apple.credential })
    const url = { url: stage.server.url }
    const bob = await Client.create(stage.tokenFor('bob', sandbox.sid), url)
    await bob.setPushRegistrationId('apn', 'by-sdk')
    await bob.shutdown()
    const options = { Twilsock: { uri: `${stage.server.url.replace('http', 'ws')}/v3/wsconnect` } }
    const carol = new VendorsClient(stage.tokenFor('carol', sandbox.sid), options as never)
    await new Promise<void>((resolve) => carol.on('initialized', () => resolve()))
    await carol.setPushRegistrationId('apn', 'by-vendors')
    await carol.shutdown()
    await stage.nobodyIsConnected()
    const sid = await stage.room('Lunch', 'bob', 'carol')
    await stage.say(sid, 'alice', 'hello')
    await stage.isDone()
    expect(apple.pushes.map(({ device }) => device).sort()).toEqual(['by-sdk', 'by-vendors'])
    const bindings = await stage.api.bindings.list()
    expect(bindings.map(({ credentialSid }) => credentialSid)).toEqual([sandbox.sid, sandbox.sid])
  })

  test('of browsers are made once, told to whoever has a token, and made anew when they are removed', async () => {
    const stage = await PushStage.begin()
    const keyOf = async (token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const response = await fetch(`${stage.server.url}/v1/push/key`, { headers })
      return [response.status, await response.json()] as const
    }
    const tokens = await Promise.all(['alice', 'bob', 'carol'].map((name) => stage.server.token(name)))
    const answers = await Promise.all(tokens.map(keyOf))
    const [[status, { public_key: key }]] = answers as never as [[number, { public_key: string }]]
    expect([status, Buffer.from(key, 'base64url')[0]]).toEqual([200, 4])
    expect(answers).toEqual(answers.map(() => [200, { public_key: key }]))
    expect(await keyOf()).toMatchObject([401, { code: 20101 }])
    const [shown] = await stage.credentials.list()
    expect(shown).toMatchObject({ type: 'web', friendlyName: 'Web Push', sandbox: 'False' })
    expect(await stage.credentials(shown?.sid ?? '').update({ friendlyName: 'ours' })).toMatchObject({ friendlyName: 'ours' })
    expect(await keyOf(tokens[0])).toEqual([200, { public_key: key }])
    await stage.credentials(shown?.sid ?? '').remove()
    const [, again] = await keyOf(tokens[0])
    expect((again as { public_key: string }).public_key).not.toBe(key)
  })
})
