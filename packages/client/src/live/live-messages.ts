import type { ConversationEvent, Message as MessageRecord, Query } from '@conversa/protocol'
import { cellOfMessage, Message, type MessageUpdateReason } from '../message.ts'
import { RestPaginator, type Turn } from '../paginator.ts'
import { changedFields } from '../update-reasons.ts'
import type { LiveConversation } from './live-conversation.ts'
import { LiveObjects } from './live-objects.ts'

type MessageEvent = ConversationEvent & {
  readonly type: 'message.added' | 'message.updated' | 'message.removed' | 'receipt.recorded'
}
type ChangeEvent = MessageEvent & { readonly type: 'message.updated' | 'receipt.recorded' }
type PageQuery = Omit<Query<'message.page'>, 'type' | 'conversationSid'>

const FIELDS = ['subject', 'body', 'attributes', 'author', 'lastUpdatedBy', 'dateCreated', 'dateUpdated'] as const

/** The server's limit. */
export const MOST_PER_PAGE = 100

/** A page of records with everything that was told since folded in. */
interface Page {
  readonly records: readonly MessageRecord[]
  readonly revision: number
  readonly older: number | null
  readonly newer: number | null
}

/** The messages of one conversation that the application holds. */
export class LiveMessages {
  readonly #live: LiveConversation
  readonly #objects = new LiveObjects<number, Message>()
  /** Messages that changed and are being read because nobody holds them, with the reasons to tell. */
  readonly #toTell = new Map<number, Set<MessageUpdateReason>>()

  constructor(live: LiveConversation) {
    this.#live = live
  }

  /** Keeps a message's object from being collected while somebody listens to it. */
  pin(message: Message, isPinned: boolean): void {
    this.#objects.pin(message, isPinned)
  }

  /** @returns a page of messages in the order of their index, and the way to its neighbours */
  async page(query: PageQuery): Promise<RestPaginator<Message>> {
    const { records, revision, older, newer } = await this.#read(query)
    const items = records.map((record) => this.#objectOf(record, revision))
    const limit = query.limit ?? MOST_PER_PAGE
    const turn = (anchor: number | null, towards: 'backwards' | 'forward'): Turn<Message> =>
      anchor === null ? undefined : () => this.page({ anchor, direction: towards, limit })
    // Pages lie in the order of their messages, whichever way they were asked for: applications scroll back by `prevPage`.
    return new RestPaginator(items, turn(newer, 'forward'), turn(older, 'backwards'))
  }

  /** Something happened to a message. */
  happened(event: MessageEvent): void {
    if (event.type === 'message.updated' || event.type === 'receipt.recorded') this.#updated(event)
    else if (event.type === 'message.removed') this.#removed(event)
    else if (this.#live.isHeard('messageAdded')) this.#live.tell('messageAdded', this.#objectOf(event.message, event.revision))
  }

  /**
   * Events were missed: what the application holds is read anew, and told where it differs.
   *
   * @param isNewLife whether revisions count anew
   */
  async refresh(isNewLife: boolean): Promise<void> {
    const held = this.#objects.keys().sort((a, b) => a - b)
    for (const index of isNewLife ? held : []) {
      const message = this.#objects.get(index)
      if (message) cellOfMessage(message).revision = -1
    }
    for (let at = 0; at < held.length; ) {
      const page = await this.#read({ anchor: held[at] ?? 0, direction: 'forward', limit: MOST_PER_PAGE })
      const end = page.newer ?? Number.POSITIVE_INFINITY
      const records = new Map(page.records.map((record) => [record.index, record]))
      for (; at < held.length && (held[at] ?? 0) < end; at++) {
        const message = this.#objects.get(held[at] ?? 0)
        if (message) this.#replace(message, records.get(message.index), page.revision)
      }
    }
  }

  /** What is held and followed stays as it is: it changes by events only, so that each change is told. */
  #objectOf(record: MessageRecord, revision: number): Message {
    const known = this.#objects.get(record.index)
    if (known && !this.#live.isFollowed(cellOfMessage(known))) this.#replace(known, record, revision)
    return known ?? this.#objects.set(record.index, new Message(this.#live, { record, revision }))
  }

  #updated(event: ChangeEvent): void {
    const message = this.#objects.get(event.index)
    const reasons = reasonsOf(event, message?.lastUpdatedBy)
    if (!message) {
      this.#readAndTell(event.index, reasons)
      return
    }
    if (this.#live.folds(cellOfMessage(message), event, fold)) this.#tellUpdated(message, reasons)
  }

  /** The event says what changed, not what the message is: if somebody listens, it has to be read. */
  #readAndTell(index: number, reasons: readonly MessageUpdateReason[]): void {
    if (!this.#live.isHeard('messageUpdated')) return
    const waiting = this.#toTell.get(index)
    for (const reason of reasons) waiting?.add(reason)
    if (waiting) return
    const toTell = new Set(reasons)
    this.#toTell.set(index, toTell)
    this.#read({ anchor: index, direction: 'forward', limit: 1 })
      .finally(() => this.#toTell.delete(index))
      .then(({ records, revision }) => {
        const record = records.find((each) => each.index === index)
        if (record) this.#tellUpdated(this.#objectOf(record, revision), [...toTell])
      })
      .catch(() => {
        // Refused: the conversation is gone, and with it the message.
      })
  }

  #removed(event: MessageEvent & { readonly type: 'message.removed' }): void {
    const message =
      this.#objects.get(event.index) ?? new Message(this.#live, { record: unknown(event), revision: event.revision })
    this.#objects.delete(event.index)
    this.#live.tell('messageRemoved', message)
  }

  #replace(message: Message, record: MessageRecord | undefined, revision: number): void {
    const cell = cellOfMessage(message)
    if (revision < cell.revision) return
    if (!record) {
      this.#objects.delete(message.index)
      this.#live.tell('messageRemoved', message)
      return
    }
    const reasons: MessageUpdateReason[] = changedFields(FIELDS, cell.record, record)
    if (JSON.stringify(cell.record.delivery) !== JSON.stringify(record.delivery)) reasons.push('deliveryReceipt')
    Object.assign(cell, { record, revision })
    if (reasons.length > 0) this.#tellUpdated(message, reasons)
  }

  #tellUpdated(message: Message, updateReasons: MessageUpdateReason[]): void {
    const event = { message, updateReasons }
    message.emit('updated', event)
    this.#live.tell('messageUpdated', event)
  }

  async #read(query: PageQuery): Promise<Page> {
    const { answer, later } = await this.#live.read({ type: 'message.page', ...query })
    const { messages, older, newer, revision } = answer
    const records = messages.flatMap((message) => {
      const events = later.filter(isAbout(message.index))
      return events.some(({ type }) => type === 'message.removed') ? [] : [events.reduce(fold, message)]
    })
    return { records, older, newer, revision: later.at(-1)?.revision ?? revision }
  }
}

const isAbout = (index: number) => (event: { readonly type: string; readonly index?: number }) => event.index === index

/** @param lastUpdatedBy who changed the message before; undefined when that is not known */
function reasonsOf(event: ChangeEvent, lastUpdatedBy: string | null | undefined): MessageUpdateReason[] {
  if (event.type === 'receipt.recorded') return ['deliveryReceipt']
  const { changes } = event
  const isBySomebodyElse = lastUpdatedBy !== event.lastUpdatedBy
  return FIELDS.filter((name) => name in changes || (name === 'lastUpdatedBy' ? isBySomebodyElse : name in event))
}

function fold(record: MessageRecord, event: ConversationEvent): MessageRecord {
  if (event.type === 'receipt.recorded') return { ...record, delivery: event.delivery }
  if (event.type !== 'message.updated') return record
  const { changes, lastUpdatedBy, dateUpdated } = event
  return { ...record, ...changes, lastUpdatedBy, dateUpdated }
}

/** What is left of a removed message that nobody holds. */
function unknown({ sid, index }: { readonly sid: string; readonly index: number }): MessageRecord {
  return {
    sid,
    index,
    author: '',
    participantSid: null,
    body: null,
    attributes: '{}',
    subject: null,
    media: [],
    lastUpdatedBy: null,
    dateCreated: 0,
    dateUpdated: 0,
  }
}
