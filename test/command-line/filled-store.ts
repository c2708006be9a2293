import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openFileBlobs } from '@conversa/adapters/files'
import { keepChecksums } from '@conversa/adapters/sqlite'
import { ACCOUNT_SID, type InProcessServer, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { uploadText } from '../end-to-end/media-client.ts'
import { type RawClient, Refused } from '../end-to-end/raw-client.ts'
import { backEndOf, template } from '../rest/back-end.ts'
import { SeededRandom } from '../simulation/random.ts'

const BACK_END = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
const PEOPLE = ['anna', 'ben 😀', "o'hara", 'back\\slash', 'クララ']
const TEXTS = ['hello', '“quoted” "text" \\ \u2028 \u0007', '😀🏳️‍🌈', '{"a":1}', "'; DROP TABLE messages; --"]
const BODIES = [...TEXTS, 'x'.repeat(1500)]

/** Fills the data folder of a server with everything that a store keeps, by seed, and stops the server. */
export async function fillAtRandom(folder: string, seed: number, operations: number): Promise<void> {
  const blobs = await openFileBlobs(join(folder, 'media'))
  const path = join(folder, 'conversa.db')
  const server = await startInProcess({ blobs, open: () => new DatabaseSync(path) })
  const filling = await Filling.begin(server, seed)
  for (let at = 0; at < operations; at++) await filling.operate()
  await filling.end()
  await server[Symbol.asyncDispose]()
  using database = new DatabaseSync(path)
  keepChecksums(database)
  database.exec(
    'UPDATE outbox SET dead = 1, attempts = 9 WHERE id % 3 = 0; DELETE FROM outbox WHERE id = (SELECT max(id) FROM outbox)',
  )
}

type Service = ReturnType<ReturnType<typeof backEndOf>['conversations']['v1']['services']>

class Filling {
  readonly #server: InProcessServer
  readonly #service: Service
  readonly #clients: ReadonlyMap<string, RawClient>
  readonly #random: SeededRandom
  readonly #sids: string[] = []
  #count = 0
  #contentSid = ''

  private constructor(server: InProcessServer, clients: ReadonlyMap<string, RawClient>, seed: number) {
    this.#server = server
    this.#service = backEndOf(server).conversations.v1.services(SERVICE_SID)
    this.#clients = clients
    this.#random = new SeededRandom(seed)
  }

  static async begin(server: InProcessServer, seed: number): Promise<Filling> {
    const clients = new Map<string, RawClient>()
    for (const identity of PEOPLE) {
      const client = await server.signIn(identity)
      client.onEvent = () => {}
      clients.set(identity, client)
    }
    const filling = new Filling(server, clients, seed)
    await filling.#setUp()
    return filling
  }

  /** What an account has once. Nobody listens where its webhooks lead. */
  async #setUp(): Promise<void> {
    const { v1 } = backEndOf(this.#server).conversations
    const url = 'http://127.0.0.1:9/'
    const optOut = { accountSid: ACCOUNT_SID, address: '+4915112345100', proxyAddress: '+491511234567', dateCreated: 1 }
    const part = { adapter: 'sms', message: 'a long one', number: 2, content: '{"text":"of three"}', dateCreated: 1 }
    await this.#server.store.transact([], (tx) => {
      tx.saveOptOut(optOut)
      tx.saveOptOutAnswer({ ...optOut, word: 'out' })
      tx.saveChannelPart(part)
    })
    await v1.configuration.webhooks().update({ postWebhookUrl: url, filters: ['onMessageAdded'] })
    await v1.configuration().update({ defaultInactiveTimer: 'PT1H' })
    await this.#service.configuration
      .notifications()
      .update({ 'newMessage.enabled': true, 'newMessage.template': '“USER” \u2028' })
    await v1.addressConfigurations.create({ type: 'sms', address: '+4915100000', 'autoCreation.enabled': true })
    await v1.credentials.create({ type: 'fcm', friendlyName: 'pushes', secret: 'a secret' })
    const { contents } = backEndOf(this.#server).content.v1
    const { sid: contentSid } = await contents.create(
      template({ friendly_name: 'greets', types: { 'twilio/text': { body: 'by phone, {{1}}' } } }),
    )
    await contents(contentSid).approvalCreate.create({ name: 'greets', category: 'UTILITY' })
    this.#contentSid = contentSid
    await this.#service.users.create({ identity: 'who left' })
    await this.#service.users('who left').remove()
    for (const identity of PEOPLE) await this.#createConversation(identity)
  }

  async operate(): Promise<void> {
    const identity = this.#random.pick(PEOPLE)
    const client = this.#clients.get(identity) as RawClient
    const conversationSid = this.#random.pick(this.#sids)
    try {
      await this.#random.pick(this.#operations(client, identity, conversationSid))()
    } catch (error) {
      // Others were quicker, or it is not theirs to do; whatever is malformed is a mistake of this test.
      const status = error instanceof Refused ? error.body.status : (error as { status?: number }).status
      if (!status || status === 400) throw error
    }
  }

  #operations(client: RawClient, identity: string, conversationSid: string): (() => Promise<unknown>)[] {
    const random = this.#random
    const index = random.below(8)
    const attributes = JSON.stringify({ n: ++this.#count, text: random.pick(TEXTS) })
    const send = () => {
      const key = random.chance(0.7) ? `key-${this.#count}` : undefined
      return client.ask({ type: 'message.send', conversationSid, body: random.pick(BODIES), attributes, ...(key && { key }) })
    }
    const room = this.#service.conversations(conversationSid)
    return [
      ...Array.from({ length: 8 }, () => send),
      () => this.#createConversation(identity),
      () => this.#service.conversations(random.pick(this.#sids)).remove(),
      () => room.participants.create({ identity: random.pick(PEOPLE), attributes }),
      () => room.participants(identity).remove(),
      () => this.#addByPhone(conversationSid),
      () => room.update({ uniqueName: `name ${this.#count}`, attributes, 'timers.closed': 'PT2H' }),
      () =>
        room.webhooks.create({
          target: 'webhook',
          'configuration.url': 'http://127.0.0.1:9/',
          'configuration.filters': ['onMessageAdded'],
        }),
      () => client.ask({ type: 'message.update', conversationSid, index, body: random.pick(BODIES) }),
      () => this.#server.core.execute(BACK_END, { type: 'message.remove', conversationSid, index }),
      () => client.ask({ type: 'readHorizon.set', conversationSid, index }),
      () => client.ask({ type: 'membership.update', conversationSid, notificationLevel: random.pick(['muted', 'default']) }),
      () => client.ask({ type: 'user.update', friendlyName: random.pick(TEXTS), attributes, key: `profile-${this.#count}` }),
      () => client.ask({ type: 'push.register', channelType: 'fcm', registrationId: `device-${random.below(5)}` }),
      () => this.#sendFile(client, identity, conversationSid),
    ]
  }

  async #createConversation(identity: string): Promise<void> {
    const client = this.#clients.get(identity) as RawClient
    const { conversation } = await client.ask({
      type: 'conversation.create',
      friendlyName: this.#random.pick(TEXTS),
      key: `made-${++this.#count}`,
    })
    this.#sids.push(conversation.sid)
    for (const each of [identity, ...PEOPLE.filter((other) => other !== identity)])
      await client.ask({ type: 'participant.add', conversationSid: conversation.sid, identity: each })
  }

  /** Some files are sent, others wait. */
  async #sendFile(client: RawClient, identity: string, conversationSid: string): Promise<void> {
    const token = await this.#server.token(identity)
    const { sid } = await uploadText(this.#server.url, token, `file ${++this.#count}`, {
      filename: 'ä “b”.txt',
      key: `file-${this.#count}`,
    })
    if (this.#random.chance(0.7)) await client.ask({ type: 'message.send', conversationSid, body: null, media: [sid] })
  }

  async #addByPhone(conversationSid: string): Promise<void> {
    const address = `+4915112345${100 + this.#random.below(50)}`
    const binding = { 'messagingBinding.address': address, 'messagingBinding.proxyAddress': '+491511234567' }
    const room = this.#service.conversations(conversationSid)
    const { sid: participantSid } = await room.participants.create(binding)
    await this.#server.store.transact([{ conversation: conversationSid }], async (tx) => {
      const participant = await tx.participant(conversationSid, participantSid)
      if (participant) tx.saveParticipant({ ...participant, thread: { first: '<“a”@example.org>', newest: '<b>' } })
    })
    const { index } = await room.messages.create({ contentSid: this.#contentSid, contentVariables: '{"1":"ä “b”"}' })
    const report = { type: 'receipt.record', channelMessageSid: `SM${++this.#count}`, status: 'delivered' } as const
    await this.#server.core.execute(BACK_END, { ...report, conversationSid, participantSid, index })
  }

  async end(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()))
  }
}
