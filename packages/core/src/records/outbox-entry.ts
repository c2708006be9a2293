import type { OptOutWord } from './records.ts'

/*
 * What waits to leave the server, as the stores keep it.
 */

/** Which message goes to which participant outside of the app; it is read when it is sent, as it is then. */
export interface MessagePayload {
  readonly serviceSid: string
  readonly conversationSid: string
  readonly index: number
  readonly participantSid: string
}

/** What somebody outside is told who wrote a word to opt out or in. */
export interface AnswerPayload {
  readonly word: OptOutWord
  readonly answer: string
}

/** What each kind of entry of the outbox says, besides where it goes. */
export interface OutboxPayloads {
  /** What a webhook is told. */
  webhook: {
    readonly url: string
    readonly method: 'GET' | 'POST'
    /** Names and values as they are sent, in their order. */
    readonly fields: Readonly<Record<string, string>>
  }
  channel: MessagePayload | AnswerPayload
  /** That people may have to be told by push: who they are is found when it is sent. */
  notice: {
    readonly serviceSid: string
    readonly conversationSid: string
    readonly about: PushAbout
    /** Where it goes on: after this device. */
    readonly after?: DeviceCursor
    /** Only these people, who were connected before. */
    readonly late?: readonly string[]
  }
  /** What is pushed to which device; it is read when it is sent, as it is then. */
  push: {
    readonly serviceSid: string
    readonly conversationSid: string
    readonly about: PushAbout
    readonly identity: string
    readonly registrationSid: string
  }
}

/** What people are told of by push (rest-and-semantics 3.12). */
export type PushAbout =
  | { readonly type: 'new_message'; readonly index: number }
  | {
      readonly type: 'added_to_conversation' | 'removed_from_conversation'
      /** Whom it concerns, and who did it. */
      readonly identity: string
      readonly by: string
      /** What the conversation was called. */
      readonly title: string | null
    }

/** Where a page of devices ended. */
export interface DeviceCursor {
  readonly participantSid: string
  readonly registrationSid: string
}

export type OutboxKind = keyof OutboxPayloads

export const OUTBOX_KINDS: readonly OutboxKind[] = ['webhook', 'channel', 'notice', 'push']

/** What keeps its order: entries of one kind to one destination about one subject. */
export interface OutboxQueue<Kind extends OutboxKind = OutboxKind> {
  readonly kind: Kind
  /** A slow one holds up nobody else, and one node at a time works for it: the SID of a webhook, an address of ours, a push service. */
  readonly destination: string
  /** For a webhook a conversation or a user, for an address of ours the address of somebody outside, for a push the device. */
  readonly subject: string
}

/** What is to leave the server: written with the change that it follows from. */
export type OutboxDraft<Kind extends OutboxKind = OutboxKind> = {
  readonly [Each in Kind]: OutboxQueue<Each> & {
    /** The same for every try, and for every destination that is told of the event. */
    readonly eventId: string
    readonly accountSid: string
    readonly payload: OutboxPayloads[Each]
    readonly dateCreated: number
    /** Not to be sent before, milliseconds since 1970; at once when it does not say. */
    readonly due?: number | undefined
  }
}[Kind]

/** The same, waiting. */
export type OutboxEntry<Kind extends OutboxKind = OutboxKind> = OutboxDraft<Kind> & {
  /** Counts up in the order of the commits. */
  readonly id: number
  /** Tries so far, none of which arrived. */
  readonly attempts: number
  /** Not to be tried before, milliseconds since 1970. */
  readonly due: number
  /** Given up: a dead letter, which waits for somebody to look at it. */
  readonly dead: boolean
}
