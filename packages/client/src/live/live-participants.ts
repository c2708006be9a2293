import type { ConversationEvent, Participant as ParticipantRecord } from '@conversa/protocol'
import { failure } from '../errors.ts'
import { cellOfParticipant, Participant, type ParticipantUpdateReason } from '../participant.ts'
import { changedFields } from '../update-reasons.ts'
import type { LiveConversation } from './live-conversation.ts'

type ParticipantEvent = ConversationEvent & { readonly type: 'participant.joined' | 'participant.updated' | 'participant.left' }
type UpdatedEvent = ParticipantEvent & { readonly type: 'participant.updated' }

const FIELDS = ['attributes', 'roleSid', 'lastReadMessageIndex', 'lastReadTimestamp', 'dateUpdated'] as const

/** The participants of one conversation, as far as the application asked for them. Once all are loaded, events keep the list. */
export class LiveParticipants {
  readonly #live: LiveConversation
  readonly #bySid = new Map<string, Participant>()
  #isComplete = false
  #loading: Promise<void> | undefined

  constructor(live: LiveConversation) {
    this.#live = live
  }

  /** @returns everybody who is in the conversation, in the order of joining */
  async all(): Promise<Participant[]> {
    await this.#load()
    return [...this.#bySid.values()].sort((a, b) => (a.sid < b.sid ? -1 : 1))
  }

  /**
   * @param name a SID or an identity
   * @returns who it is; rejects when nobody of that name is in the conversation
   */
  async find(name: string): Promise<Participant> {
    const known = this.known(name)
    if (known && this.#live.isFollowed(cellOfParticipant(known))) return known
    if (this.#isComplete && !known && this.#live.stream.isJoined) throw failure('participantNotFound')
    const { answer, later } = await this.#live.read({ type: 'participant.get', participant: name })
    const participant = this.#admit(answer.participant, answer.revision, later)
    if (!participant) throw failure('participantNotFound')
    return participant
  }

  /** Whom the client knows by this SID or identity. */
  known(name: string): Participant | undefined {
    return this.#bySid.get(name) ?? [...this.#bySid.values()].find(({ identity }) => identity === name)
  }

  /** Something happened to a participant. */
  happened(event: ParticipantEvent): void {
    if (event.type === 'participant.updated') this.#updated(event)
    else if (event.type === 'participant.left') this.#left(event.participantSid, event.identity, event.revision)
    else this.#live.tell('participantJoined', this.#objectOf(event.participant, event.revision))
  }

  /**
   * Events were missed: what the application holds is read anew, and told where it differs. Who joined can be told only if the whole
   * list was known.
   *
   * @param isNewLife whether revisions count anew
   */
  async refresh(isNewLife: boolean): Promise<void> {
    await this.#loading?.catch(() => {})
    if (this.#bySid.size === 0 && !this.#isComplete) return
    if (isNewLife) for (const participant of this.#bySid.values()) cellOfParticipant(participant).revision = -1
    const wasComplete = this.#isComplete
    const before = new Set(this.#bySid.keys())
    this.#isComplete = false
    await this.#load((record, revision) => {
      const known = before.delete(record.sid) && this.#bySid.get(record.sid)
      if (known) this.#replace(known, record, revision)
      else if (wasComplete) this.#live.tell('participantJoined', this.#objectOf(record, revision))
    })
    for (const sid of before) {
      const gone = this.#bySid.get(sid)
      if (gone) this.#left(sid, gone.identity, this.#live.stream.told)
    }
  }

  /** Forgets everybody: the user is not in the conversation any more. */
  clear(): void {
    this.#bySid.clear()
    this.#isComplete = false
  }

  /** Reads all pages, once at a time. Who is not in the conversation hears no events, and reads anew each time. */
  #load(take?: (record: ParticipantRecord, revision: number) => void): Promise<void> {
    if (this.#isComplete && this.#live.stream.isJoined) return Promise.resolve()
    if (!this.#live.stream.isJoined) this.#bySid.clear()
    this.#loading ??= this.#readAll(take).finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #readAll(take?: (record: ParticipantRecord, revision: number) => void): Promise<void> {
    let after: string | null | undefined
    do {
      const { answer, later } = await this.#live.read({ type: 'participant.list', ...(after && { after }) })
      for (const record of answer.participants) this.#admit(record, answer.revision, later, take)
      after = answer.next
    } while (after)
    this.#isComplete = true
  }

  /** Takes a record in, with what was told since; undefined if they left meanwhile. */
  #admit(
    record: ParticipantRecord,
    revision: number,
    later: readonly ConversationEvent[],
    take?: (record: ParticipantRecord, revision: number) => void,
  ): Participant | undefined {
    const events = later.filter((event) => 'participantSid' in event && event.participantSid === record.sid)
    if (events.some(({ type }) => type === 'participant.left')) return undefined
    const now = events.reduce(fold, record)
    const at = events.at(-1)?.revision ?? revision
    take?.(now, at)
    return this.#objectOf(now, at)
  }

  #objectOf(record: ParticipantRecord, revision: number): Participant {
    const known = this.#bySid.get(record.sid)
    if (known && !this.#live.isFollowed(cellOfParticipant(known))) this.#replace(known, record, revision)
    const participant = known ?? new Participant(this.#live, { record, revision })
    this.#bySid.set(record.sid, participant)
    return participant
  }

  #updated(event: UpdatedEvent): void {
    const participant = this.#bySid.get(event.participantSid)
    if (participant) this.#fold(participant, event)
    if (participant || this.#isComplete || !this.#live.isHeard('participantUpdated')) return
    // Whoever hears of one change will hear of more: all are read at once, instead of each at their first.
    this.#load()
      .then(() => {
        const loaded = this.#bySid.get(event.participantSid)
        if (loaded) this.#fold(loaded, event)
      })
      .catch(() => {
        // Refused: the conversation is gone, and with it the participant.
      })
  }

  #fold(participant: Participant, event: UpdatedEvent): void {
    if (!this.#live.folds(cellOfParticipant(participant), event, fold)) return
    this.#tellUpdated(participant, [...(Object.keys(event.changes) as ParticipantUpdateReason[]), 'dateUpdated'])
  }

  #replace(participant: Participant, record: ParticipantRecord, revision: number): void {
    const cell = cellOfParticipant(participant)
    if (revision < cell.revision) return
    const reasons = changedFields(FIELDS, cell.record, record)
    Object.assign(cell, { record, revision })
    if (reasons.length > 0) this.#tellUpdated(participant, reasons)
  }

  #left(sid: string, identity: string | null, revision: number): void {
    const participant = this.#bySid.get(sid) ?? new Participant(this.#live, { record: unknown(sid, identity), revision })
    this.#bySid.delete(sid)
    this.#live.typingEnded(participant)
    this.#live.tell('participantLeft', participant)
  }

  #tellUpdated(participant: Participant, updateReasons: ParticipantUpdateReason[]): void {
    const event = { participant, updateReasons }
    participant.emit('updated', event)
    this.#live.tell('participantUpdated', event)
  }
}

function fold(record: ParticipantRecord, event: ConversationEvent): ParticipantRecord {
  return event.type === 'participant.updated' ? { ...record, ...event.changes, dateUpdated: event.dateUpdated } : record
}

/** What is known of somebody who left and whom nobody asked for. */
function unknown(sid: string, identity: string | null): ParticipantRecord {
  return {
    sid,
    identity,
    binding: null,
    roleSid: null,
    attributes: '{}',
    lastReadMessageIndex: null,
    lastReadTimestamp: null,
    dateCreated: 0,
    dateUpdated: 0,
  }
}
