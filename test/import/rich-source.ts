import type { BackEnd } from '@conversa/core'
import type { DeliveryStatus } from '@conversa/protocol'
import { type InProcessServer, OTHER_SERVICE_SID, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { uploadText } from '../end-to-end/media-client.ts'
import { backEndOf } from '../rest/back-end.ts'

/** Names that a path has to encode, or that look like something else. */
const STRANGE = ['zoë/%20 ü', 'a?b#c&d+e', '日本語 😀', '../..', '100%', '..'] as const

const ADDRESS = { 'messagingBinding.proxyAddress': '+15559990000' }
const PAST = (minutes: number) => new Date(Date.UTC(2024, 0, 1, 0, minutes, 7))

type Service = ReturnType<ReturnType<typeof backEndOf>['conversations']['v1']['services']>

/** A server that holds something of everything that an import moves, in two services. */
export class RichSource implements AsyncDisposable {
  readonly server: InProcessServer
  /** The conversation with files, receipts, gaps and somebody outside of the app. */
  busy = ''

  private constructor(server: InProcessServer) {
    this.server = server
  }

  /** @param conversations how many there are besides the special ones */
  static async begin(conversations = 40): Promise<RichSource> {
    const server = await startInProcess()
    const source = new RichSource(server)
    await source.#settings()
    await source.#special()
    for (let number = 0; number < conversations; number++) await source.#ordinary(number)
    return source
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
  }

  service(sid: string = SERVICE_SID): Service {
    return backEndOf(this.server).conversations.v1.services(sid)
  }

  async #settings(): Promise<void> {
    const service = this.service()
    const role = await service.roles.create({ friendlyName: 'reader', type: 'conversation', permission: ['leaveConversation'] })
    const admin = await service.roles.create({ friendlyName: 'boss', type: 'service', permission: ['editAnyUserInfo'] })
    await service.configuration().update({ defaultConversationRoleSid: role.sid, reachabilityEnabled: true })
    const hooks = { postWebhookUrl: 'http://127.0.0.1:9/all', filters: ['onMessageAdded', 'onMessageAdd'], method: 'GET' }
    await service.configuration.webhooks().update(hooks)
    await service.configuration
      .notifications()
      .update({ logEnabled: true, 'newMessage.enabled': true, 'newMessage.template': 'News ✓', 'newMessage.sound': 'ding' })
    for (const identity of ['anna', 'ben', ...STRANGE]) {
      const friendlyName = `${identity} ✓`
      await service.users.create({
        identity,
        friendlyName,
        attributes: JSON.stringify({ identity }),
        ...(identity === 'ben' && { roleSid: admin.sid }),
      })
    }
    const other = this.service(OTHER_SERVICE_SID)
    for (const number of [1, 2, 3]) {
      const room = await other.conversations.create({ uniqueName: `other/${number}` })
      await other.conversations(room.sid).participants.create({ identity: 'anna' })
      await other.conversations(room.sid).messages.create({ author: 'anna', body: `there ${number}` })
    }
  }

  async #ordinary(number: number): Promise<void> {
    const { conversations } = this.service()
    const dateCreated = PAST(number * 10)
    const states = ['active', 'inactive', 'closed'] as const
    const room = await conversations.create({
      friendlyName: `room ${number} – ünï`,
      ...(number % 3 === 0 && { uniqueName: `name/${number} %41 ü` }),
      attributes: JSON.stringify({ number, deep: [{ ü: number }] }),
      dateCreated,
      ...(number % 4 === 1 && { messagingServiceSid: `MG${'5'.repeat(32)}`, 'bindings.email.address': 'us@example.com' }),
      ...(number % 2 === 0 && { 'timers.inactive': 'P1D', 'timers.closed': 'P7D' }),
    })
    const { participants, messages } = conversations(room.sid)
    const people = ['anna', 'ben', STRANGE[number % STRANGE.length] as string]
    for (const identity of people)
      await participants.create({ identity, attributes: JSON.stringify({ at: number }), dateCreated })
    for (let index = 0; index < 3 + (number % 5); index++) {
      const author = people[index % people.length] as string
      await messages.create({ author, body: `message ${index} of ${number} 😀`, attributes: '{"a":[1]}', dateCreated })
    }
    await this.service().users('ben').userConversations(room.sid).update({ notificationLevel: 'muted', lastReadMessageIndex: 1 })
    if (number % 4 === 1) await this.#remove(room.sid, 1)
    if (number % 7 === 3) await participants('anna').remove()
    const state = states[number % 3] as (typeof states)[number]
    if (state !== 'active') await conversations(room.sid).update({ state })
  }

  async #special(): Promise<void> {
    const { server } = this
    const { conversations } = this.service()
    const created = await server.signIn('anna')
    const { conversation } = await created.ask({ type: 'conversation.create', uniqueName: 'busy' })
    this.busy = conversation.sid
    await created.ask({ type: 'participant.add', conversationSid: this.busy, identity: 'anna' })
    const { participants, messages, webhooks } = conversations(this.busy)
    await participants.create({ identity: 'ben' })
    const phones: string[] = []
    for (const address of ['+15551230001', 'Someone@Example.org']) {
      const proxy = address.includes('@') ? { 'messagingBinding.proxyAddress': 'us@example.org' } : ADDRESS
      phones.push((await participants.create({ 'messagingBinding.address': address, ...proxy })).sid)
    }
    const hook = { 'configuration.url': 'http://127.0.0.1:9/one', 'configuration.method': 'post' as const }
    await webhooks.create({ target: 'webhook', ...hook, 'configuration.filters': ['onMessageAdded', 'onParticipantAdded'] })
    await webhooks.create({ target: 'studio', 'configuration.flowSid': `FW${'1'.repeat(32)}` })
    await webhooks.create({ target: 'trigger', ...hook, 'configuration.triggers': ['help', 'ü'] })
    for (let index = 0; index < 260; index++) await messages.create({ author: 'anna', body: `line ${index}` })
    for (const index of [0, 3, 4, 5, 120, 259]) await this.#remove(this.busy, index)
    await this.service().users('anna').userConversations(this.busy).update({ lastReadMessageIndex: 259 })
    await this.report(phones[0] as string, 10, 'delivered')
    await this.report(phones[1] as string, 10, 'failed')
    await this.report(phones[0] as string, 11, 'sent')
    const token = await server.token('anna')
    for (const text of ['first file', 'x'.repeat(300_000)]) {
      const { sid } = await uploadText(server.url, token, text, { filename: 'ü file.txt' })
      await messages.create({ author: 'anna', mediaSid: sid, subject: 'a file' })
    }
  }

  /** What may happen at a source between two runs. */
  async goOn(): Promise<void> {
    const service = this.service()
    const { conversations } = service
    const { participants, messages } = conversations(this.busy)
    await messages.create({ author: 'ben', body: 'new' })
    const [edited, gone] = await messages.list({ limit: 2 })
    await messages(edited?.sid as string).update({ body: 'edited', attributes: '[2]', author: 'ben' })
    await messages(gone?.sid as string).remove()
    await this.#remove(this.busy, 261)
    const newcomer = await participants.create({ identity: 'newcomer' })
    await participants(newcomer.sid).update({ lastReadMessageIndex: 100 })
    await participants('ben').remove()
    await participants.create({ identity: 'ben' })
    const phones = (await participants.list()).filter(({ identity }) => identity === null)
    for (const { sid } of phones) await this.report(sid, 12, 'read')
    await conversations(this.busy).webhooks.create({
      target: 'webhook',
      'configuration.url': 'http://127.0.0.1:9/two',
      'configuration.filters': ['onMessageUpdated'],
    })
    // Names change hands.
    await conversations(this.busy).update({ friendlyName: 'renamed', uniqueName: 'quiet', 'timers.inactive': 'PT5M' })
    await service.users('ben').userConversations(this.busy).update({ notificationLevel: 'muted' })
    await service.users('anna').update({ friendlyName: 'Anna anew' })
    const open = (await conversations.list({ state: 'active' })).filter(({ sid }) => sid !== this.busy)
    await conversations(open[0]?.sid as string).remove()
    const room = await conversations.create({ uniqueName: 'busy' })
    await conversations(room.sid).participants.create({ identity: 'anna' })
  }

  /** Reports, as a carrier does, how far a message came. */
  async report(participantSid: string, index: number, status: DeliveryStatus): Promise<void> {
    const actor: BackEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' }
    const about = { conversationSid: this.busy, index, participantSid }
    await this.server.core.execute(actor, { type: 'receipt.record', ...about, channelMessageSid: 'SM1', status })
  }

  async #remove(conversationSid: string, index: number): Promise<void> {
    const { messages } = this.service().conversations(conversationSid)
    const found = (await messages.list()).find((message) => message.index === index)
    await messages(found?.sid as string).remove()
  }
}
