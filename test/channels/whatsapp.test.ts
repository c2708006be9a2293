import { WhatsAppAdapter, type WhatsAppOptions } from '@conversa/adapters/whatsapp'
import { IncomingFile, systemClock } from '@conversa/server'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ACCOUNTS, type InProcessOptions, startInProcess } from '../end-to-end/in-process-server.ts'
import { uploaded } from '../end-to-end/media-client.ts'
import { backEndOf, template } from '../rest/back-end.ts'
import { APP_SECRET, CloudApi, hookOf, NUMBER_ID, signedHook, TOKEN, VERIFY_TOKEN } from './cloud-api.ts'

const [ACCOUNT] = ACCOUNTS
const [BEN, OURS] = ['whatsapp:+15551230001', 'whatsapp:+15559990000'] as const
const WAIT = { timeout: 10_000 }
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

type ServerOptions = Pick<InProcessOptions, 'publicUrl' | 'mediaLimits'>

/** A server with a number in WhatsApp, and Ben there. */
async function scene(options: Partial<WhatsAppOptions> = {}, { publicUrl, mediaLimits }: ServerOptions = {}) {
  const api = await CloudApi.begin()
  onTestFinished(() => api.down())
  const login = { url: api.url, token: TOKEN, phoneNumberId: NUMBER_ID, appSecret: APP_SECRET, verifyToken: VERIFY_TOKEN }
  const adapter = new WhatsAppAdapter({ name: 'wa', ...login, now: systemClock.now, ...options })
  const inspect = (content: AsyncIterable<Uint8Array>, declared: string | undefined) => new IncomingFile(content, declared)
  const routes = [{ account: ACCOUNT, adapter, addresses: [OURS] }]
  const server = await startInProcess({ channels: { routes, inspect }, publicUrl, ...(mediaLimits && { mediaLimits }) })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { v1 } = backEndOf(server).conversations
  const { sid } = await v1.conversations.create({ friendlyName: 'Order 17' })
  const conversation = v1.conversations(sid)
  await conversation.participants.create({ 'messagingBinding.address': BEN, 'messagingBinding.proxyAddress': OURS })
  const say = async (body: string) => (await conversation.messages.create({ author: 'anna', body })).sid
  const attach = async (type: string, filename: string, body?: string) => {
    const { sid: mediaSid } = await uploaded(server.url, await server.token('anna'), PNG, { contentType: type, filename })
    return (await conversation.messages.create({ author: 'anna', mediaSid, ...(body && { body }) })).sid
  }
  const becomes = (messageSid: string, status: string, code: number | null = null) =>
    vi.waitFor(async () => {
      const [found] = await conversation.messages(messageSid).deliveryReceipts.list()
      expect([found?.status, found?.errorCode]).toEqual([status, code])
    }, WAIT)
  const hook = async (body: string, headers: Record<string, string> = signedHook(body)) =>
    (await fetch(`${server.url}/channels/wa`, { method: 'POST', headers, body })).status
  const status = (id: string, became: string, more: object = {}) =>
    hook(hookOf({ statuses: [{ id, status: became, timestamp: '1', recipient_id: '15551230001', ...more }] }))
  const bodies = async () => (await conversation.messages.list()).map(({ body }) => body)
  return { api, server, conversation, say, attach, becomes, hook, status, bodies }
}

const written = (message: object) => hookOf({ messages: [{ from: '15551230001', id: 'wamid.in', timestamp: '1', ...message }] })
const text = (body: string, id = 'wamid.in') => written({ id, type: 'text', text: { body } })

describe('templates', () => {
  /** Makes a template, which the API has under a name unless that is null, and says it. */
  const stage = async (fields: object, name: string | null = 'order_1') => {
    const there = await scene()
    const { contents } = backEndOf(there.server).content.v1
    const { sid: contentSid } = await contents.create(template({ language: 'pt_BR', ...fields }))
    if (name !== null) await contents(contentSid).approvalCreate.create({ name, category: 'UTILITY' })
    const sayIt = async (variables: object = {}) =>
      (await there.conversation.messages.create({ contentSid, contentVariables: JSON.stringify(variables) })).sid
    return { ...there, contents, contentSid, sayIt }
  }
  const withText = (body: string) => ({ types: { 'twilio/text': { body } } })

  test('reach who has not written for a day, whom a text does not reach', async () => {
    const { api, say, sayIt, becomes } = await stage(withText('Order {{2}} of {{1}}, {{2}}'))
    api.answer = ({ fields }) => (fields.type === 'template' ? undefined : { status: 400, code: 131047 })
    await becomes(await say('Your order is here'), 'failed', 63016)
    await becomes(await sayIt({ 1: 'Ann', 2: '17' }), 'sent')
    expect(api.posted.map(({ fields }) => fields)).toMatchObject([
      {
        to: '15551230001',
        type: 'template',
        template: {
          name: 'order_1',
          language: { code: 'pt_BR' },
          components: [
            {
              type: 'body',
              parameters: [
                { type: 'text', text: 'Ann' },
                { type: 'text', text: '17' },
              ],
            },
          ],
        },
      },
    ])
    expect(api.wrong).toEqual([])
  })

  const NAMED = { type: 'body', parameters: [{ type: 'text', parameter_name: 'name', text: 'Ann' }] }
  test.each([
    ['a text without places', withText('Hello'), undefined],
    ['named places', withText('Hello {{name}}'), [NAMED]],
    [
      'ten places in their order',
      withText('{{10}} {{2}} {{1}}'),
      [{ type: 'body', parameters: ['1', '2', '10'].map((text) => ({ type: 'text', text })) }],
    ],
    [
      'a picture',
      { types: { 'twilio/media': { body: 'Hello {{name}}', media: ['https://a.example/{{1}}.png?x=.mp4'] } } },
      [{ type: 'header', parameters: [{ type: 'image', image: { link: 'https://a.example/1.png?x=.mp4' } }] }, NAMED],
    ],
    [
      'a film',
      { types: { 'twilio/media': { media: ['https://a.example/a.MP4'] } } },
      [{ type: 'header', parameters: [{ type: 'video', video: { link: 'https://a.example/a.MP4' } }] }],
    ],
    [
      'a document',
      { types: { 'twilio/media': { media: ['https://a.example/a.pdf#2'] } } },
      [{ type: 'header', parameters: [{ type: 'document', document: { link: 'https://a.example/a.pdf#2' } }] }],
    ],
    [
      'replies, of which some say what they are',
      { types: { 'twilio/quick-reply': { body: 'Well?', actions: [{ title: 'No' }, { title: 'Yes', id: 'yes {{1}}' }] } } },
      [{ type: 'button', sub_type: 'quick_reply', index: '1', parameters: [{ type: 'payload', payload: 'yes 1' }] }],
    ],
    [
      'addresses, of which some differ',
      {
        types: {
          ...withText('Hello').types,
          'twilio/call-to-action': {
            body: 'Hello {{name}}',
            actions: [
              { type: 'URL', title: 'a', url: 'https://a.example/' },
              { type: 'URL', title: 'b', url: 'https://a.example/{{2}}' },
              { type: 'PHONE_NUMBER', title: 'c', phone: '+15559990000' },
            ],
          },
        },
      },
      [NAMED, { type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: '2' }] }],
    ],
    [
      'a card',
      { types: { 'twilio/card': { title: 'Hello {{name}}', subtitle: 'S', media: ['https://a.example/a'] } } },
      [{ type: 'header', parameters: [{ type: 'image', image: { link: 'https://a.example/a' } }] }, NAMED],
    ],
  ])('go out as %s', async (_, fields, components) => {
    const { api, sayIt, becomes } = await stage(fields)
    await becomes(await sayIt({ 1: '1', 2: '2', 10: '10', name: 'Ann' }), 'sent')
    expect((api.posted[0]?.fields.template as { components?: object })?.components).toEqual(components)
  })

  test('that nobody approved go out as what they say', async () => {
    const { api, sayIt, becomes } = await stage(withText('Hello {{1}}'), null)
    await becomes(await sayIt({ 1: 'Ann' }), 'sent')
    expect(api.posted[0]?.fields).toMatchObject({ type: 'text', text: { body: 'Hello Ann' } })
  })

  test('that say something else by now go out as what they say', async () => {
    const { api, conversation, sayIt, becomes } = await stage(withText('Hello {{1}}'))
    await api.down()
    const messageSid = await sayIt({ 1: 'Ann' })
    await conversation.messages(messageSid).update({ body: 'Goodbye' })
    await api.up()
    await becomes(messageSid, 'sent')
    expect(api.posted[0]?.fields).toMatchObject({ type: 'text', text: { body: 'Goodbye' } })
  })
})

describe('the API', () => {
  test('gets each message, with what it needs', async () => {
    const { api, say, becomes } = await scene()
    await becomes(await say('Your order is here'), 'sent')
    expect(api.posted.map(({ fields }) => fields)).toMatchObject([
      { to: '15551230001', type: 'text', text: { body: 'Your order is here' } },
    ])
    expect(api.wrong).toEqual([])
  })

  test('gets files with what is said of them, or fetches them', async () => {
    const { api, attach, becomes } = await scene()
    await becomes(await attach('image/png', 'map.png'), 'sent')
    expect(api.uploads).toEqual([{ id: 'file1', type: 'image/png', bytes: PNG, filename: 'map.png' }])
    expect(api.posted[0]?.fields).toMatchObject({ type: 'image', image: { id: 'file1' } })
    const other = await scene({ files: 'link' }, { publicUrl: 'https://chat.example' })
    await other.becomes(await other.attach('image/png', 'map.png', 'Here it is'), 'sent')
    const image = other.api.posted[0]?.fields.image as { readonly link: string; readonly caption: string }
    expect(image.caption).toBe('Here it is')
    expect(image.link).toMatch(/^https:\/\/chat\.example\//)
    const fetched = await fetch(image.link.replace('https://chat.example', other.server.url))
    expect(Buffer.from(await fetched.arrayBuffer())).toEqual(PNG)
    expect([...api.wrong, ...other.api.wrong]).toEqual([])
  })

  test.each([
    [400, 131047, 63016],
    [400, 131026, 63024],
    [400, 131021, 63031],
    [400, 131050, 63014],
    [400, 130472, 63032],
    [400, 131051, 63021],
    [400, 131053, 63021],
    [400, 132000, 63028],
    [400, 132001, 63027],
    [400, 368, 63005],
    [400, 999, 63005],
  ])('that refuses a message for good says why: %i %i', async (status, code, becoming) => {
    const { api, say, becomes } = await scene()
    api.answer = ({ fields }) => ((fields.text as { body: string }).body === 'bad' ? { status, code } : undefined)
    const [bad, good] = [await say('bad'), await say('good')]
    await becomes(bad, 'failed', becoming)
    await becomes(good, 'sent')
  })

  test.each([
    [429, 130429],
    [400, 80007],
    [400, 131056],
    [401, 190],
    [500, 131000],
    [503, undefined],
  ])('that does not take it now is asked again: %i %s', async (status, code) => {
    const { api, say, becomes } = await scene()
    let tries = 0
    api.answer = () => (++tries === 1 ? { status, ...(code !== undefined && { code }) } : undefined)
    await becomes(await say('hello'), 'sent')
    expect(tries).toBe(2)
  })

  test('that is down for a while gets everything then, once and in order', async () => {
    const { api, say, becomes } = await scene()
    await api.down()
    const sids = [await say('one'), await say('two'), await say('three')]
    await api.up()
    for (const sid of sids) await becomes(sid, 'sent')
    expect(api.posted.map(({ fields }) => fields.text)).toEqual(['one', 'two', 'three'].map((body) => ({ body })))
  })

  test('whose answer was lost, but that tells of the message, does not get it again', async () => {
    const { api, say, becomes, status } = await scene()
    const told = Promise.withResolvers<void>()
    let tries = 0
    api.answer = ({ fields }) => {
      if (++tries > 1) return undefined
      api.posted.push({ fields })
      // The answer is lost; the status comes as a webhook, after the connection has ended.
      setImmediate(async () => {
        const data = { biz_opaque_callback_data: fields.biz_opaque_callback_data }
        await vi.waitFor(async () => expect(await status('wamid.lost', 'sent', data)).toBe(200), { timeout: 10_000 })
        told.resolve()
      })
      return 'hang-up'
    }
    const sid = await say('hello')
    await told.promise
    await becomes(sid, 'sent')
    await status('wamid.lost', 'read')
    await becomes(sid, 'read')
  })
})

describe('a webhook', () => {
  test('is set up with the word that both sides know', async () => {
    const { server } = await scene()
    const ask = async (mode: string, token: string) => {
      const query = new URLSearchParams({ 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': '1158201444' })
      const reply = await fetch(`${server.url}/channels/wa?${query}`)
      return [reply.status, await reply.text()]
    }
    expect(await ask('subscribe', VERIFY_TOKEN)).toEqual([200, '1158201444'])
    expect(await ask('subscribe', 'another')).toEqual([403, ''])
    expect(await ask('unsubscribe', VERIFY_TOKEN)).toEqual([403, ''])
  })

  test('tells what became of a message, and never takes it back', async () => {
    const { api, say, becomes, status } = await scene()
    const [read, lost] = [await say('one'), await say('two')]
    await becomes(lost, 'sent')
    expect(await status(api.idOf(1), 'read')).toBe(200)
    expect(await status(api.idOf(1), 'delivered')).toBe(200)
    expect(await status(api.idOf(2), 'failed', { errors: [{ code: 131026, title: 'undeliverable' }] })).toBe(200)
    expect(await status('wamid.unknown', 'sent')).toBe(200)
    await becomes(read, 'read')
    await becomes(lost, 'failed', 63024)
  })

  test('brings messages, each once, with their files', async () => {
    const { api, hook, bodies, conversation } = await scene()
    api.media.set('m1', PNG)
    expect(await hook(text('hello'))).toBe(200)
    expect(await hook(text('hello'))).toBe(200)
    const image = { id: 'wamid.2', type: 'image', image: { id: 'm1', mime_type: 'image/png', caption: 'see' } }
    expect(await hook(written(image))).toBe(200)
    expect(await hook(written({ id: 'wamid.3', type: 'button', button: { text: 'Yes' } }))).toBe(200)
    const chosen = { list_reply: { id: '1', title: 'Tuesday' } }
    expect(await hook(written({ id: 'wamid.4', type: 'interactive', interactive: chosen }))).toBe(200)
    expect(await bodies()).toEqual(['hello', 'see', 'Yes', 'Tuesday'])
    const [, stored] = await conversation.messages.list()
    expect(stored?.media).toMatchObject([{ content_type: 'image/png', size: PNG.length }])
    expect(stored?.author).toBe(BEN)
    expect(api.wrong).toEqual([])
  })

  test('says in words what is no text: reactions, contacts, and what cannot be shown', async () => {
    const { hook, bodies } = await scene()
    const anna = {
      name: { formatted_name: 'Anna Smith', first_name: 'Anna' },
      org: { company: 'Example' },
      phones: [{ phone: '+1 555 123 0009', type: 'WORK' }, { type: 'HOME' }],
      emails: [{ email: 'anna@example.org' }],
      urls: [{ url: 'https://example.org' }],
    }
    const said: object[] = [
      { type: 'reaction', reaction: { message_id: 'wamid.out', emoji: '👍' } },
      { type: 'reaction', reaction: { message_id: 'wamid.out' } },
      { type: 'contacts', contacts: [anna, { name: {} }] },
      { type: 'contacts', contacts: [] },
      { type: 'unsupported', errors: [{ code: 131051 }] },
      { type: 'order', order: { catalog_id: '1' } },
      { type: 'image', image: {} },
      { type: 'system', system: { body: 'Ben changed from A to B' } },
      { type: 'request_welcome' },
    ]
    for (const [at, message] of said.entries()) expect(await hook(written({ id: `wamid.${at}`, ...message }))).toBe(200)
    const unshown = '[A message that cannot be shown here]'
    const card = 'Anna Smith\nExample\n+1 555 123 0009\nanna@example.org\nhttps://example.org\n\n[A contact]'
    const shown = ['[Reacted with 👍]', '[Took a reaction back]', card, unshown, unshown, unshown, unshown]
    expect(await bodies()).toEqual(shown)
  })

  test('whose file is refused for good says so, once, beside what was written with it', async () => {
    const { api, hook, bodies } = await scene({}, { mediaLimits: { fileBytes: PNG.length - 1 } })
    api.media.set('m1', PNG)
    const image = { id: 'm1', mime_type: 'image/png' }
    for (const _each of [1, 2]) {
      expect(await hook(written({ id: 'wamid.1', type: 'image', image: { ...image, caption: 'see' } }))).toBe(200)
      expect(await hook(written({ id: 'wamid.2', type: 'image', image }))).toBe(200)
    }
    expect(await bodies()).toEqual(['see\n[A file that is not taken here]', '[A file that is not taken here]'])
  })

  test('whose file cannot be fetched now is to be brought again', async () => {
    const { api, hook, bodies } = await scene()
    const voice = written({ type: 'audio', audio: { id: 'm1', mime_type: 'audio/ogg; codecs=opus' } })
    expect(await hook(voice)).toBeGreaterThanOrEqual(500)
    api.media.set('m1', PNG)
    expect(await hook(voice)).toBe(200)
    expect(await bodies()).toHaveLength(1)
  })
})

describe('hostile webhooks (reliability B37)', () => {
  test('that are not signed, or not with the secret of the app, have no effect', async () => {
    const { hook, bodies } = await scene()
    const body = text('hello')
    const right = signedHook(body)['x-hub-signature-256'] as string
    for (const signature of ['', 'sha256=', right.slice(7), right.replace('sha256', 'sha1'), `${right}00`, right.slice(0, -2)])
      expect(await hook(body, { 'content-type': 'application/json', 'x-hub-signature-256': signature })).toBe(401)
    expect(await hook(body, { 'content-type': 'application/json' })).toBe(401)
    expect(await hook(body, signedHook(body, 'another secret'))).toBe(401)
    expect(await hook(`${body} `, signedHook(body))).toBe(401)
    expect(await bodies()).toEqual([])
  })

  test('of another number, or for an address that is not ours, have no effect; nor has one that comes again', async () => {
    const { api, hook, status, bodies, say, becomes } = await scene()
    const message = { from: '15551230001', id: 'x', type: 'text', text: { body: 'forged' } }
    expect(await hook(hookOf({ messages: [message] }, '999'))).toBe(403)
    const metadata = { display_phone_number: '15550000000', phone_number_id: NUMBER_ID }
    expect(await hook(hookOf({ messages: [message], metadata }))).toBe(200)
    expect(await bodies()).toEqual([])
    const sid = await say('hello')
    await becomes(sid, 'sent')
    await status(api.idOf(1), 'read')
    await status(api.idOf(1), 'failed', { errors: [{ code: 131026 }] })
    await becomes(sid, 'read')
  })

  test('of whatever form are answered, and the server stays up', async () => {
    const { hook, bodies } = await scene()
    const value = fc.oneof(
      fc.json(),
      fc.jsonValue().map((said) => hookOf({ messages: [said], statuses: [said] })),
    )
    await fc.assert(
      fc.asyncProperty(value, async (body) => {
        expect([200, 400]).toContain(await hook(body))
      }),
      { numRuns: 100 },
    )
    expect(await hook(text('hello'))).toBe(200)
    expect(await bodies()).toEqual(['hello'])
  })
})
