import { describe, expect, test, vi } from 'vitest'
import { BEN, DESK, EVE, mailScene, SOON } from './mail-world.ts'

const REPLY = `Yes, tomorrow.

> are you sure?

Quite sure.

On Friday, 27 November 2026,
anna <desk@example.com> wrote:
> Can you come?
>> When?
`

/** What a mail system says about an e-mail of ours, as RFC 3464 has it. */
function deliveryReport(messageId: string, action: string, status: string): string {
  return `From: MAILER-DAEMON@example.org
To: ${DESK}
Subject: Delivery Status Notification
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message is what it is.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; ${BEN}
Action: ${action}
Status: ${status}
--b
Content-Type: text/rfc822-headers

From: anna <${DESK}>
Message-ID:
 ${messageId}
Subject: Order 17

--b--
`
}

describe('an e-mail from somebody', () => {
  test('is a message of theirs: what is new, and beside it the parts as they came', async () => {
    const { bring, messages, parts, conversation } = await mailScene()
    const html = '<p>Yes, tomorrow.</p>'
    expect(
      await bring({ from: { name: 'Ben', address: 'Ben@Example.org' }, subject: 'Re: Order 17', text: REPLY, html }),
    ).toMatch(/^250/)
    const [message] = await messages()
    expect(message).toMatchObject({ author: BEN, body: 'Yes, tomorrow.\n\n> are you sure?\n\nQuite sure.' })
    expect(await parts(0)).toEqual([
      ['body', 'text/plain', null],
      ['body', 'text/html', null],
      ['history', 'text/plain', null],
    ])
    expect((await conversation.participants.list())[0]?.messagingBinding).toMatchObject({ type: 'email', address: BEN })
  })

  test('brings files, and what they are is looked at', async () => {
    const { bring, messages } = await mailScene()
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    )
    await bring({ text: 'look', attachments: [{ filename: '../naïve.png', content: png, contentType: 'text/plain' }] })
    await bring({ text: '', subject: 'nothing but a file', attachments: [{ filename: 'a.txt', content: 'a' }] })
    await bring({ text: '', subject: 'nothing but a subject' })
    const [look, alone, subject] = await messages()
    expect(look?.media).toMatchObject([{ filename: 'naïve.png', content_type: 'image/png', size: png.length }])
    expect([alone?.body, alone?.media]).toMatchObject([null, [{ filename: 'a.txt' }]])
    expect([subject?.body, subject?.media]).toEqual(['nothing but a subject', null])
  })

  test('that has a page alone, or more text than a message may have, is read nevertheless', async () => {
    const { bring, messages, parts } = await mailScene()
    await bring({
      html: '<HEAD><title>no</title></HEAD><!-- no --><style>p { color: red }</style><p>Hello &amp; welcome<br>Ben</p>',
    })
    await bring({ text: 'é'.repeat(40_000) })
    const [page, long] = await messages()
    expect(page?.body).toBe('Hello & welcome\nBen')
    expect(await parts(0)).toEqual([
      ['body', 'text/plain', null],
      ['body', 'text/html', null],
    ])
    expect(long?.body).toMatch(/^é{16381} \[…\]$/)
    expect(long?.media).toMatchObject([{ size: 80_000 }])
  })

  test('is one message however often it is brought, and those of others do not get in its way', async () => {
    const { bring, messages, add } = await mailScene()
    await add(EVE)
    const attachments = [{ filename: 'a.txt', content: 'from Eve' }]
    await bring({ messageId: '<same@example.org>', text: 'hello', from: EVE, attachments })
    for (const _each of [1, 2])
      await bring({ messageId: '<same@example.org>', text: 'hello', attachments: [{ filename: 'b.txt', content: 'b' }] })
    for (const _each of [1, 2])
      await bring({ raw: `From: ${BEN}\r\nSubject: no name\r\n\r\nhello`, envelope: { from: BEN, to: DESK } })
    expect(
      (await messages()).map(({ author, media }) => [author, (media as { filename: string }[] | null)?.[0]?.filename]),
    ).toEqual([
      [EVE, 'a.txt'],
      [BEN, 'b.txt'],
      [BEN, undefined],
    ])
  })

  test('is in one thread with what goes back: that names their first e-mail and their newest one, to them alone', async () => {
    const { v1, relay, bring, arrived } = await mailScene()
    const creation = { 'autoCreation.enabled': true, 'autoCreation.type': 'default' } as const
    await v1.addressConfigurations.create({ type: 'email', address: 'sales@example.com', ...creation })
    const mail = { from: EVE, to: 'Sales@Example.com', subject: 'An offer?' }
    const [first, second, third] = ['<first@example.net>', '<second@example.net>', '<third@example.net>'] as const
    await bring({ ...mail, messageId: first, text: 'What does it cost?' })
    const begun = (await v1.conversations.list()).find(({ friendlyName }) => friendlyName !== 'Order 17')
    const sales = v1.conversations(String(begun?.sid))
    const say = (body: string) => sales.messages.create({ author: 'anna', body, subject: 'An offer?' })
    await say('Much')
    const [much] = await arrived(1)
    expect(much?.email).toMatchObject({ inReplyTo: first, subject: 'Re: An offer?' })
    expect(much?.email.references?.split(/\s+/).slice(1)).toEqual([first])
    await bring({ ...mail, messageId: second, inReplyTo: String(much?.email.messageId), text: 'Too much' })
    await bring({ ...mail, messageId: third, text: 'Hello?' })
    await sales.participants.create({ 'messagingBinding.address': BEN, 'messagingBinding.proxyAddress': 'sales@example.com' })
    await say('Less')
    await arrived(3)
    const to = (address: string) => relay.got.slice(1).find(({ email }) => email.to?.[0]?.address === address)
    expect(to(EVE)?.email.inReplyTo).toBe(third)
    const references = [much, to(EVE)].map((one) => one?.email.references?.split(/\s+/))
    expect(references[1]).toEqual([references[0]?.[0], first, third])
    expect(to(BEN)?.email.references).toBe(to(BEN)?.email.inReplyTo)
    expect(to(BEN)?.raw).not.toContain('@example.net')
  })

  test.each([
    ['that no header can have', '<naïve@example.org>'],
    ['that is none', 'nothing'],
  ])('under a name %s is answered without naming it', async (_which, messageId) => {
    const { raw, say, arrived } = await mailScene()
    await raw(`From: ${BEN}\nTo: ${DESK}\nMessage-ID: ${messageId}\n\nhello`)
    await say('yes?')
    const { email } = (await arrived(1))[0] ?? {}
    expect(email?.references).toBe(email?.inReplyTo)
    expect(email?.references).toMatch(/^<thread\.[^<>]*>$/)
  })

  test('from another mailbox of theirs is theirs when it answers the e-mail that they got', async () => {
    const { bring, messages, say, arrived } = await mailScene()
    await say('hello')
    const [got] = await arrived(1)
    const inReplyTo = String(got?.email.messageId)
    const from = 'ben@work.example'
    await expect(bring({ from, text: 'who?' })).rejects.toThrow(/550 5\.1\.1/)
    await expect(
      bring({ from, text: 'forged', inReplyTo: inReplyTo.replace(/\.[0-9a-f]{32}@/, `.${'0'.repeat(32)}@`) }),
    ).rejects.toThrow(/550/)
    await bring({ from, text: 'it is me', inReplyTo })
    await bring({ from, text: 'again', references: ['<other@example.org>', inReplyTo] })
    expect((await messages()).map(({ author, body }) => [author, body])).toEqual([
      ['anna', 'hello'],
      [BEN, 'it is me'],
      [BEN, 'again'],
    ])
  })

  test('begins a conversation where the address is configured so', async () => {
    const { v1, bring } = await mailScene()
    await v1.addressConfigurations.create({
      type: 'email',
      address: DESK,
      'autoCreation.enabled': true,
      'autoCreation.type': 'default',
    } as never)
    await bring({ from: { name: 'Eve', address: EVE }, subject: 'A question', text: 'Is anybody there?' })
    const [begun] = await v1.participantConversations.list({ address: EVE })
    const messages = await v1.conversations(String(begun?.conversationSid)).messages.list()
    expect(messages).toMatchObject([{ author: EVE, body: 'Is anybody there?' }])
  })

  test('and to somebody by e-mail go back and forth', async () => {
    const { say, arrived, bring, add, messages } = await mailScene()
    await add(EVE, 'sales@example.com')
    await say('hello both')
    await arrived(2)
    await bring({ text: 'hello from Ben', subject: 'Re: Order 17' })
    const got = await arrived(3)
    expect(got.at(-1)?.email).toMatchObject({ from: { name: BEN, address: 'sales@example.com' }, to: [{ address: EVE }] })
    expect(await messages()).toHaveLength(2)
  })
})

describe('a report about an e-mail', () => {
  test('says that it was delivered, or came back', async () => {
    const { say, arrived, receipt, raw, messages } = await mailScene()
    const [first, second] = [await say('one'), await say('two')]
    const names = (await arrived(2)).map(({ email }) => String(email.messageId))
    await vi.waitFor(async () => expect((await receipt(second.sid))?.status).toBe('sent'), SOON)
    await raw(deliveryReport(String(names[0]), 'delayed', '4.4.1'), { from: '' })
    expect((await receipt(first.sid))?.status).toBe('sent')
    await raw(deliveryReport(String(names[0]), 'delivered', '2.0.0'), { from: '' })
    await raw(deliveryReport(String(names[1]), 'failed', '5.1.1'), { from: '' })
    expect(await receipt(first.sid)).toEqual({ status: 'delivered', errorCode: null })
    expect(await receipt(second.sid)).toEqual({ status: 'undelivered', errorCode: 30005 })
    expect(await messages()).toHaveLength(2)
  })

  test('that somebody made up, or is about nothing of ours, changes nothing', async () => {
    const { say, arrived, receipt, raw, messages } = await mailScene()
    const { sid } = await say('one')
    const name = String((await arrived(1))[0]?.email.messageId)
    await vi.waitFor(async () => expect((await receipt(sid))?.status).toBe('sent'), SOON)
    for (const wrong of [name.replace(/[0-9a-f]{32}@/, `${'0'.repeat(32)}@`), '<x@example.org>', '']) {
      expect(await raw(deliveryReport(wrong, 'failed', '5.1.1'), { from: '' })).toMatch(/^250/)
    }
    expect((await receipt(sid))?.status).toBe('sent')
    expect(await messages()).toHaveLength(1)
  })
})
