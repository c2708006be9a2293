import type { Conversation, Message } from '@twilio/conversations'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { RawTwilsock } from './raw-twilsock.ts'
import { nextOf, recordOf, VENDORS, VendorWorld } from './vendor.ts'

/* What the vendor's client stumbles over when a server gets it wrong (twilio-wire-protocol 10). */

const versions = Object.keys(VENDORS) as (keyof typeof VENDORS)[]

describe.each(versions)('the vendor’s SDK %s, unmodified', (version) => {
  test('works for people of any name', async () => {
    const world = await VendorWorld.begin(version)
    const name = 'al ice/x@é+%41 😀'
    const [bob, odd] = [await world.client('bob'), await world.client(name)]
    const bobs = await bob.createConversation()
    await bobs.join()
    const joined = nextOf<Conversation>(odd, 'conversationJoined')
    await bobs.add(name)
    const heard = nextOf<Message>(bobs, 'messageAdded')
    await (await joined).sendMessage('hello')
    expect((await heard).author).toBe(name)
    expect((await bob.getUser(name)).identity).toBe(name)
    const left = nextOf<Conversation>(odd, 'conversationLeft')
    await bobs.removeParticipant(name)
    expect((await left).sid).toBe(bobs.sid)
  })

  test('works twice for the same person, each hearing everything', async () => {
    const world = await VendorWorld.begin(version)
    const { alices, bobs } = await world.room()
    const second = await world.client('bob')
    const seconds = await second.getConversationBySid(bobs.sid)
    await seconds.getParticipants()
    const [first, other] = [bobs, seconds].map((one) => recordOf(one, { messageAdded: ({ index }: Message) => index }))
    const both = [bobs, seconds].map((one) => nextOf<Message>(one, 'messageAdded', ({ index }) => index === 1))
    await alices.sendMessage('one')
    await alices.sendMessage('two')
    await Promise.all(both)
    expect([first, other].map((heard) => heard?.map(([, index]) => index))).toEqual([
      [0, 1],
      [0, 1],
    ])
  })

  test('tells of a token that is about to expire, and goes on with another', async () => {
    const world = await VendorWorld.begin(version)
    const { alices } = await world.room()
    const client = await world.client('carol')
    const told = nextOf(client, 'tokenAboutToExpire')
    await client.updateToken(await world.server.token('carol', SERVICE_SID, 2))
    await told
    await client.updateToken(await world.server.token('carol'))
    const joined = nextOf<Conversation>(client, 'conversationJoined')
    await alices.add('carol')
    expect((await joined).sid).toBe(alices.sid)
  })
})

describe('what is answered', () => {
  async function signedIn() {
    const server = await startInProcess()
    onTestFinished(() => server[Symbol.asyncDispose]())
    const raw = await RawTwilsock.connect(server.url)
    await raw.call('init', { token: await server.token('alice') })
    return { server, raw }
  }

  test('about the configuration has whole addresses, and keeps no client from asking again', async () => {
    const { server, raw } = await signedIn()
    const { body } = await raw.ask('GET', '/Client/v2/Configuration')
    const { links, options } = body as { links: Record<string, string>; options: object }
    expect(options).toMatchObject({ http_cache_interval: 'PT0S' })
    for (const link of Object.values(links)) {
      expect(URL.canParse(link)).toBe(true)
      expect(link).not.toMatch(/[?=]/)
    }
    expect(links.media_service).toBe(`${server.url}/v1/Services/${SERVICE_SID}/Media`)
  })

  test('for an item that is not there is an empty page, and for what is wrong two statuses', async () => {
    const { raw } = await signedIn()
    const map = `${Buffer.from('alice').toString('base64url')}.user_info`
    expect(await raw.ask('GET', `/v3/Maps/${map}/Items`, undefined, { Key: 'nothing' })).toMatchObject({
      status: 200,
      body: { items: [], meta: { next_token: null, previous_token: null } },
    })
    const { header } = await raw.call('message', { http_request: { host: 'x', method: 'GET', path: '/nothing' } })
    expect(header).toMatchObject({ status: { code: 200 }, http_status: { code: 404, status: 'Not Found' } })
  })
})
