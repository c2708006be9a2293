import { connect } from 'node:net'
import { FailingDatabase } from '@conversa/adapters/testing'
import fc from 'fast-check'
import { createTransport } from 'nodemailer'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BEN, DESK, EVE, mailScene } from './mail-world.ts'

const HEAD = `From: Ben <${BEN}>\nSubject: hello\nMIME-Version: 1.0\n`
const message = (headers: string) => `${HEAD}${headers}\n\nhello`

/** Parts within parts. */
function nested(depth: number): string {
  const at = Array.from({ length: depth }, (_, level) => level)
  const begin = at.map((level) => `Content-Type: multipart/mixed; boundary=b${level}\n\n--b${level}\n`).join('')
  return `${HEAD}${begin}Content-Type: text/plain\n\nhello\n${at
    .reverse()
    .map((level) => `--b${level}--\n`)
    .join('')}`
}

const parts = (count: number, type: string) =>
  `${HEAD}Content-Type: multipart/mixed; boundary=b\n\n${`--b\nContent-Type: ${type}\n\nx\n`.repeat(count)}--b--\n`

describe('an e-mail that is not taken (reliability B43)', () => {
  test.each([
    ['nested a thousand times', nested(1000), /554 5\.6\.0/],
    ['with ten thousand files', parts(10_000, 'application/pdf'), /554 5\.6\.0/],
    ['with ten thousand texts', parts(10_000, 'text/plain'), /554 5\.6\.0 .*parts/],
    ['with half a million lines', message('') + '\n'.repeat(500_000), /554 5\.6\.0 .*lines/],
    ['with more files than a message may have', parts(11, 'application/pdf'), /554 5\.6\.0/],
    ['with headers without end', message(`X-Long: ${'x'.repeat(900)}\n`.repeat(400)), /554 5\.6\.0/],
    ['that nobody has sent', 'Subject: hello\n\nhello', /550 5\.6\.0/],
    ['with two senders', message(`From: ${EVE}`), /550 5\.6\.0/],
    ['with two senders in one line', `From: ${BEN}, ${EVE}\n\nhello`, /550 5\.6\.0/],
    ['that was relayed fifty times', message('Received: from x by y; today\n'.repeat(51).trim()), /554 5\.4\.6/],
    ['that says nothing', `From: ${BEN}\n\n`, /554 5\.6\.0/],
  ])('%s', async (_what, text, answer) => {
    const { raw, messages } = await mailScene()
    await expect(raw(text)).rejects.toThrow(answer)
    expect(await raw(message(''))).toMatch(/^250/)
    expect(await messages()).toHaveLength(1)
  })

  test('to other mailboxes, from strangers, or too large', async () => {
    const { bring, messages } = await mailScene({ listen: { maxBytes: 100_000 } })
    await expect(bring({ to: 'other@example.com', text: 'hello' })).rejects.toThrow(/550 5\.1\.1 No such mailbox/)
    await expect(bring({ from: EVE, text: 'hello' })).rejects.toThrow(/550 5\.1\.1 Nobody is there/)
    await expect(bring({ text: 'x '.repeat(60_000) })).rejects.toThrow(/552|[Mm]essage size/)
    expect(await bring({ to: 'Desk@EXAMPLE.com', text: 'hello' })).toMatch(/^250/)
    expect(await messages()).toHaveLength(1)
  })

  test('that could not be stored is to be brought again', async () => {
    const database = new FailingDatabase()
    const { bring, messages } = await mailScene({ open: () => database.open(':memory:') })
    database.fails = (sql) => /^(insert|update)/i.test(sql)
    const mail = { messageId: '<once@example.org>', text: 'hello' }
    await expect(bring(mail)).rejects.toThrow(/451 4\.3\.0/)
    database.fails = () => false
    expect(await bring(mail)).toMatch(/^250/)
    expect(await messages()).toHaveLength(1)
  })
})

describe('machines that answer machines', () => {
  test.each([
    'Auto-Submitted: auto-replied',
    'Auto-Submitted: auto-generated; owner=x',
    'Precedence: bulk',
    'X-Autoreply: yes',
    'List-Id: <list.example.org>',
  ])('%s: it stays in the app', async (header) => {
    const { raw, messages, add, arrived, relay } = await mailScene()
    await add(EVE)
    await raw(message(header))
    await raw(
      message('Auto-Submitted: no')
        .replace('hello', 'by hand')
        .replace(/hello$/, 'by hand'),
    )
    await arrived(1)
    expect(relay.texts).toEqual(['by hand'])
    expect(await messages()).toHaveLength(2)
  })

  test('what nobody wants an answer to stays in the app, and is not answered when nobody is there for it', async () => {
    const { raw, messages, add, arrived, relay } = await mailScene()
    await add(EVE)
    expect(await raw(message(''), { from: '' })).toMatch(/^250/)
    expect(await raw(message('').replace(BEN, 'stranger@example.org'), { from: '' })).toMatch(/^250/)
    await raw(message('').replace(/hello$/, 'by hand'))
    await arrived(1)
    expect(relay.texts).toEqual(['by hand'])
    expect(await messages()).toHaveLength(2)
  })

  test('what comes back as it went out is refused', async () => {
    const { say, arrived, raw, messages } = await mailScene()
    await say('hello')
    const [got] = await arrived(1)
    await expect(raw(String(got?.raw))).rejects.toThrow(/554 5\.4\.6/)
    expect(await messages()).toHaveLength(1)
  })
})

describe('forged senders', () => {
  test('other machines than the relays are sent away', async () => {
    const { bring, messages } = await mailScene({ listen: { relays: ['192.0.2.0/24', '2001:db8::1'] } })
    await expect(bring({ text: 'hello' })).rejects.toThrow(/554 5\.7\.1/)
    const { bring: bringAllowed } = await mailScene({ listen: { relays: ['127.0.0.0/8'] } })
    expect(await bringAllowed({ text: 'hello' })).toMatch(/^250/)
    expect(await messages()).toEqual([])
  })

  test.each([
    [true, 'mx.example.com; spf=fail smtp.mailfrom=x; dmarc=pass (p=none) header.from=example.org'],
    [true, 'MX.example.com 1; dkim=pass header.d=example.org header.s=x'],
    [true, 'mx.example.com; spf=pass smtp.mailfrom=bounces@example.org'],
    [false, 'mx.example.com; dmarc=pass header.from=example.net'],
    [false, 'mx.example.com; dkim=pass header.d=example.net; spf=pass smtp.mailfrom=x@example.net'],
    [false, 'mx.example.com; dmarc=fail header.from=example.org (dmarc=pass header.from=example.org)'],
    [false, 'mx.example.com; none'],
    [false, 'mx.example.net; dmarc=pass header.from=example.org'],
    [
      false,
      'mx.example.com; dmarc=fail header.from=example.org\nAuthentication-Results: mx.example.com; dmarc=pass header.from=example.org',
    ],
  ])('a relay that looks at senders is believed: %s, %s', async (isTaken, results) => {
    const { raw, messages } = await mailScene({ listen: { authentication: 'mx.example.com' } })
    const brought = raw(`Authentication-Results: ${results}\n${message('')}`)
    if (isTaken) expect(await brought).toMatch(/^250/)
    else await expect(brought).rejects.toThrow(/550 5\.7\.1/)
    expect(await messages()).toHaveLength(isTaken ? 1 : 0)
    await expect(raw(message(''))).rejects.toThrow(/550 5\.7\.1/)
  })
})

describe('whatever comes', () => {
  const SEEDS = [
    message('Content-Type: text/html; charset=utf-16'),
    nested(5),
    parts(3, 'text/html; name="=?utf-8?b?4pi6"'),
    message('Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b'),
    message('Content-Transfer-Encoding: base64\nReferences: <a@b> <c@d>\nIn-Reply-To: <x'),
  ]
  const PIECES = [
    '\r\n',
    '\n\n',
    ':',
    ';',
    '--b',
    '"',
    '=?utf-8?q?=00?=',
    '\0',
    '\ud83d',
    '<',
    '>',
    ' \t',
    '=',
    'multipart/',
    '8bit: é',
    '(',
  ]

  const mutated = fc
    .tuple(
      fc.constantFrom(...SEEDS),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 40 }), fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary' }))), {
        maxLength: 12,
      }),
    )
    .map(([seed, changes]) =>
      changes.reduce((text, [at, length, piece]) => {
        const begin = at % (text.length + 1)
        return text.slice(0, begin) + piece + text.slice(begin + length)
      }, seed),
    )

  test('two thousand broken e-mails are each taken or refused, and the listener goes on', async () => {
    const { channel, raw, messages } = await mailScene()
    const transport = createTransport({
      host: '127.0.0.1',
      port: channel.port ?? 0,
      ignoreTLS: true,
      pool: true,
      maxConnections: 1,
    })
    onTestFinished(() => transport.close())
    await fc.assert(
      fc.asyncProperty(mutated, fc.constantFrom('', BEN), async (text, from) => {
        const mail = { envelope: { from, to: DESK }, raw: Buffer.from(text, 'latin1') }
        const code = await transport.sendMail(mail).then(
          ({ response }) => Number.parseInt(response, 10),
          ({ responseCode }) => responseCode,
        )
        expect([250, 550, 554]).toContain(code)
      }),
      { numRuns: 2000 },
    )
    const before = (await messages()).length
    expect(await raw(message('Message-ID: <last@example.org>'))).toMatch(/^250/)
    expect((await messages()).length).toBe(before + 1)
  })

  test('what is no SMTP at all is sent away, and the listener goes on', async () => {
    const { channel, raw } = await mailScene()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        const socket = connect(channel.port ?? 0, '127.0.0.1')
        socket.on('error', () => {})
        const ended = new Promise((resolve) => socket.on('close', resolve))
        socket.resume()
        socket.end(Buffer.concat([Buffer.from('EHLO x\r\nMAIL FROM:<'), bytes]))
        await ended
      }),
      { numRuns: 100 },
    )
    expect(await raw(message(''))).toMatch(/^250/)
  })
})
