import { connect as connectTcp } from 'node:net'
import type { Bus, BusMessage } from '@conversa/core'
import { connect } from '@nats-io/transport-node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openNatsBus } from './nats-bus.ts'

const SERVER = process.env.NATS_URL ?? 'nats://127.0.0.1:4222'

const withoutNats = await reasonToSkip()

function reasonToSkip(): Promise<string | undefined> {
  const { hostname, port } = new URL(SERVER)
  return new Promise((resolve, reject) => {
    const socket = connectTcp(Number(port || 4222), hostname)
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error) => {
      if (process.env.CI) reject(error)
      else resolve(`NATS does not answer at ${SERVER} (NATS_URL says where it is)`)
    })
  })
}

let made = 0

/** A deployment that nobody else is in. */
const deployment = () => `test-${process.pid}-${++made}`

/** A node that keeps what it hears, once it is connected. */
async function node(name: string, url = SERVER): Promise<{ readonly bus: Bus; readonly heard: BusMessage[] }> {
  const connected = Promise.withResolvers<void>()
  const bus = openNatsBus({ url, name, observe: () => connected.resolve() })
  onTestFinished(() => bus.close())
  const heard: BusMessage[] = []
  bus.subscribe((messages) => heard.push(...messages))
  await connected.promise
  return { bus, heard }
}

const message = (revision: number): BusMessage => ({ about: 'conversation', conversationSid: 'CH1', revision })

describe.skipIf(withoutNats)('the bus over NATS', () => {
  test('carries messages to the other nodes of its deployment, in their order', async () => {
    const name = deployment()
    const [one, two, foreign] = [await node(name), await node(name), await node(deployment())]
    const sent = Array.from({ length: 50 }, (_, at) => message(at))
    // The server may not have the subscription yet: hints may be lost.
    await expect
      .poll(() => {
        one.bus.publish([{ about: 'webhooks' }])
        return two.heard.length
      })
      .toBeGreaterThan(0)
    for (const each of sent) one.bus.publish([each])
    await expect.poll(() => two.heard.filter(({ about }) => about === 'conversation')).toEqual(sent)
    expect([one.heard, foreign.heard]).toEqual([[], []])
  })

  test('hears nothing of what is no message', async () => {
    const name = deployment()
    const { bus, heard } = await node(name)
    const other = await connect({ servers: new URL(SERVER).host })
    onTestFinished(() => other.close())
    const valid = message(1)
    await expect
      .poll(() => {
        for (const text of ['', '{', '7', JSON.stringify([valid])]) other.publish(`conversa.${name}`, text)
        return heard.length
      })
      .toBeGreaterThan(0)
    expect(new Set(heard.map((each) => JSON.stringify(each)))).toEqual(new Set([JSON.stringify(valid)]))
    bus.publish([valid])
  })
})

test('a bus without a server takes everything, says nothing and closes', async () => {
  const bus = openNatsBus({ url: 'nats://127.0.0.1:1', name: deployment() })
  bus.publish([message(1)])
  await bus.close()
})
