import type { Media, PushChannel } from '@conversa/protocol'
import type { PushSecret } from '../records/records.ts'

/** What one push tells, whatever carries it (rest-and-semantics 3.12). */
export interface PushNotice {
  readonly type: 'new_message' | 'added_to_conversation' | 'removed_from_conversation'
  readonly body: string
  readonly sound: string | null
  /** The number for the application's icon; null where the push sets none. */
  readonly badge: number | null
  readonly conversationSid: string
  readonly conversationTitle: string | null
  /** The message that it tells of. */
  readonly message?: { readonly sid: string; readonly index: number; readonly media: readonly Media[] } | undefined
}

/** One push to one device. */
export interface PushRequest {
  /** The same for every try. */
  readonly id: string
  readonly channelType: PushChannel
  /** What the service that carries it calls the device. */
  readonly registrationId: string
  readonly secret: PushSecret
  readonly notice: PushNotice
}

/**
 * What became of a push: it arrived; it is to be tried again, after some milliseconds where the service says so; the device is not
 * registered any more; the service does not take our credential; or it will never take this push as it is.
 */
export type PushAnswer =
  | { readonly outcome: 'arrived' }
  | { readonly outcome: 'later'; readonly after?: number | undefined }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'denied'; readonly reason: string }
  | { readonly outcome: 'refused'; readonly reason: string }

/** Hands a push to the service that carries it, and waits for its answer, some seconds at most. It never rejects. */
export type SendPush = (request: PushRequest) => Promise<PushAnswer>
