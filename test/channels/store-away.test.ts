import { EmailChannel } from '@conversa/adapters/email'
import { HttpConnector } from '@conversa/adapters/http-connector'
import { SmppAdapter } from '@conversa/adapters/smpp'
import { WhatsAppAdapter } from '@conversa/adapters/whatsapp'
import { StoreUnavailable } from '@conversa/core'
import { IncomingFile, systemClock } from '@conversa/server'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ACCOUNTS, type InProcessServer, startInProcess } from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'
import { APP_SECRET, hookOf, NUMBER_ID, signedHook, TOKEN, VERIFY_TOKEN } from './cloud-api.ts'
import { SECRET, signed } from './connector.ts'
import { MAIL_SECRET } from './mail-world.ts'
import { Smsc, textOf } from './smsc.ts'

/** What a carrier was told: that it is taken, to bring it again, or never to. */
type Told = 'taken' | 'later' | 'never'

/** A way in. */
interface Door {
  readonly name: string
  readonly address: string
  readonly proxyAddress: string
  /** Brings a message, the same one at each call. */
  bring(): Promise<Told>
}

/** Nobody is there: nothing goes out here. */
const NOWHERE = 'http://127.0.0.1:9/'
const [TAKEN, LATER] = [0, 0x64]

const told = (status: number, taken: number, isLater: (status: number) => boolean): Told =>
  status === taken ? 'taken' : isLater(status) ? 'later' : 'never'

let server: InProcessServer
let smsc: Smsc
let email: EmailChannel

beforeAll(async () => {
  smsc = await Smsc.begin()
  const { now, after } = systemClock
  const own = new HttpConnector({ name: 'own', url: NOWHERE, secret: SECRET, now })
  const whatsApp = { url: NOWHERE, token: TOKEN, phoneNumberId: NUMBER_ID, appSecret: APP_SECRET, verifyToken: VERIFY_TOKEN }
  const login = { host: '127.0.0.1', port: smsc.port, isSecured: false, systemId: 'us', password: 'secret', systemType: '' }
  const relay = { host: '127.0.0.1', port: 9, tls: 'none' } as const
  const mail = { addresses: ['desk@example.com'], secret: MAIL_SECRET, relay, listen: { host: '127.0.0.1', port: 0 } }
  email = new EmailChannel({ name: 'mail', ...mail })
  const adapters = [
    [own, '+15559990001'],
    [new WhatsAppAdapter({ name: 'wa', ...whatsApp, now }), 'whatsapp:+15559990000'],
    [new SmppAdapter({ name: 'sms', login, now, after, newId: () => crypto.randomUUID(), changed: () => {} }), '+15559990000'],
    [email, 'desk@example.com'],
  ] as const
  const routes = adapters.map(([adapter, address]) => ({ account: ACCOUNTS[0], adapter, addresses: [address] }))
  const inspect = (content: AsyncIterable<Uint8Array>, declared: string | undefined) => new IncomingFile(content, declared)
  server = await startInProcess({ channels: { routes, inspect } })
  await smsc.begun()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await smsc.down()
})

const call = async (path: string, body: string, headers: Record<string, string>): Promise<Told> => {
  const { status } = await fetch(`${server.url}/channels/${path}`, { method: 'POST', headers, body })
  return told(status, 200, () => status >= 500)
}

const DOORS: readonly Door[] = [
  {
    name: 'a connector',
    address: '+15551230001',
    proxyAddress: '+15559990001',
    bring() {
      const said = { type: 'message', id: 'm1', from: this.address, to: this.proxyAddress, body: 'hello' }
      const body = JSON.stringify(said)
      return call('own', body, signed(body))
    },
  },
  {
    name: 'WhatsApp',
    address: 'whatsapp:+15551230001',
    proxyAddress: 'whatsapp:+15559990000',
    bring() {
      const message = { from: '15551230001', id: 'wamid.in', timestamp: '1', type: 'text', text: { body: 'hello' } }
      const body = hookOf({ messages: [message] })
      return call('wa', body, signedHook(body))
    },
  },
  {
    name: 'an SMSC',
    address: '+15551230002',
    proxyAddress: '+15559990000',
    async bring() {
      const pdu = textOf('hello', { source_addr: '15551230002' })
      return told(await smsc.deliver(pdu), TAKEN, (status) => status === LATER)
    },
  },
  {
    name: 'a mail system',
    address: 'ben@example.org',
    proxyAddress: 'desk@example.com',
    async bring() {
      const transport = createTransport({ host: '127.0.0.1', port: email.port ?? 0, ignoreTLS: true })
      const mail = { from: this.address, to: this.proxyAddress, messageId: '<same@example.org>', text: 'hello' }
      const status = await transport.sendMail(mail).then(
        () => 250,
        ({ responseCode }) => Number(responseCode),
      )
      transport.close()
      return told(status, 250, () => status >= 400 && status < 500)
    },
  },
]

/** The methods of the store that do not answer; what is read does before what is written is asked for. */
const AWAY = [['transact'], ['read', 'transact']] as const

describe.each(DOORS)('what $name brings while the database is away', (door) => {
  test('is to be brought again, and is there once when it was', async () => {
    const { v1 } = backEndOf(server).conversations
    const { sid } = await v1.conversations.create()
    const conversation = v1.conversations(sid)
    const { address, proxyAddress } = door
    await conversation.participants.create({ 'messagingBinding.address': address, 'messagingBinding.proxyAddress': proxyAddress })
    for (const methods of AWAY) {
      const away = new StoreUnavailable('the database does not answer')
      const spies = methods.map((method) => vi.spyOn(server.store, method).mockRejectedValue(away))
      expect(await door.bring(), methods.join()).toBe('later')
      for (const spy of spies) spy.mockRestore()
    }
    expect(await door.bring()).toBe('taken')
    expect((await conversation.messages.list()).map(({ author, body }) => [author, body])).toEqual([[address, 'hello']])
  })
})
