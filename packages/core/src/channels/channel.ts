import type { Channel, DeliveryStatus, EmailLevel, MediaCategory } from '@conversa/protocol'
import type { ReceivedMessage } from '../commands/back-end-command.ts'
import type { ChannelTemplate } from '../commands/content-message.ts'
import type { OptOutTexts } from '../commands/opt-out-answer.ts'
import type { Account } from '../execution/back-end.ts'
import type { Upload } from '../media/media-upload.ts'
import type { Content } from '../ports/blobs.ts'
import type { ThreadRecord } from '../records/records.ts'
import type { Refusal } from '../records/refusal.ts'
import type { ChannelPlace } from './channel-holder.ts'

/*
 * The port to carriers: what reaches people outside of the app, and how what they write comes in. An adapter speaks a carrier's
 * language and decides nothing: who gets what, what a report means and where an answer belongs stands in the core.
 */

/** A file of a message on its way out. */
export interface ChannelFile {
  readonly sid: string
  /** On channels but e-mail there are no others than `media`: the text and what it answers are parts of an e-mail. */
  readonly category: MediaCategory
  readonly contentType: string
  readonly filename: string | null
  /** Bytes. */
  readonly size: number
  /** An address of it for the carrier; it ends after some minutes. With where the server listens when its public one is not known. */
  readonly url: string
  /** @returns its bytes; undefined when it is gone */
  read(): Promise<Content | undefined>
}

/** One message to one person. */
export interface ChannelMessage {
  /** The same however often it is sent: a carrier that knows such ids sends one message. */
  readonly id: string
  readonly channel: Channel
  /** The address of ours that speaks. */
  readonly from: string
  readonly to: string
  /** Of e-mail only: what they are called, and how they are addressed. */
  readonly name: string | null
  readonly level: EmailLevel | null
  readonly author: string
  /** Of e-mail only: what the conversation calls itself where it writes (rest-and-semantics, `Bindings.Email.Name`). */
  readonly senderName?: string | undefined
  readonly subject: string | null
  readonly body: string | null
  readonly files: readonly ChannelFile[]
  /** Of WhatsApp only: what it is to be sent as; its words are the body. */
  readonly template?: ChannelTemplate | undefined
  /** Empty for what belongs to none: an answer to somebody who opts out, say. */
  readonly conversationSid: string
  /** What the conversation is called, for what shows threads. */
  readonly conversationName: string | null
  readonly index: number
  /** What their programs know messages by that they sent themselves, of this conversation; for what shows threads. */
  readonly thread?: ThreadRecord | null
}

/** What a carrier said to a message. */
export type ChannelAnswer =
  /** It has it. @property id what it calls it */
  | { readonly outcome: 'sent'; readonly id: string; readonly status?: Extract<DeliveryStatus, 'queued' | 'sent' | 'delivered'> }
  /** It will never take it. @property code of the errors of rest-and-semantics 3.9, of five digits */
  | { readonly outcome: 'refused'; readonly code: number }
  /** It does not take it now. @property pause milliseconds until it may be tried again, if it says so */
  | { readonly outcome: 'failed'; readonly code?: number | undefined; readonly pause?: number | undefined }

/** A file that somebody outside sent. */
export interface ChannelInboundFile {
  readonly filename: string | null
  /** What the carrier says that it is. */
  readonly contentType: string | undefined
  /** Of e-mail: the text as it came, or what it answers; usual is `media`. */
  readonly category?: MediaCategory | undefined
  /** Bytes, if they are known before they come. */
  readonly size?: number | undefined
  /** Its bytes, from the beginning at each call. */
  read(): Content
}

/** What somebody outside wrote. */
export interface ChannelInbound {
  /** What the carrier calls it: however often it is brought, it becomes one message. */
  readonly id: string
  readonly address: string
  readonly proxyAddress: string
  /** Who else got it, of a message to a group of phones. */
  readonly others?: readonly string[] | undefined
  readonly body: string
  readonly subject?: string | null | undefined
  /** What an e-mail calls them. */
  readonly name?: string
  /**
   * What the adapter calls the message of ours that it answers. Where their address leads nowhere (they have several), this leads
   * to the one who got that message: only an adapter whose names nobody can guess may say it.
   */
  readonly answers?: string | undefined
  /** What their own programs know it by; what goes to them from then on says so ({@link ChannelMessage.thread}). */
  readonly threadName?: string | undefined
  /** A machine wrote it: it goes to those in the app alone, so that two machines outside do not answer each other. */
  readonly isAutomatic?: boolean | undefined
  readonly files?: readonly ChannelInboundFile[] | undefined
}

/** What a carrier says later about a message that it has. */
export interface ChannelReport {
  /** What it called it. */
  readonly id: string
  readonly status: DeliveryStatus
  readonly code?: number | undefined
}

/** A part of a message of which the rest has not come. */
export interface ChannelPart {
  /** What the whole message will be called. */
  readonly message: string
  readonly number: number
  /** What it says, as the adapter writes it. */
  readonly content: string
  /** Milliseconds since 1970. */
  readonly dateCreated: number
}

/** Where an adapter brings what comes from outside. */
export interface ChannelDoor {
  /**
   * Takes a message in.
   *
   * @returns where it went; undefined when nobody is there for it; or why it was refused, for one who is not to bring it again
   * @throws when it was not taken for now, the store having failed for example: it is to be brought again
   */
  receive(inbound: ChannelInbound): Promise<ReceivedMessage | Refusal | undefined>
  /**
   * Takes a report.
   *
   * @returns whether the message is known: a report that came before the answer to the send waits for it a while
   * @throws when the store failed: it is to be brought again
   */
  report(report: ChannelReport): Promise<boolean>
  /**
   * Keeps a part of a message, so that it can be acknowledged before the rest comes.
   *
   * @throws when the store failed, or another node has the adapter
   */
  keepPart(part: ChannelPart): Promise<void>
  /** Lets go of the parts of a message that was brought. */
  forgetParts(message: string): Promise<void>
  /** The parts that are kept, the message that came first before the others; also those of an earlier process, or of another node. */
  keptParts(): Promise<readonly ChannelPart[]>
}

/** What a carrier asks by HTTP, as it came. */
export interface ChannelRequest {
  readonly method: string
  /** Behind the adapter's own path, with its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Uint8Array
}

export interface ChannelReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** One carrier. */
export interface ChannelAdapter {
  /** Tells it from the others for good: what it calls its messages is only known together with it. */
  readonly name: string
  /** It answers calls only under a name of the machine itself: what an attacker's DNS points here is not one. */
  readonly isForThisMachine?: true | undefined
  /**
   * It may run once, as carriers let its connection be made once: of many nodes one opens it, and another one takes over when that one is gone.
   * It can be opened again after it was closed.
   */
  readonly isSingle?: true | undefined
  /** Sends one message and waits for the answer. What it throws counts as a failure that passes. */
  send(message: ChannelMessage): Promise<ChannelAnswer>
  /** Begins to listen. */
  open?(door: ChannelDoor): Promise<void> | void
  /** Ends what it has open. */
  close?(): Promise<void>
  /** Answers its carrier, where that calls by HTTP. What it throws is logged, and answered with 500 or 503: it is to be said again. */
  handle?(request: ChannelRequest): Promise<ChannelReply>
}

/** Which adapter speaks for which addresses of an account. */
export interface ChannelRoute {
  readonly account: Account
  readonly adapter: ChannelAdapter
  /** `*` are all that no other route has. */
  readonly addresses: readonly string[]
  /** What people are told who opt out, opt in or want help by SMS; nothing unless it says so. */
  readonly answers?: OptOutTexts | undefined
}

/** A file that is looked at while it passes. */
export interface Inspection {
  readonly content: Content
  /** What it is; to be asked when all of it has passed. */
  found(): ReturnType<Upload['found']>
}

/** What channels need of the world. */
export interface ChannelPorts {
  readonly routes: readonly ChannelRoute[]
  /** Hears where an adapter is that runs on one node. */
  readonly moved?: ((adapter: string, place: ChannelPlace) => void) | undefined
  /** Looks at a file while it passes: what it is, whatever the carrier says. */
  inspect(content: Content, declared: string | undefined): Inspection
}
