import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
// What it does to the library is wanted here too: texts stay the bytes that they are.
import '@conversa/adapters/smpp'
import twilio from 'twilio'
import { describe, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { Smsc, textOf } from './smsc.ts'

const part = (number: number, text: string) =>
  textOf('', {
    esm_class: 0x40,
    short_message: Buffer.concat([Buffer.from([5, 0, 3, 7, 3, number]), Buffer.from(text)]),
  })

describe('a server that is killed while parts of a text are under way', () => {
  test('has the text whole when the last part comes to the next one, once, also when a part is brought again', async () => {
    const smsc = await Smsc.begin()
    const folder = await dataFolder()
    onTestFinished(async () => {
      await endServerProcesses()
      await smsc.down()
      await folder[Symbol.asyncDispose]()
    })
    const config = join(folder.path, 'config.json')
    const login = { url: `smpp://127.0.0.1:${smsc.port}`, systemId: 'us', password: 'secret' }
    await writeFile(config, JSON.stringify({ channels: [{ type: 'smpp', name: 'sms', addresses: ['+15559990000'], ...login }] }))
    const first = await ServerProcess.start({ data: folder.path, env: { CONVERSA_CONFIG: config } })
    const { accountSid, authToken } = JSON.parse(await readFile(join(folder.path, 'credentials.json'), 'utf8'))
    const client = twilio(accountSid, authToken)
    client.conversations.baseUrl = first.url
    const { conversations } = client.conversations.v1
    const { sid } = await conversations.create()
    const binding = { 'messagingBinding.address': '+15551230001', 'messagingBinding.proxyAddress': '+15559990000' }
    await conversations(sid).participants.create(binding)
    await smsc.begun()
    expect([await smsc.deliver(part(3, 'whole')), await smsc.deliver(part(1, 'it '))]).toEqual([0, 0])
    await smsc.lost(() => first.kill9())
    await first.restart()
    await smsc.begun()
    // Its answer might have been lost.
    expect(await smsc.deliver(part(1, 'it '))).toBe(0)
    expect(await smsc.deliver(part(2, 'is '))).toBe(0)
    expect((await conversations(sid).messages.list()).map(({ body }) => body)).toEqual(['it is whole'])
  }, 120_000)
})
