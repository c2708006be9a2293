import { EmailChannel } from '@conversa/adapters/email'
import type { ChannelMessage } from '@conversa/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { BEN, DESK, MAIL_SECRET, mailScene, SOON, smtpError, WorldRelay } from './mail-world.ts'

const MESSAGE: ChannelMessage = {
  id: `IM${'1'.repeat(32)}.MB${'2'.repeat(32)}`,
  channel: 'email',
  from: DESK,
  to: BEN,
  name: 'Ben B.',
  level: 'to',
  author: 'anna',
  subject: null,
  body: 'hello',
  files: [],
  conversationSid: `CH${'3'.repeat(32)}`,
  conversationName: null,
  index: 0,
}

const file = (fields: Partial<ChannelMessage['files'][number]>, text: string): ChannelMessage['files'][number] => ({
  sid: `ME${'4'.repeat(32)}`,
  category: 'media',
  contentType: 'text/plain',
  filename: null,
  size: text.length,
  url: 'https://example.com/',
  read: async () =>
    (async function* () {
      yield new TextEncoder().encode(text)
    })(),
  ...fields,
})

/** The adapter alone, and the relay that it sends to. */
async function sender() {
  const relay = await WorldRelay.begin()
  const settings = { host: '127.0.0.1', port: relay.port, tls: 'none' } as const
  const channel = new EmailChannel({ name: 'mail', addresses: [DESK], secret: MAIL_SECRET, relay: settings })
  onTestFinished(() => channel.close())
  return { relay, send: (fields: Partial<ChannelMessage> = {}) => channel.send({ ...MESSAGE, ...fields }) }
}

describe('an e-mail to somebody', () => {
  test('is from the mailbox and the author, to the person, in the thread of the conversation', async () => {
    const { relay, say, arrived, receipt } = await mailScene()
    const first = await say('Your <order> is here\n& ready')
    await say('Are you there?')
    const [one, two] = (await arrived(2)).map(({ email }) => email)
    expect(one).toMatchObject({ from: { name: 'anna', address: DESK }, to: [{ address: BEN }], subject: 'Order 17' })
    expect([one?.text?.trim(), one?.html]).toEqual([
      'Your <order> is here\n& ready',
      expect.stringContaining('Your &lt;order&gt; is here\n&amp; ready'),
    ])
    expect(one?.messageId).toMatch(/^<IM[0-9a-f]{32}\.MB[0-9a-f]{32}\.[0-9a-f]{32}@example\.com>$/)
    expect(two).toMatchObject({ subject: 'Re: Order 17', references: one?.references, inReplyTo: one?.references })
    expect(one?.inReplyTo).toBeUndefined()
    const { envelope } = relay.got[0]?.session ?? {}
    expect(envelope).toMatchObject({
      mailFrom: { address: DESK, args: { RET: 'HDRS' } },
      rcptTo: [{ address: BEN, args: { NOTIFY: 'SUCCESS,FAILURE,DELAY' } }],
    })
    await vi.waitFor(async () => expect((await receipt(first.sid))?.status).toBe('sent'), SOON)
  })

  test('is from the name that the conversation has for e-mail', async () => {
    const { conversation, say, arrived } = await mailScene()
    await conversation.update({ 'bindings.email.address': DESK, 'bindings.email.name': 'Support "17"' })
    await say('hello')
    expect((await arrived(1))[0]?.email.from).toEqual({ name: 'Support "17"', address: DESK })
  })

  test('has their name, and is to them or for their information', async () => {
    const { relay, send } = await sender()
    expect(await send()).toEqual({ outcome: 'sent', id: MESSAGE.id })
    await send({ level: 'cc' })
    const [to, cc] = relay.got.map(({ email }) => email)
    expect([to?.to, to?.cc, cc?.to, cc?.cc]).toEqual([
      [{ name: 'Ben B.', address: BEN }],
      undefined,
      undefined,
      [{ name: 'Ben B.', address: BEN }],
    ])
    expect(to?.messageId).toBe(cc?.messageId)
    expect(to?.subject).toBe('Message from anna')
  })

  test('has the parts that its author wrote, and the files', async () => {
    const { relay, send } = await sender()
    const files = [
      file({ category: 'body', contentType: 'text/html; charset=utf-8' }, '<p>hello</p>'),
      file({ category: 'history', contentType: 'text/plain' }, 'before\nthat'),
      file({ filename: 'naïve "map".txt' }, 'a map'),
      file({ read: async () => undefined }, 'gone'),
    ]
    await send({ files, subject: 'A map' })
    const [{ email } = {}] = relay.got
    expect(email?.text?.trim()).toBe('hello\n\n> before\n> that')
    expect(email?.html).toContain('<p>hello</p>\n<blockquote>')
    const attached = email?.attachments.map(({ filename, content }) => [filename, Buffer.from(content as ArrayBuffer).toString()])
    expect(attached).toEqual([
      ['naïve "map".txt', 'a map'],
      [`ME${'4'.repeat(32)}`, ''],
    ])
  })

  test('cannot be given another header or another recipient (reliability B21)', async () => {
    const { relay, send } = await sender()
    const evil = 'x\r\nBcc: eve@example.net\r\n\r\nhello\u2028'
    const files = [file({ filename: evil, contentType: `text/plain\r\nBcc: eve@example.net` }, 'x')]
    await send({ subject: evil, author: evil, senderName: evil, name: evil, conversationName: evil, files })
    const [got] = relay.got
    expect(got?.session.envelope.rcptTo.map(({ address }) => address)).toEqual([BEN])
    expect(got?.email.bcc).toBeUndefined()
    expect(got?.raw).not.toMatch(/^bcc:/im)
    expect(got?.email.to).toHaveLength(1)
  })

  test('whose file breaks off is not sent, and is sent as a whole later', async () => {
    const { relay, send } = await sender()
    const read = async () =>
      (async function* () {
        yield new TextEncoder().encode('half of')
        throw new Error('the disk is gone')
      })()
    expect((await send({ files: [file({ read }, 'half of it')] })).outcome).toBe('failed')
    expect(relay.tried).toEqual([])
    expect((await send({ files: [file({}, 'all of it')] })).outcome).toBe('sent')
  })
})

describe('what the relay answers', () => {
  test.each([
    ['550 5.1.1 no such user', 550, { outcome: 'refused', code: 30005 }],
    ['5.7.1 this is spam', 554, { outcome: 'refused', code: 30007 }],
    ['5.3.4 too large', 552, { outcome: 'refused', code: 30019 }],
    ['no', 550, { outcome: 'refused', code: 30008 }],
    ['4.2.2 mailbox full', 452, { outcome: 'failed', code: 30003 }],
    ['5.7.0 authentication required', 530, { outcome: 'failed' }],
  ])('%s', async (text, code, answer) => {
    const { relay, send } = await sender()
    relay.answer = () => smtpError(code, text)
    expect(await send()).toEqual(answer)
    relay.answer = () => undefined
    expect((await send()).outcome).toBe('sent')
  })

  test('to one that it refuses for good ends up in the receipt', async () => {
    const { relay, say, receipt } = await mailScene()
    relay.answer = () => smtpError(550, '5.1.1 no such user')
    const { sid } = await say('hello')
    await vi.waitFor(async () => expect(await receipt(sid)).toEqual({ status: 'failed', errorCode: 30005 }), SOON)
  })

  test('one that is down, or busy, gets everything later: once each, in order, under the names of the first try', async () => {
    const { relay, say, arrived, receipt } = await mailScene()
    await say('zero')
    await arrived(1)
    await relay.stop()
    await say('one')
    await say('two')
    const last = await say('three')
    relay.answer = () => smtpError(451, '4.3.2 later')
    await relay.start()
    await vi.waitFor(() => expect(relay.tried.length).toBeGreaterThan(1), SOON)
    const [, busy] = relay.tried
    relay.answer = () => undefined
    await arrived(4)
    expect(relay.texts).toEqual(['zero', 'one', 'two', 'three'])
    expect(relay.got[1]?.email.messageId).toBe(busy?.email.messageId)
    await vi.waitFor(async () => expect((await receipt(last.sid))?.status).toBe('sent'), SOON)
    expect(relay.texts).toHaveLength(4)
  })
})
