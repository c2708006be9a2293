import type { Changes } from '../commands/changes.ts'
import type { Context } from '../commands/handler.ts'
import { newUser } from '../commands/user.ts'
import { messagesAbove } from '../commands/views.ts'
import type { Reads } from '../ports/store.ts'
import { canonicalAddress } from '../records/address.ts'
import { type BindingRecord, differing, type ParticipantRecord, type ServiceRecord, type UserRecord } from '../records/records.ts'
import type { ImportProblem, SourceParticipant } from './import-source.ts'

interface Facts {
  readonly service: ServiceRecord
  readonly present: readonly ParticipantRecord[]
  /** By identity. */
  readonly users: ReadonlyMap<string, UserRecord | { readonly departed: number }>
  readonly unread: ReadonlyMap<string, number>
  readonly roles: ReadonlySet<string>
}

/** Makes those who are in a conversation the ones that the source lists, each with how far they have read and what they have muted. */
export async function importMembers(
  reads: Reads,
  changes: Changes,
  all: readonly SourceParticipant[],
  context: Context,
): Promise<readonly ImportProblem[]> {
  const listed = all.filter(({ sid, identity }, at) => {
    const isSame = (other: SourceParticipant) => other.sid === sid || (identity !== null && other.identity === identity)
    return all.findIndex(isSame) === at
  })
  const facts = await factsOf(reads, changes, listed)
  const problems: ImportProblem[] = all
    .filter((one) => !listed.includes(one))
    .map((one) => ({ ...noted(one, 'another participant has the same SID or identity'), isLost: true }))
  const sids = new Set(listed.map(({ sid }) => sid))
  for (const gone of facts.present.filter(({ sid }) => !sids.has(sid))) {
    changes.participantLeft(gone, memberOf(changes, facts, gone))
  }
  for (const said of listed) {
    if (said.roleSid !== null && !facts.roles.has(said.roleSid)) {
      problems.push(noted(said, `the role ${said.roleSid} is not known`))
    }
    const there = facts.present.find(({ sid }) => sid === said.sid)
    // Whoever has become somebody else leaves, and comes as them.
    if (there && there.identity !== said.identity) changes.participantLeft(there, memberOf(changes, facts, there))
    if (there && there.identity === said.identity) compare(changes, facts, there, said)
    else if (join(changes, facts, said, context)) {
      problems.push(noted(said, 'the source has no user of this identity: one was made'))
    }
  }
  return problems
}

const noted = ({ sid }: SourceParticipant, reason: string): ImportProblem => ({
  resource: 'participant',
  sid,
  reason,
  isLost: false,
})

/** @returns whether a user had to be made */
function join(changes: Changes, facts: Facts, said: SourceParticipant, context: Context): boolean {
  const { conversation } = changes
  const binding = said.binding && canonical(said.binding)
  const nothingRead = { lastReadMessageIndex: null, lastReadTimestamp: null }
  const participant: ParticipantRecord = {
    ...said,
    ...nothingRead,
    binding,
    thread: null,
    conversationSid: conversation.sid,
  }
  if (said.identity === null) {
    changes.participantJoined(participant)
    moveHorizon(changes, facts, participant, said)
    return false
  }
  const known = facts.users.get(said.identity)
  const isKnown = known !== undefined && 'sid' in known
  const user = isKnown ? known : newUser(facts.service, said.identity, { departed: known?.departed ?? 0 }, context)
  if (!isKnown) changes.userCreated(user)
  changes.participantJoined(participant, changes.userAfter(user))
  moveHorizon(changes, facts, participant, said, user)
  return !isKnown
}

function compare(changes: Changes, facts: Facts, there: ParticipantRecord, said: SourceParticipant): void {
  const { attributes, roleSid, dateCreated, dateUpdated } = said
  const changed = differing(there, { attributes, roleSid, dateCreated })
  let next = moveHorizon(changes, facts, there, said, memberOf(changes, facts, there))
  const reached = { binding: said.binding && canonical(said.binding), projectedAddress: said.projectedAddress }
  if (JSON.stringify(reached) !== JSON.stringify(reachOf(next))) {
    next = { ...next, ...reached, dateUpdated }
    changes.participantRebound(next)
  }
  if (Object.keys(changed).length > 0 || dateUpdated !== next.dateUpdated) {
    next = changes.participantUpdated(next, changed, dateUpdated)
  }
  const member = memberOf(changes, facts, said)
  if (member && said.notificationLevel !== there.notificationLevel) {
    changes.membershipUpdated(next, member, { notificationLevel: said.notificationLevel })
  }
}

/** How somebody is reached, with the same fields in the same order as a source shows it. */
function reachOf({ binding, projectedAddress }: ParticipantRecord): Pick<ParticipantRecord, 'binding' | 'projectedAddress'> {
  return { binding: binding && canonical(binding), projectedAddress }
}

/** How far somebody has read is told by an event of its own, which says how much is unread: that of their joining does not. */
function moveHorizon(
  changes: Changes,
  facts: Facts,
  there: ParticipantRecord,
  { sid, dateUpdated, lastReadMessageIndex, lastReadTimestamp }: SourceParticipant,
  user?: UserRecord,
): ParticipantRecord {
  const horizon = { lastReadMessageIndex, lastReadTimestamp }
  if (Object.keys(differing(there, horizon)).length === 0) return there
  const unread = lastReadMessageIndex === null ? null : (facts.unread.get(sid) ?? 0)
  return changes.horizonMoved(there, user && changes.userAfter(user), horizon, unread, dateUpdated)
}

function memberOf(changes: Changes, { users }: Facts, { identity }: Pick<ParticipantRecord, 'identity'>): UserRecord | undefined {
  const known = identity === null ? undefined : users.get(identity)
  return known && 'sid' in known ? changes.userAfter(known) : undefined
}

const canonical = ({ address, proxyAddress, name, level }: BindingRecord): BindingRecord => ({
  address: canonicalAddress(address),
  proxyAddress: proxyAddress && canonicalAddress(proxyAddress),
  name,
  level,
})

async function factsOf(reads: Reads, changes: Changes, listed: readonly SourceParticipant[]): Promise<Facts> {
  const { conversation } = changes
  const service = await reads.service(conversation.serviceSid)
  if (!service) throw new Error('unable to import members: the service is not stored')
  const isThere = (await reads.conversation(service.sid, conversation.sid)) !== undefined
  const most = conversation.participantsCount
  const present = isThere && most > 0 ? await reads.participants(conversation.sid, undefined, most) : []
  const users = new Map<string, UserRecord | { readonly departed: number }>()
  const unread = new Map<string, number>()
  for (const { sid, identity, lastReadMessageIndex } of [...present, ...listed]) {
    if (lastReadMessageIndex !== null) unread.set(sid, await messagesAbove(reads, conversation, lastReadMessageIndex))
    if (identity === null || users.has(identity)) continue
    const key = { serviceSid: service.sid, identity }
    users.set(identity, (await reads.user(key)) ?? { departed: await reads.departedRevision(key) })
  }
  return { service, present, users, unread, roles: new Set((await reads.roles(service.sid)).keys()) }
}
