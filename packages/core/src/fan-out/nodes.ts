import type { Published } from '../commands/changes.ts'
import { userView } from '../commands/views.ts'
import type { Bus, BusMessage, Feed, Notice, Passing, PresenceMessage } from '../ports/bus.ts'
import type { Store, UserKey } from '../ports/store.ts'
import { userName } from '../ports/user-name.ts'
import type { OutboxQueue } from '../records/outbox-entry.ts'
import type { FanOut } from './fan-out.ts'

/** What hears of other nodes here. */
export interface NodeContext {
  readonly store: Store
  readonly fanOut: FanOut
  readonly bus: Bus | undefined
  readonly feed: Feed | undefined
  /** Users may have become reachable by push, or may not be any more. */
  readonly registered: (users: readonly UserKey[]) => void
  readonly reconfigured: (services: readonly string[]) => void
  readonly listenedAnew: () => void
  readonly queued: (queues: readonly OutboxQueue[]) => void
  readonly retried: (queues: readonly OutboxQueue[]) => void
  readonly presence: (message: PresenceMessage) => void
}

/** Conversations and users whose revisions are read at once. */
const STEP = 200

/**
 * This node among others: tells them what was committed here, and hears what was committed there. The bus is fast and may lose; the
 * feed of the store is looked at now and then and loses nothing (G10).
 */
export class Nodes {
  readonly #context: NodeContext
  /** Whether notices were missed and not everything was looked at since. */
  #isBehind = false
  /** Followed users who changed, and whose profiles are still to be told. */
  readonly #untold = new Map<string, UserKey>()
  #isTelling = false

  constructor(context: NodeContext) {
    this.#context = context
    context.bus?.subscribe((messages) => {
      for (const message of messages) this.#hear(message)
    })
  }

  /** Tells the others what was committed here. */
  tell(events: readonly Published[]): void {
    if (!this.#context.bus) return
    const notices = new Map<string, Notice>()
    for (const published of events) {
      const notice = noticeOf(published)
      if (notice) notices.set(notice.about === 'user' ? userName(notice) : notice.conversationSid, notice)
    }
    if (notices.size > 0) this.#context.bus.publish([...notices.values()])
  }

  /** Tells the others of what passes by, or of what has no events. */
  send(...messages: readonly BusMessage[]): void {
    if (messages.length > 0) this.#context.bus?.publish(messages)
  }

  /**
   * Looks at what was committed since the last time, by whichever node.
   *
   * @throws when the store cannot be read; nothing is passed over then
   */
  async look(): Promise<void> {
    const { feed, fanOut } = this.#context
    const notices = await feed?.poll()
    if (notices) for (const notice of notices) this.#hear(notice)
    else this.#isBehind ||= feed !== undefined
    if (this.#isBehind) await this.#lookAtAll()
    await this.#tellProfiles()
    await fanOut.readOn()
  }

  /** Anything may have changed meanwhile. */
  async #lookAtAll(): Promise<void> {
    const { store, fanOut, listenedAnew, reconfigured } = this.#context
    listenedAnew()
    const scopes = fanOut.followedScopes()
    for (let at = 0; at < scopes.length; at += STEP) {
      const found = await store.read((reads) =>
        Promise.all(
          scopes.slice(at, at + STEP).map(async (scope) => {
            const isUser = 'identity' in scope
            const record = isUser ? await reads.user(scope) : await reads.conversation(scope.serviceSid, scope.conversationSid)
            // What is gone came further than anybody knows.
            return { scope, revision: record?.revision ?? Number.MAX_SAFE_INTEGER }
          }),
        ),
      )
      for (const { scope, revision } of found) fanOut.hear(scope, revision)
    }
    for (const key of fanOut.followedUsers()) this.#untold.set(userName(key), key)
    reconfigured(fanOut.servicesHeardOf())
    this.#isBehind = false
  }

  #hear(message: BusMessage): void {
    const { fanOut, registered, reconfigured, listenedAnew, queued, retried, presence } = this.#context
    if (message.about === 'conversation') fanOut.hear(message, message.revision)
    else if (message.about === 'user') this.#hearUser(message)
    else if (message.about === 'reachability') registered([message])
    else if (message.about === 'service') reconfigured([message.serviceSid])
    else if (message.about === 'webhooks') listenedAnew()
    else if (message.about === 'outbox') (message.areDue ? retried : queued)(message.queues)
    else if (message.about === 'passing') this.#pass(message)
    else presence(message)
  }

  #hearUser(user: Extract<Notice, { about: 'user' }>): void {
    const { fanOut } = this.#context
    fanOut.hear({ serviceSid: user.serviceSid, identity: user.identity }, user.revision)
    if (!fanOut.isFollowed(user)) return
    this.#untold.set(userName(user), user)
    // When it fails, `look` goes on.
    this.#tellProfiles().catch(() => {})
  }

  #pass({ serviceSid, event, except }: Passing): void {
    this.#context.fanOut.publishPassing(serviceSid, event, except)
  }

  /** A profile is told as it is now, and by one reader: of two, the one that read first might be the last to tell. */
  async #tellProfiles(): Promise<void> {
    if (this.#isTelling) return
    this.#isTelling = true
    try {
      while (this.#untold.size > 0) await this.#tellSome([...this.#untold.values()].slice(0, STEP))
    } finally {
      this.#isTelling = false
    }
  }

  async #tellSome(keys: readonly UserKey[]): Promise<void> {
    const { store, fanOut } = this.#context
    for (const key of keys) this.#untold.delete(userName(key))
    try {
      const users = await store.read((reads) => Promise.all(keys.map((key) => reads.user(key))))
      for (const user of users) if (user) fanOut.tellProfile(user, { type: 'profile.updated', user: userView(user) })
    } catch (error) {
      for (const key of keys) this.#untold.set(userName(key), key)
      throw error
    }
  }
}

function noticeOf({
  serviceSid,
  event,
}: Published): Exclude<Notice, { about: 'service' | 'webhooks' | 'reachability' }> | undefined {
  if (event.type === 'profile.updated') return undefined
  if ('identity' in event && isOfUser(event.type))
    return { about: 'user', serviceSid, identity: event.identity as string, revision: event.revision }
  return 'conversationSid' in event
    ? { about: 'conversation', conversationSid: event.conversationSid, revision: event.revision }
    : undefined
}

const isOfUser = (type: string) => type.startsWith('membership.') || type.startsWith('user.')
