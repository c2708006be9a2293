import { EmailChannel, type EmailChannelOptions } from '@conversa/adapters/email'
import type { ChannelMessage } from '@conversa/core'
import { createTransport } from 'nodemailer'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CERTIFICATE, KEY } from '../every-sdk/certificate.ts'
import { APPLE_CERTIFICATE as OTHER_AUTHORITY } from '../push/apple-certificate.ts'
import { BEN, DESK, MAIL_SECRET, mailScene, type RelaySecurity, WorldRelay } from './mail-world.ts'

const OURS = { key: KEY, cert: CERTIFICATE } as const
const LOGIN = { user: 'desk', password: 'its password' } as const
const MESSAGE: ChannelMessage = {
  id: `IM${'1'.repeat(32)}.MB${'2'.repeat(32)}`,
  channel: 'email',
  from: DESK,
  to: BEN,
  name: null,
  level: 'to',
  author: 'anna',
  subject: null,
  body: 'hello',
  files: [],
  conversationSid: `CH${'3'.repeat(32)}`,
  conversationName: null,
  index: 0,
}

/** A relay, and the adapter that hands it e-mail, with what the log of the adapter would say. */
async function sender(security: RelaySecurity, settings: Partial<EmailChannelOptions['relay']>) {
  const relay = await WorldRelay.begin(security)
  const changes: (string | undefined)[] = []
  const channel = new EmailChannel({
    name: 'mail',
    addresses: [DESK],
    secret: MAIL_SECRET,
    relay: { host: '127.0.0.1', port: relay.port, ...settings },
    changed: (reason) => changes.push(reason?.message),
  })
  onTestFinished(() => channel.close())
  return { relay, changes, send: () => channel.send(MESSAGE) }
}

describe('a relay with TLS', () => {
  test.each([
    ['implicit', 'implicit'],
    ['starttls', 'starttls'],
    ['starttls', undefined],
  ] as const)('%s gets e-mail over it where the setting is %s, and takes the sign-in', async (offered, tls) => {
    const { relay, send, changes } = await sender({ tls: offered, ...OURS, login: LOGIN }, { tls, ca: CERTIFICATE, ...LOGIN })
    expect(await send()).toEqual({ outcome: 'sent', id: MESSAGE.id })
    expect(relay.got.map(({ session }) => [session.secure, session.user])).toEqual([[true, 'desk']])
    expect(changes).toEqual([])
  })

  test.each([
    ['implicit', 'implicit'],
    ['starttls', 'starttls'],
    ['starttls', undefined],
  ] as const)(
    '%s whose certificate is not trusted gets nothing where the setting is %s: no e-mail, no password',
    async (offered, tls) => {
      for (const ca of [OTHER_AUTHORITY, undefined]) {
        const { relay, send, changes } = await sender({ tls: offered, ...OURS, login: LOGIN }, { tls, ca, ...LOGIN })
        expect([await send(), await send()]).toEqual([{ outcome: 'failed' }, { outcome: 'failed' }])
        expect([relay.tried, relay.passwords]).toEqual([[], []])
        expect(changes).toEqual([expect.stringContaining('self-signed certificate')])
      }
    },
  )

  test('is told again when it can be trusted, and that is said once', async () => {
    const { relay, send, changes } = await sender({ tls: 'starttls', ...OURS }, { tls: 'starttls', ca: CERTIFICATE })
    await relay.stop()
    relay.security = {}
    await relay.start()
    expect([await send(), await send()]).toEqual([{ outcome: 'failed' }, { outcome: 'failed' }])
    await relay.stop()
    relay.security = { tls: 'starttls', ...OURS }
    await relay.start()
    expect([(await send()).outcome, (await send()).outcome]).toEqual(['sent', 'sent'])
    expect(changes).toEqual([expect.stringContaining('STARTTLS'), undefined])
  })

  test('that has it no more is not told a password, unless it says that nothing is to be secured', async () => {
    for (const tls of ['starttls', undefined] as const) {
      const { relay, send, changes } = await sender({ login: LOGIN }, { tls, ...LOGIN })
      expect(await send()).toEqual({ outcome: 'failed' })
      expect([relay.tried, relay.passwords]).toEqual([[], []])
      expect(changes).toHaveLength(1)
    }
    const { relay, send } = await sender({ login: LOGIN }, { tls: 'none', ...LOGIN })
    expect((await send()).outcome).toBe('sent')
    expect(relay.got.map(({ session }) => [session.secure, session.user])).toEqual([[false, 'desk']])
  })

  test('that does not take the sign-in is tried again, and the reason is said', async () => {
    const { send, changes } = await sender(
      { tls: 'starttls', ...OURS, login: { user: 'desk', password: 'another' } },
      { tls: 'starttls', ca: CERTIFICATE, ...LOGIN },
    )
    expect(await send()).toEqual({ outcome: 'failed' })
    expect(changes).toEqual([expect.stringContaining('Invalid login')])
    expect(changes.join()).not.toContain(LOGIN.password)
  })
})

describe('the port by which e-mail comes in', () => {
  const bring = async (port: number, ca: string) => {
    const transport = createTransport({ host: '127.0.0.1', port, requireTLS: true, tls: { ca } })
    try {
      return (await transport.sendMail({ from: BEN, to: DESK, subject: 'x', text: 'over TLS' })).response
    } finally {
      transport.close()
    }
  }

  test('takes it over STARTTLS with the key and the certificate that are configured', async () => {
    const { channel, messages } = await mailScene({ listen: { tls: OURS } })
    expect(await bring(channel.port ?? 0, CERTIFICATE)).toMatch(/^250/)
    expect((await messages()).map(({ body }) => body)).toEqual(['over TLS'])
    await expect(bring(channel.port ?? 0, OTHER_AUTHORITY)).rejects.toThrow('self-signed certificate')
  })

  test('does not offer it without them: everybody knows the key of the library', async () => {
    const { channel } = await mailScene()
    await expect(bring(channel.port ?? 0, CERTIFICATE)).rejects.toThrow('STARTTLS')
  })
})
