import { describe, expect, test } from 'vitest'
import { readChannels, unreachableFiles } from './config-channels.ts'

const CHANNEL = {
  type: 'http',
  name: 'sms-eu',
  addresses: ['+15559990000'],
  url: 'https://connector.example/send',
  secret: 'a secret of some thirty characters',
}

const EMAIL = {
  type: 'email',
  name: 'mail',
  addresses: ['desk@example.com'],
  secret: 'a secret of some thirty characters',
  relay: { host: 'mail.example.com', port: 587, tls: 'starttls', user: 'desk', password: 'secret' },
  listen: { host: '127.0.0.1', port: 2525, relays: ['192.0.2.0/24', '::1'], authentication: 'mx.example.com' },
}

const SMPP = { type: 'smpp', name: 'sms', addresses: ['15000'], url: 'smpp://smsc.example:2775', systemId: 'us', password: 'x' }
const WHATSAPP = {
  type: 'whatsapp',
  name: 'wa',
  addresses: ['whatsapp:+15559990000'],
  token: 'EAAG',
  phoneNumberId: '106540352242922',
  appSecret: 'the secret of the app',
  verifyToken: 'a word',
}

describe('channels in the configuration file', () => {
  test('are taken as they are', () => {
    expect(readChannels([])).toEqual([])
    const other = { ...CHANNEL, name: 'other', addresses: ['whatsapp:+15559990000', '*'] }
    expect(readChannels([CHANNEL, other, EMAIL])).toEqual([CHANNEL, other, EMAIL])
    const { listen: _listen, ...out } = { ...EMAIL, relay: { host: '127.0.0.1', port: 25, caFile: 'ca.pem' } }
    expect(readChannels([out])).toEqual([out])
    const more = { caFile: 'ca.pem', sessions: 'two', window: 5, perSecond: 20, systemType: 'VMA', errors: { '011': 30006 } }
    const answers = { stop: 'You hear no more.', start: false, help: 'STOP ends it' }
    const answering = [
      { ...CHANNEL, name: 'c', addresses: ['3'], answers },
      { ...SMPP, name: 'd', addresses: ['4'], answers: false },
    ]
    const all = [...answering, SMPP, { ...SMPP, ...more, name: 'b', addresses: ['1'] }, WHATSAPP]
    expect(readChannels(all)).toEqual(all)
  })

  test.each<[string, unknown]>([
    ['no list', CHANNEL],
    ['no object', ['sms-eu']],
    ['an unknown type', [{ ...CHANNEL, type: 'carrier-pigeon' }]],
    ['a name that is no part of an address', [{ ...CHANNEL, name: 'SMS EU' }]],
    ['the name of the simulator', [{ ...CHANNEL, name: 'simulator' }]],
    ['no address', [{ ...CHANNEL, addresses: [] }]],
    ['addresses that are none', [{ ...CHANNEL, addresses: [1] }]],
    ['a url that is none', [{ ...CHANNEL, url: 'connector' }]],
    ['a url of another kind', [{ ...CHANNEL, url: 'file:///etc/passwd' }]],
    ['a secret that can be guessed', [{ ...CHANNEL, secret: 'secret' }]],
    ['more than there is', [{ ...CHANNEL, retries: 3 }]],
    ['e-mail of a phone', [{ ...EMAIL, addresses: ['+15559990000'] }]],
    ['e-mail whose names can be made by anybody', [{ ...EMAIL, secret: 'secret' }]],
    ['e-mail without a relay', [{ ...EMAIL, relay: undefined }]],
    ['a relay at no port', [{ ...EMAIL, relay: { host: 'x', port: 0 } }]],
    ['a relay with half a name', [{ ...EMAIL, relay: { host: 'x', port: 25, user: 'x' } }]],
    ['a relay of unknown TLS', [{ ...EMAIL, relay: { host: 'x', port: 25, tls: 'maybe' } }]],
    ['relays that are no addresses', [{ ...EMAIL, listen: { host: 'x', port: 25, relays: ['mx.example.com'] } }]],
    ['networks that are none', [{ ...EMAIL, listen: { host: 'x', port: 25, relays: ['192.0.2.0/33'] } }]],
    ['half a certificate', [{ ...EMAIL, listen: { host: 'x', port: 25, tls: { keyFile: 'x' } } }]],
    ['more than e-mail has', [{ ...EMAIL, bcc: 'me' }]],
    ['an SMSC without a password', [{ ...SMPP, password: undefined }]],
    ['an SMSC that is none', [{ ...SMPP, url: 'https://smsc.example' }]],
    ['a window that is none', [{ ...SMPP, window: 0 }]],
    ['codes that are none', [{ ...SMPP, errors: { '011': 'no' } }]],
    ['an answer that is a word itself', [{ ...SMPP, answers: { stop: ' start' } }]],
    ['an answer to something else', [{ ...CHANNEL, answers: { hello: 'hi' } }]],
    ['an empty answer', [{ ...CHANNEL, answers: { help: '' } }]],
    ['answers by e-mail', [{ ...EMAIL, answers: false }]],
    ['what an SMSC does not have', [{ ...SMPP, secret: 'a secret of some thirty characters' }]],
    ['a number without a secret', [{ ...WHATSAPP, appSecret: '' }]],
    ['a number that is none', [{ ...WHATSAPP, phoneNumberId: '1/messages?' }]],
    ['two of one name', [CHANNEL, { ...CHANNEL, addresses: ['+15559990001'] }]],
    ['two for one address', [CHANNEL, { ...CHANNEL, name: 'other' }]],
  ])('are refused: %s', (_why, value) => {
    expect(readChannels(value)).toBeUndefined()
  })
})

describe('carriers that fetch files', () => {
  const local = { ...CHANNEL, url: 'http://localhost:3000/send' } as const
  const linked = { ...WHATSAPP, files: 'link' } as const

  test.each<[string, string, object, boolean]>([
    ['a connector elsewhere, a server on loopback', '127.0.0.1', CHANNEL, true],
    ['a connector elsewhere, a server on every address', '0.0.0.0', CHANNEL, true],
    ['a connector elsewhere, a server on every address of IPv6', '::', CHANNEL, true],
    ['a connector elsewhere, a server at an address', '192.0.2.7', CHANNEL, false],
    ['a connector beside the server', '127.0.0.1', local, false],
    ['a connector beside the server, at an address of IPv6', '::1', { ...local, url: 'http://[::1]:3000/send' }, false],
    ['WhatsApp, with links', '192.0.2.7', linked, true],
    ['WhatsApp, without', '127.0.0.1', WHATSAPP, false],
    ['SMPP', '127.0.0.1', SMPP, false],
  ])('have to be told an address that leads to the server: %s', (_what, host, channel, isRefused) => {
    const settings = { channels: readChannels([channel]) ?? [] }
    expect(settings.channels).toHaveLength(1)
    const told = unreachableFiles({ host, settings })
    expect(told).toEqual(isRefused ? [expect.stringContaining('set CONVERSA_PUBLIC_URL')] : [])
    expect(unreachableFiles({ host, settings, publicUrl: 'https://chat.example' })).toEqual([])
  })
})
