import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { TcpFront } from '../end-to-end/tcp-front.ts'
import { VENDORS } from '../every-sdk/sdks.ts'
import { NatsProcess } from '../faults/nats-process.ts'
import { Application } from './coming-back.ts'

/** How often clients come back on the other node. */
const MOVES = 4
const SENDS = 3

/** Two real nodes on one database, and somebody who owns a conversation. */
async function begin(natsUrl: string | undefined) {
  const [{ url: databaseUrl, free }, folder] = [await testSchema(), await dataFolder()]
  const env = { CONVERSA_DATABASE_URL: databaseUrl, CONVERSA_NATS_URL: natsUrl }
  const nodes = [
    await ServerProcess.start({ data: folder.path, env }),
    await ServerProcess.start({ data: folder.path, env }),
  ] as const
  onTestFinished(async () => {
    await Promise.all(nodes.map((node) => node.kill9()))
    await folder[Symbol.asyncDispose]()
    await free()
  })
  const owner = await RawClient.signIn(nodes[0].url, await nodes[0].token('owner'))
  const { conversation } = await owner.ask({ type: 'conversation.create' })
  await owner.ask({ type: 'participant.add', conversationSid: conversation.sid, identity: 'owner' })
  return { nodes, owner, conversationSid: conversation.sid }
}

withPostgres(() => {
  afterAll(endServerProcesses)

  describe.each(['NATS', 'the database alone'])('two nodes that share %s', (bus) => {
    test.each(VENDORS)(
      'are one to $name, though each still has a connection on which it was before',
      {
        timeout: 240_000,
      },
      async (sdk) => {
        const nats = bus === 'NATS' ? await NatsProcess.start() : undefined
        onTestFinished(() => nats?.[Symbol.asyncDispose]())
        const { nodes, owner, conversationSid } = await begin(nats?.url)
        const balancer = await TcpFront.begin(nodes[0].url)
        onTestFinished(() => balancer[Symbol.asyncDispose]())
        await owner.ask({ type: 'participant.add', conversationSid, identity: 'alice' })
        const say = (body: string) => owner.ask({ type: 'message.send', conversationSid, body })
        const application = await Application.begin(sdk, await nodes[0].token('alice'), balancer.url)
        const conversation = await application.followed(conversationSid, say)
        const sent = ['follow me']
        for (let move = 1; move <= MOVES; move++) {
          balancer.moveTo((nodes[move % 2] as ServerProcess).url)
          for (let at = 0; at < SENDS; at++) {
            await say(`away ${move} ${at}`)
            await application.send(conversation, `back ${move} ${at}`)
            sent.push(`away ${move} ${at}`, `back ${move} ${at}`)
          }
        }
        expect(balancer.left).toBeGreaterThan(0)
        balancer.tell()
        const heard = application.hears('the end')
        await say('the end')
        await heard
        expect((application.heard.get(conversationSid) ?? []).map(([, body]) => body)).toEqual([...sent, 'the end'])
      },
    )
  })
})
