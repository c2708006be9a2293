import type { Scope } from '../ports/store.ts'
import { canonicalAddress, checkAddresses, isOwnAddress } from '../records/address.ts'
import { checkIdentity } from '../records/identity.ts'
import type { ConversationRecord, ParticipantRecord, ServiceRecord, UserRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { requireOpen, serviceOf } from './access.ts'
import { Changes } from './changes.ts'
import { checkMember, groupOf, twinOf } from './group.ts'
import { GROUPS } from './group-participant.ts'
import { handler } from './handler.ts'
import { checkFree, openConversationOf, pairOf } from './non-chat-participant.ts'
import { changeParticipant, mayUpdate, type UpdateFacts, updateFacts } from './participant.ts'
import { newUser } from './user.ts'

interface RebindFacts extends UpdateFacts {
  readonly service: ServiceRecord
  /** Who is there, when it is a group of phones; the participant too. */
  readonly group: readonly ParticipantRecord[] | undefined
  readonly bound: Pick<ParticipantRecord, 'binding' | 'projectedAddress'> | Refusal
  /** The open conversation that the new pair of addresses leads to already. */
  readonly taken: ConversationRecord | undefined
  readonly twin: ConversationRecord | undefined
  /** Who is to be the participant from now on. */
  readonly newcomer: UserRecord | undefined
  readonly departed: number
  readonly present: ParticipantRecord | undefined
}

/**
 * Changes how a participant is reached: the address that speaks to them, the one that stands for them in a group of phones, and who
 * it stands for (rest-and-semantics 1.4, 50440 to 50444). Their own address never changes.
 */
export const rebindParticipant = handler<'participant.rebind', RebindFacts>({
  scopes: ({ serviceSid }, { conversationSid, address, rebinding: { proxyAddress, identity } }): Scope[] => [
    { conversation: conversationSid },
    ...(identity === undefined ? [] : [{ user: { serviceSid, identity } }]),
    ...(proxyAddress ? [{ addresses: pairOf({ address, proxyAddress }) }] : []),
    GROUPS,
  ],
  async facts(reads, actor, command, given) {
    const facts = await updateFacts(reads, actor, command, given)
    if (facts instanceof Refusal) return facts
    const { conversation, participant } = facts
    const bound = reboundOf(participant, command.rebinding)
    const service = await serviceOf(reads, actor)
    const group = await groupOf(reads, conversation)
    const { proxyAddress } = command.rebinding
    const pair = participant.binding && proxyAddress ? pairOf({ address: participant.binding.address, proxyAddress }) : undefined
    const others = (group ?? []).filter(({ sid }) => sid !== participant.sid)
    const key = { serviceSid: actor.serviceSid, identity: command.rebinding.identity ?? '' }
    return {
      ...facts,
      service,
      group,
      bound,
      taken: pair && (await openConversationOf(reads, service, pair)),
      twin: bound instanceof Refusal ? undefined : await twinOf(reads, service, conversation, [...others, bound]),
      newcomer: await reads.user(key),
      departed: await reads.departedRevision(key),
      present: await reads.participantOf(conversation.sid, key.identity),
    }
  },
  decide(facts, { attributes, rebinding: { identity }, address }, context, given) {
    const { conversation, participant, bound, taken, twin, service, group, present } = facts
    const refusal =
      mayUpdate(facts, attributes, given) ??
      requireOpen(conversation) ??
      (bound instanceof Refusal ? bound : undefined) ??
      (address !== (participant.binding?.address ?? '') ? new Refusal('participant-not-found') : undefined) ??
      checkFree(service, taken?.sid === conversation.sid && isSamePair(participant, bound) ? undefined : taken) ??
      (twin ? new Refusal('group-exists') : undefined) ??
      checkStays(group, participant, bound) ??
      (identity === undefined ? undefined : checkNewIdentity(participant, bound, identity, present))
    if (refusal) return refusal
    const changes = new Changes(conversation)
    const { now } = context
    const dateUpdated = given.dateUpdated ?? now
    const next = { ...participant, ...(bound as Exclude<typeof bound, Refusal>), dateUpdated }
    if (identity === undefined) {
      if (!isSamePair(participant, bound)) changes.participantRebound(next)
      changeParticipant(changes, { ...facts, participant: next }, attributes, given, now)
      return { changes, result: {} }
    }
    const user = facts.newcomer ?? newUser(service, identity, { departed: facts.departed }, context)
    if (!facts.newcomer) changes.userCreated(user)
    // For everybody else the number alone has left, and somebody with it has come.
    changes.participantLeft(participant, undefined)
    const named = { ...next, identity }
    changes.participantJoined(named, changes.userAfter(user))
    changeParticipant(changes, { ...facts, participant: named, member: changes.userAfter(user) }, attributes, given, now)
    return { changes, result: {} }
  },
})

function isSamePair(participant: ParticipantRecord, bound: RebindFacts['bound']): boolean {
  if (bound instanceof Refusal) return true
  return (
    participant.binding?.proxyAddress === bound.binding?.proxyAddress && participant.projectedAddress === bound.projectedAddress
  )
}

/** How the participant is reached afterwards. */
function reboundOf(
  { binding, projectedAddress: before }: ParticipantRecord,
  {
    proxyAddress,
    projectedAddress,
  }: { readonly proxyAddress?: string | null | undefined; readonly projectedAddress?: string | null | undefined },
): RebindFacts['bound'] {
  if (proxyAddress === null && !binding?.proxyAddress) return new Refusal('proxy-address-absent')
  if (proxyAddress && !binding) return new Refusal('proxy-address-impossible')
  if (projectedAddress === null && before === null) return new Refusal('projected-address-absent')
  if (projectedAddress && binding) return new Refusal('projected-address-impossible')
  if (projectedAddress && !isOwnAddress('sms', projectedAddress)) return new Refusal('proxy-address-invalid')
  const refusal = binding && proxyAddress ? checkAddresses({ address: binding.address, proxyAddress }) : undefined
  if (refusal) return refusal
  const proxy = proxyAddress ? canonicalAddress(proxyAddress) : proxyAddress
  return {
    binding: binding && { ...binding, proxyAddress: proxy === undefined ? binding.proxyAddress : proxy },
    projectedAddress: projectedAddress === undefined ? before : projectedAddress,
  }
}

/** Whether who is left in a group, or becomes one, still has an address there. */
function checkStays(
  group: readonly ParticipantRecord[] | undefined,
  participant: ParticipantRecord,
  bound: RebindFacts['bound'],
): Refusal | undefined {
  if (bound instanceof Refusal) return bound
  const others = (group ?? []).filter(({ sid }) => sid !== participant.sid)
  if (others.length === 0) return undefined
  if (bound.binding === null && bound.projectedAddress === null) return new Refusal('projected-address-missing')
  return checkMember(others, bound)
}

function checkNewIdentity(
  participant: ParticipantRecord,
  bound: RebindFacts['bound'],
  identity: string,
  present: ParticipantRecord | undefined,
): Refusal | undefined {
  const isPossible = participant.identity === null && !(bound instanceof Refusal) && bound.projectedAddress !== null
  if (!isPossible) return new Refusal('identity-impossible')
  return checkIdentity(identity) ?? (present ? new Refusal('participant-exists') : undefined)
}
