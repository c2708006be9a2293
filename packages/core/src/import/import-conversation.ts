import { Changes } from '../commands/changes.ts'
import { NOTHING_YET } from '../commands/conversation.ts'
import { outsideWith } from '../commands/conversation-outside.ts'
import type { Context } from '../commands/handler.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { SYSTEM_IDENTITY } from '../records/actor.ts'
import { transitionsOf } from '../records/conversation-timers.ts'
import { type ConversationRecord, differing, type TimersRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { type ConversationProgress, freshProgress, keepProgress, progressOf } from './import-progress.ts'
import type { SourceConversation } from './import-source.ts'

/** Why a conversation is left alone, as the rest of a sentence. */
export interface LeftAlone {
  readonly reason: string
}

/** What is to be done about a conversation in a pass. */
export type Standing = { readonly progress: ConversationProgress; readonly present: ConversationRecord | undefined } | LeftAlone

/**
 * How a conversation stands. What was changed here since it was brought over is left alone: the source's word would undo it.
 *
 * @param pass the number of the pass
 */
export async function standingOf(reads: Reads, serviceSid: string, conversationSid: string, pass: number): Promise<Standing> {
  const present = await reads.conversation(serviceSid, conversationSid)
  const kept = await progressOf(reads, conversationSid)
  if (!present) {
    // A source that names what is another service's must not reach it.
    if (await reads.hasConversation(conversationSid)) return { reason: 'another service has a conversation with this SID' }
    return { progress: freshProgress(pass, 0), present }
  }
  if (!kept) return { reason: 'there is a conversation with this SID already, which no import made' }
  if (kept.revision !== present.revision) return { reason: 'it was changed here since it was imported' }
  return { progress: kept.pass === pass ? kept : freshProgress(pass, kept.revision), present }
}

/**
 * Begins a conversation without anybody in it, so that nobody sees it before its messages are there.
 *
 * @param createdBy null when the source does not say
 * @param isNameFree whether nobody else here has its unique name
 */
export function beginConversation(
  serviceSid: string,
  source: SourceConversation,
  createdBy: string | null,
  isNameFree: boolean,
): Changes {
  const changes = new Changes()
  const { sid, uniqueName, friendlyName, attributes, state, messagingServiceSid, email, dateCreated, dateUpdated } = source
  changes.conversationCreated({
    sid,
    serviceSid,
    uniqueName: isNameFree ? uniqueName : null,
    friendlyName,
    attributes,
    createdBy: createdBy ?? SYSTEM_IDENTITY,
    state,
    stateUpdated: dateUpdated,
    timers: null,
    dateCreated,
    dateUpdated,
    ...NOTHING_YET,
    messagingServiceSid,
    email,
    activity: dateCreated,
  })
  return changes
}

/** Makes the conversation itself what the source says, timers included. */
export function compareConversation(changes: Changes, source: SourceConversation, isNameFree: boolean, { now }: Context): void {
  const { conversation } = changes
  const { friendlyName, attributes, state, dateCreated, dateUpdated, messagingServiceSid, email } = source
  const uniqueName = isNameFree ? source.uniqueName : conversation.uniqueName
  const timers = timersOf(source, conversation, now)
  const isSame = (next: TimersRecord | null) => {
    const [before, after] = [transitionsOf({ ...conversation, state }), transitionsOf({ state, timers: next })]
    return JSON.stringify(before) === JSON.stringify(after)
  }
  const outside = outsideWith(conversation, { messagingServiceSid, email: email ?? { address: null, name: null } })
  const { shown, kept } = outside instanceof Refusal ? { shown: {}, kept: {} } : outside
  const changed = { ...differing(conversation, { uniqueName, friendlyName, attributes, state, dateCreated }), ...shown }
  if (Object.keys({ ...changed, ...kept }).length === 0 && dateUpdated === conversation.dateUpdated && isSame(timers)) return
  changes.conversationUpdated(changed, dateUpdated, { ...kept, timers: isSame(timers) ? conversation.timers : timers })
}

const MINUTE = 60_000

/**
 * Timers that lead to the moments that the source shows. It does not show how long they are: they are taken to count from what was
 * said last, and at least for the shortest time that a timer may have.
 */
function timersOf(
  { state, inactiveAt, closedAt }: SourceConversation,
  { lastMessage, dateCreated }: Pick<ConversationRecord, 'lastMessage' | 'dateCreated'>,
  now: number,
): TimersRecord | null {
  const [inactive, closed] = [state === 'active' ? inactiveAt : null, state === 'closed' ? null : closedAt]
  if (inactive === null && closed === null) return null
  const latest = [lastMessage?.dateCreated ?? dateCreated, now]
  if (inactive !== null) latest.push(inactive - MINUTE)
  if (closed !== null) latest.push(closed - 10 * MINUTE)
  const since = Math.min(...latest)
  return { inactive: inactive === null ? null : inactive - since, closed: closed === null ? null : closed - since, since }
}

/** The SID of another conversation that has the unique name of one. */
export async function holderOf(reads: Reads, serviceSid: string, { sid, uniqueName }: SourceConversation) {
  const holder = uniqueName === null ? undefined : await reads.conversationByName(serviceSid, uniqueName)
  return holder?.sid === sid ? undefined : holder?.sid
}

/**
 * Makes room for the unique name of a conversation. Names change hands at a source: a conversation that this pass has not ended with yet
 * gives its name away, and gets the one that it has now in its turn. Both are scopes of the transaction; see `holderOf`.
 *
 * @returns whether the name is free now
 */
export async function claimName(
  tx: Tx,
  serviceSid: string,
  source: SourceConversation,
  pass: number,
  now: number,
): Promise<boolean> {
  const { sid, uniqueName } = source
  const holder = uniqueName === null ? undefined : await tx.conversationByName(serviceSid, uniqueName)
  if (holder === undefined || holder.sid === sid) return true
  const progress = await progressOf(tx, holder.sid)
  const isSettled = progress?.pass === pass && progress.stage === 'complete'
  if (!progress || isSettled || progress.revision !== holder.revision) return false
  const changes = new Changes(holder)
  changes.conversationUpdated({ uniqueName: null }, holder.dateUpdated)
  changes.write(tx)
  keepProgress(tx, holder.sid, { ...progress, revision: changes.conversation.revision }, now)
  return true
}
