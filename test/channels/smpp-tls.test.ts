import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import twilio from 'twilio'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, runToEnd, ServerProcess } from '../end-to-end/server-process.ts'
import { CERTIFICATE, KEY } from '../every-sdk/certificate.ts'
import { APPLE_CERTIFICATE as OTHER_AUTHORITY } from '../push/apple-certificate.ts'
import { BEN as BENS_MAILBOX, DESK, MAIL_SECRET, WorldRelay } from './mail-world.ts'
import { Smsc, textOf } from './smsc.ts'

const [BEN, OURS, OTHERS] = ['+15551230001', '+15559990000', '+15559990001'] as const
const WAIT = { timeout: 60_000, interval: 50 }
const TLS = { key: KEY, cert: CERTIFICATE } as const

/** A folder with the files of two authorities, for one test. */
async function files() {
  const folder = await dataFolder()
  onTestFinished(async () => {
    await endServerProcesses()
    await folder[Symbol.asyncDispose]()
  })
  const write = async (name: string, text: string) => {
    await writeFile(join(folder.path, name), text)
    return join(folder.path, name)
  }
  return {
    path: folder.path,
    write,
    right: await write('right.pem', CERTIFICATE),
    wrong: await write('wrong.pem', OTHER_AUTHORITY),
  }
}

/** The configuration of an SMSC at a port, for one address of ours. */
const smsOf = (name: string, address: string, port: number, caFile?: string) => ({
  type: 'smpp',
  name,
  addresses: [address],
  url: `smpps://127.0.0.1:${port}`,
  systemId: 'us',
  password: 'x',
  ...(caFile && { caFile }),
})

describe('a server with carriers over TLS', () => {
  test('trusts those whose authority is named, says of the others why not, and comes back to one that was away', async () => {
    const folder = await files()
    const smsc = await Smsc.begin(TLS)
    onTestFinished(() => smsc.down())
    const relay = await WorldRelay.begin({ tls: 'implicit', ...TLS })
    const relayAt = { host: '127.0.0.1', port: relay.port, tls: 'implicit', caFile: folder.wrong }
    const channels = [
      smsOf('good', OURS, smsc.port, folder.right),
      smsOf('bad', OTHERS, smsc.port, folder.wrong),
      { type: 'email', name: 'mail', addresses: [DESK], secret: MAIL_SECRET, relay: relayAt },
    ]
    const config = await folder.write('config.json', JSON.stringify({ channels }))
    const server = await ServerProcess.start({ data: folder.path, env: { CONVERSA_CONFIG: config } })
    const { accountSid, authToken } = JSON.parse(await readFile(join(folder.path, 'credentials.json'), 'utf8'))
    const client = twilio(accountSid, authToken)
    client.conversations.baseUrl = server.url
    const { sid } = await client.conversations.v1.conversations.create()
    const conversation = client.conversations.v1.conversations(sid)
    for (const [address, proxyAddress] of [
      [BEN, OURS],
      [BENS_MAILBOX, DESK],
    ] as const)
      await conversation.participants.create({
        'messagingBinding.address': address,
        'messagingBinding.proxyAddress': proxyAddress,
      })

    await smsc.begun()
    await conversation.messages.create({ author: 'anna', body: 'one' })
    await vi.waitFor(() => expect(smsc.submitted.map(({ bytes }) => bytes.toString())).toEqual(['one']), WAIT)
    expect(await smsc.deliver(textOf('two'))).toBe(0)
    expect((await conversation.messages.list()).map(({ body }) => body)).toEqual(['one', 'two'])
    await smsc.down()
    await smsc.up()
    await conversation.messages.create({ author: 'anna', body: 'three' })
    await vi.waitFor(() => expect(smsc.submitted.map(({ bytes }) => bytes.toString())).toEqual(['one', 'three']), WAIT)

    const logged = () =>
      server.output
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as { readonly channel?: string; readonly reason?: string; readonly msg: string })
    await vi.waitFor(() => {
      const [sms] = logged().filter(({ channel }) => channel === 'bad')
      expect(sms?.msg).toBe('no session with the SMSC')
      expect(sms?.reason).toContain('the connection with the SMSC cannot be secured: self-signed certificate')
      const mails = logged().filter(({ channel }) => channel === 'mail')
      expect(mails).toHaveLength(1)
      expect([mails[0]?.msg, mails[0]?.reason]).toEqual(['the relay takes no e-mail', expect.stringContaining('self-signed')])
    }, WAIT)
    expect(smsc.requests.filter(({ command }) => command === 'bind_transceiver')).toHaveLength(2)
    expect(relay.tried).toEqual([])
  })

  test('does not start when the file of an authority is not there', async () => {
    const folder = await files()
    const channels = [smsOf('sms', OURS, 1, join(folder.path, 'missing.pem'))]
    const config = await folder.write('config.json', JSON.stringify({ channels }))
    const { code, output } = await runToEnd({ data: folder.path, env: { CONVERSA_CONFIG: config } })
    expect(code).toBe(1)
    expect(output).toContain('missing.pem')
  })
})
