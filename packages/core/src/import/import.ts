import { Changes, type Written } from '../commands/changes.ts'
import type { Context } from '../commands/handler.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Now, RandomBytes } from '../ports/ports.ts'
import { type MakeSid, sidMaker } from '../ports/sids.ts'
import type { Reads, Scope, Store, Tx } from '../ports/store.ts'
import type { ConversationRecord, UserRecord } from '../records/records.ts'
import { type Checked, checkConversation } from './import-check.ts'
import { beginConversation, claimName, compareConversation, holderOf, type LeftAlone, standingOf } from './import-conversation.ts'
import { type FoundFile, importFile, isFileHere } from './import-media.ts'
import { importMembers } from './import-members.ts'
import { afterStretch, importStretch, STRETCH, type Stretch } from './import-messages.ts'
import { type ConversationProgress, keepProgress, type Pass, passOf, progressOf, withProblems } from './import-progress.ts'
import { type Imported, importService, importUsers, shownUser } from './import-service.ts'
import { type Digest, shownConversation, surroundingsDigest } from './import-shown.ts'
import type {
  ImportProblem,
  SourceConversation,
  SourceHooks,
  SourceMessage,
  SourceParticipant,
  SourceRole,
  SourceService,
  SourceUser,
  SourceWebhook,
} from './import-source.ts'
import { compareWebhooks, usableWebhooks } from './import-webhooks.ts'

/** What an import needs of the world. */
export interface ImportPorts {
  readonly store: Store
  readonly blobs: Blobs
  readonly now: Now
  readonly random: RandomBytes
  readonly digest: Digest
}

/** Which conversation of which service is brought over, and in which pass. */
export interface ImportPlace {
  readonly serviceSid: string
  readonly conversationSid: string
  readonly pass: number
}

/** A page of messages. */
export interface MessagePage {
  readonly messages: readonly SourceMessage[]
  /** Where the next page begins; null after the last one. */
  readonly next: string | null
  /** The highest index that somebody has read to; -1 when nobody has read. It was given out, whether it is shown or not. */
  readonly readTo: number
  /** What of it does not fit. */
  readonly problems: readonly ImportProblem[]
}

/** Tombstones that one gap in the indexes may ask for: a source that asks for more is not believed. */
const LARGEST_GAP = 1_000_000

/**
 * Brings over what another server holds, into a store that nobody else writes to meanwhile. Rows and events are made by the same
 * code as for commands, so revisions and counters are those of a conversation that grew here; nobody is told of it, and no webhook.
 * Each step compares with what is there, so that a step that is taken again changes nothing.
 */
export class Import {
  readonly #ports: ImportPorts
  readonly #makeSid: MakeSid

  constructor(ports: ImportPorts) {
    this.#ports = ports
    this.#makeSid = sidMaker(ports.now, ports.random)
  }

  /** Goes on with the pass that a service is in, or begins the next one. */
  beginPass(serviceSid: string): Promise<Pass> {
    return this.#ports.store.transact([], async (tx) => {
      const kept = await passOf(tx, serviceSid)
      const pass = kept && !kept.isComplete ? kept : { number: (kept?.number ?? 0) + 1, isComplete: false }
      keepProgress(tx, serviceSid, pass, this.#ports.now())
      return pass
    })
  }

  /** Everything that the source listed was looked at. */
  endPass(serviceSid: string, { number }: Pass): Promise<void> {
    return this.#ports.store.transact([], (tx) => keepProgress(tx, serviceSid, { number, isComplete: true }, this.#ports.now()))
  }

  /** See `importService`. */
  service(
    accountSid: string,
    source: { readonly service: SourceService; readonly roles: readonly SourceRole[]; readonly hooks: SourceHooks | undefined },
  ): Promise<readonly ImportProblem[]> {
    return this.#write((tx) => importService(tx, accountSid, source))
  }

  /**
   * See `importUsers`.
   *
   * @returns what could not be kept, and what is not in the store as it was listed
   */
  async users(serviceSid: string, users: readonly SourceUser[]): Promise<readonly ImportProblem[]> {
    const problems = await this.#write((tx) => importUsers(tx, serviceSid, users))
    const stored = await this.#ports.store.read((reads) => usersOf(reads, serviceSid, users))
    const differing = users.filter((user, at) => stored[at] && shownUser(user) !== shownUser(stored[at]))
    const told = new Set(problems.map(({ sid }) => sid))
    const untold = differing.filter(({ sid }) => !told.has(sid))
    return [...problems, ...untold.map((user) => lost(user, 'user', 'it is not stored as listed'))]
  }

  /** How a conversation stands in a pass, or why it is left alone. */
  async standing({ serviceSid, conversationSid, pass }: ImportPlace): Promise<ConversationProgress | LeftAlone> {
    const standing = await this.#ports.store.read((reads) => standingOf(reads, serviceSid, conversationSid, pass))
    return 'reason' in standing ? standing : standing.progress
  }

  /** Begins a conversation that is not there, or goes on with one that is. */
  begin(place: ImportPlace, source: SourceConversation, createdBy: string | null): Promise<ConversationProgress | LeftAlone> {
    const { now } = this.#ports
    return this.#naming(place, source, [], async (tx) => {
      const standing = await standingOf(tx, place.serviceSid, source.sid, place.pass)
      if ('reason' in standing) return standing
      let { progress } = standing
      if (!standing.present) {
        const isFree = await claimName(tx, place.serviceSid, source, place.pass, now())
        beginConversation(place.serviceSid, source, createdBy, isFree).write(tx)
        progress = { ...progress, revision: 1 }
        const unknown = { ...lost(source, 'conversation', 'the source does not say who created it'), isLost: false }
        if (createdBy === null) progress = withProblems(progress, [unknown])
      }
      keepProgress(tx, source.sid, progress, now())
      return progress
    })
  }

  /** Brings a page of messages over, a stretch of indexes at a time. */
  async messages(place: ImportPlace, before: ConversationProgress, page: MessagePage): Promise<ConversationProgress | LeftAlone> {
    const { messages, next } = page
    const byIndex = new Map(messages.map((message) => [message.index, message]))
    const fresh = [...byIndex.values()].filter(({ index }) => index >= before.nextIndex).sort((a, b) => a.index - b.index)
    const newest = fresh.at(-1)?.index ?? before.nextIndex - 1
    const last = next === null ? Math.max(newest, page.readTo, await this.#lastIndex(place)) : newest
    if (last - before.nextIndex > LARGEST_GAP + fresh.length) return { reason: `the indexes of its messages leap to ${last}` }
    let progress = before
    while (progress.nextIndex <= last) {
      const from = progress.nextIndex
      const through = Math.min(last, from + STRETCH - 1)
      const inside = fresh.filter(({ index }) => index >= from && index <= through)
      progress = await this.#stretch(place, progress, { from, through, messages: inside })
    }
    const stage = next === null ? 'members' : 'messages'
    progress = { ...withProblems(progress, page.problems), page: next, stage }
    return this.#ports.store.transact(scopeOf(place), async (tx) => {
      // Its name may have been taken from it meanwhile, which is a change too.
      const kept = await progressOf(tx, place.conversationSid)
      const written = { ...progress, revision: kept?.revision ?? progress.revision }
      keepProgress(tx, place.conversationSid, written, this.#ports.now())
      return written
    })
  }

  /** Lets in who is in the conversation, sets timers and webhooks, and ends it for this pass. */
  finish(
    place: ImportPlace,
    before: ConversationProgress,
    source: {
      readonly conversation: SourceConversation
      readonly participants: readonly SourceParticipant[]
      readonly webhooks: readonly SourceWebhook[]
      /** What of it does not fit. */
      readonly problems: readonly ImportProblem[]
    },
  ): Promise<ConversationProgress> {
    const { now, digest } = this.#ports
    const { conversation, participants } = source
    const { webhooks, problems: unusable } = usableWebhooks(source.webhooks)
    const identities = new Set(participants.flatMap(({ identity }) => identity ?? []))
    const users = [...identities].map((identity) => ({ user: { serviceSid: place.serviceSid, identity } }))
    return this.#naming(place, conversation, users, async (tx) => {
      const context: Context = { now: now(), makeSid: this.#makeSid }
      const changes = new Changes(await stored(tx, place))
      const isFree = await claimName(tx, place.serviceSid, conversation, place.pass, now())
      const problems = [...source.problems, ...unusable, ...(await importMembers(tx, changes, participants, context))]
      if (!isFree) problems.push(lost(conversation, 'conversation', 'its unique name belongs to another conversation here'))
      compareConversation(changes, conversation, isFree, context)
      problems.push(...(await compareWebhooks(tx, changes, webhooks)))
      changes.write(tx)
      const listed = { ...before.listed, participants: participants.length, webhooks: webhooks.length }
      const shown = { conversation: shownConversation(conversation), participants, webhooks }
      const progress: ConversationProgress = {
        ...withProblems(before, problems),
        revision: changes.conversation.revision,
        stage: 'complete',
        listed,
        digest: surroundingsDigest(shown, digest),
      }
      keepProgress(tx, place.conversationSid, progress, now())
      return progress
    })
  }

  /** Whether the bytes of a file are here already. */
  hasFile(sid: string): Promise<boolean> {
    return isFileHere(this.#ports.store, sid)
  }

  /** See `importFile`. */
  file(serviceSid: string, found: FoundFile): Promise<void> {
    return importFile(this.#ports.store, this.#ports.blobs, serviceSid, found)
  }

  /** Reads conversations of a service again and holds them against what the source listed in a pass. */
  async *check(serviceSid: string, pass: number): AsyncGenerator<Checked> {
    for await (const conversation of this.#conversations(serviceSid)) {
      const checked = await checkConversation(this.#ports.store, conversation, pass, this.#ports.digest)
      if (checked) yield checked
    }
  }

  /** Conversations that an earlier pass brought over and that the source did not list in this one: they are gone there. */
  async removeGone(serviceSid: string, pass: number): Promise<number> {
    let removed = 0
    for await (const conversation of this.#conversations(serviceSid)) {
      const wasRemoved = await this.#ports.store.transact(scopeOf({ conversationSid: conversation.sid }), async (tx) => {
        const [progress, present] = [await progressOf(tx, conversation.sid), await tx.conversation(serviceSid, conversation.sid)]
        if (!present || !progress || progress.pass >= pass || progress.revision !== present.revision) return false
        const changes = new Changes(present)
        changes.conversationDeleted()
        for (const { identity } of await tx.participants(present.sid, undefined, Math.max(1, present.participantsCount))) {
          const user = identity === null ? undefined : await tx.user({ serviceSid, identity })
          if (user) changes.membershipEnded(changes.userAfter(user), present.sid, 'deleted')
        }
        changes.write(tx)
        return true
      })
      if (wasRemoved) removed++
    }
    return removed
  }

  async *#conversations(serviceSid: string): AsyncGenerator<ConversationRecord> {
    let after: ConversationRecord | undefined
    for (;;) {
      const range = { after, limit: 100 }
      const page = await this.#ports.store.read((reads) => reads.conversations(serviceSid, range))
      yield* page
      after = page.at(-1)
      if (page.length < 100) return
    }
  }

  #write(decide: (tx: Tx) => Promise<Imported>): Promise<readonly ImportProblem[]> {
    return this.#ports.store.transact([], async (tx) => {
      const { changes, problems }: { changes: Written; problems: readonly ImportProblem[] } = await decide(tx)
      changes.write(tx)
      return problems
    })
  }

  /** Runs a work that may give a conversation its unique name, which another one may have to give up: then both are written. */
  async #naming<T>(
    place: ImportPlace,
    source: SourceConversation,
    others: readonly Scope[],
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    const { store } = this.#ports
    for (;;) {
      const holder = await store.read((reads) => holderOf(reads, place.serviceSid, source))
      const scopes = [...scopeOf(place), ...(holder === undefined ? [] : scopeOf({ conversationSid: holder })), ...others]
      const done = await store.transact(scopes, async (tx) => {
        // The name may have gone elsewhere before they were locked.
        if ((await holderOf(tx, place.serviceSid, source)) !== holder) return undefined
        return { value: await work(tx) }
      })
      if (done) return done.value
    }
  }

  #stretch(place: ImportPlace, progress: ConversationProgress, stretch: Stretch): Promise<ConversationProgress> {
    const { store, now, digest } = this.#ports
    return store.transact(scopeOf(place), async (tx) => {
      const outcome = await importStretch(tx, await stored(tx, place), stretch)
      outcome.write(tx)
      const found = withProblems(progress, outcome.problems)
      const next = afterStretch(found, stretch, outcome.changes.conversation.revision, digest)
      keepProgress(tx, place.conversationSid, next, now())
      return next
    })
  }

  /** After the last page comes what is here and no longer there. */
  async #lastIndex(place: ImportPlace): Promise<number> {
    const { nextIndex } = await this.#ports.store.read((reads) => stored(reads, place))
    return nextIndex - 1
  }
}

const scopeOf = ({ conversationSid }: Pick<ImportPlace, 'conversationSid'>) => [{ conversation: conversationSid }]

function lost({ sid }: { readonly sid: string }, resource: ImportProblem['resource'], reason: string): ImportProblem {
  return { resource, sid, reason, isLost: true }
}

async function stored(reads: Reads, { serviceSid, conversationSid }: ImportPlace): Promise<ConversationRecord> {
  const found = await reads.conversation(serviceSid, conversationSid)
  if (!found) throw new Error('unable to go on with an import: the conversation is not stored')
  return found
}

async function usersOf(reads: Reads, serviceSid: string, users: readonly SourceUser[]): Promise<(UserRecord | undefined)[]> {
  const found: (UserRecord | undefined)[] = []
  for (const { identity } of users) found.push(await reads.user({ serviceSid, identity }))
  return found
}
