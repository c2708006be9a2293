import { Network } from 'conversa'
import { expect, onTestFinished, test } from 'vitest'
import { SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { nextOf } from '../every-sdk/events.ts'
import { type Conversation, type Message, type Sdk, VENDORS } from '../every-sdk/sdks.ts'
import { World } from '../every-sdk/world.ts'
import { backEndOf } from '../rest/back-end.ts'
import { SeededRandom } from '../simulation/random.ts'
import { Application } from './coming-back.ts'
import { RawTwilsock } from './raw-twilsock.ts'

const SEEDS = [1, 2]
/** Messages of each application. */
const SENDS = 25
const HOUR = 3_600_000

const isTerminal = ({ terminal }: { terminal: boolean }) => terminal

const cases = VENDORS.flatMap((sdk) => SEEDS.map((seed) => ({ name: sdk.name, seed, sdk })))

/** Two applications of one version, each behind a network of its own, in a conversation. */
async function begin(sdk: Sdk) {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const service = backEndOf(server).conversations.v1.services(SERVICE_SID)
  const { sid } = await service.conversations.create()
  const say = (body: string) => service.conversations(sid).messages.create({ body })
  const writers: { application: Application; network: Network; conversation: Conversation }[] = []
  for (const identity of ['alice', 'bob']) {
    await service.conversations(sid).participants.create({ identity })
    const network = await Network.begin(server.url)
    onTestFinished(() => network.close())
    const application = await Application.begin(sdk, await server.token(identity), network.url)
    writers.push({ application, network, conversation: await application.followed(sid, say) })
  }
  return { server, sid, say, writers, service }
}

/** Fails in one of the ways in which networks do, until it is healed. */
function disturb(network: Network, random: SeededRandom): void {
  const way = random.below(6)
  const left = { frames: random.below(6) }
  if (way === 0) network.cut()
  else if (way === 1) network.partition()
  else if (way === 2) network.hold('down')
  else {
    const verdict = (['cut before', 'cut after', 'carry twice'] as const)[way - 3] ?? 'carry twice'
    void network.once(({ frame }) => frame !== undefined && left.frames-- === 0, verdict)
  }
}

test.each(cases)(
  '$name on a bad network loses, doubles and misorders nothing: seed $seed',
  { timeout: 180_000 },
  async ({ sdk, seed }) => {
    const { writers, sid, say, service } = await begin(sdk)
    const random = new SeededRandom(seed)
    const sendAll = async ({ application, network, conversation }: (typeof writers)[number], name: string) => {
      for (let at = 0; at < SENDS; at++) {
        if (random.chance(0.5)) disturb(network, random)
        const sending = application.send(conversation, `${name} ${at}`)
        await say('meanwhile')
        network.heal()
        await sending
      }
    }
    await Promise.all(writers.map((writer, at) => sendAll(writer, `writer ${at}`)))
    const heard = Promise.all(writers.map(({ application }) => application.hears('the end')))
    await say('the end')
    await heard
    const messages = await service.conversations(sid).messages.list()
    expect(messages.map(({ index }) => index)).toEqual(messages.map((_, at) => at))
    for (const { application } of writers) {
      const name = application.sent[0]?.slice(0, -1) ?? ''
      expect(messages.map(({ body }) => body).filter((body) => body?.startsWith(name))).toEqual(application.sent)
      const told = application.heard.get(sid) ?? []
      const first = told[0]?.[0] ?? 0
      expect(told).toEqual(messages.slice(first).map(({ index, body }) => [index, body]))
    }
    expect(writers.some(({ network }) => network.connections > 1)).toBe(true)
  },
)

test.each(VENDORS)(
  '$name that was away until its token had expired goes on with another, and hears what it missed',
  async (sdk) => {
    const clock = { ahead: 0 }
    const world = await World.begin(sdk, { ahead: () => clock.ahead })
    const { alices } = await world.room()
    const carol = await world.client('carol', world.network.url)
    const joined = nextOf<Conversation>(carol, 'conversationJoined')
    await alices.add('carol')
    const carols = await joined
    const following = nextOf<Message>(carols, 'messageAdded')
    await carols.getParticipants()
    await alices.sendMessage('before')
    await following
    world.network.partition()
    await nextOf(carol, 'connectionStateChanged', (state) => state !== 'connected')
    await alices.sendMessage('missed')
    clock.ahead = 2 * HOUR
    const [refused, expired] = [nextOf(carol, 'connectionError', isTerminal), nextOf(carol, 'tokenExpired')]
    world.network.heal()
    expect(await refused).toMatchObject({ httpStatusCode: 401, errorCode: 20104 })
    await expired
    const missed = nextOf<Message>(carols, 'messageAdded')
    await carol.updateToken(await world.server.token('carol', SERVICE_SID, 4 * 3600))
    expect((await missed).body).toBe('missed')
  },
)

test.each([['of another server'], [7], [null], [{}], ['x'.repeat(5000)]])(
  'a continuation token %j is as good as none',
  async (token) => {
    const server = await startInProcess()
    onTestFinished(() => server[Symbol.asyncDispose]())
    const raw = await RawTwilsock.connect(server.url)
    const { header } = await raw.call('init', { token: await server.token('alice'), continuation_token: token })
    expect(header).toMatchObject({ status: { code: 200 }, continuation_token: expect.any(String) })
    expect((await raw.ask('GET', '/Client/v2/Configuration')).status).toBe(200)
  },
)
