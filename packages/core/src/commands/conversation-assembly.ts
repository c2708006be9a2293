import { LIMITS } from '@conversa/protocol'
import type { Reads, Scope } from '../ports/store.ts'
import { checkAddresses } from '../records/address.ts'
import { checkAttributes } from '../records/attributes.ts'
import type { AddressPair, RoleRecord, ServiceRecord, UserRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { serviceOf } from './access.ts'
import type { AssembledParticipant } from './back-end-command.ts'
import type { Changes } from './changes.ts'
import { type CreateFacts, creationFacts, decideCreation } from './conversation.ts'
import { checkConversations } from './conversation-limit.ts'
import { type Bound, faceOf, isOfGroup, twinOf } from './group.ts'
import { boundOf, checkForm, GROUPS } from './group-participant.ts'
import { type Context, handler } from './handler.ts'
import { bindingOf, checkEmailFields, enter, openConversationOf, pairOf } from './non-chat-participant.ts'
import { checkNewcomer, join } from './participant.ts'
import { checkRole } from './role.ts'

interface AssemblyFacts extends CreateFacts {
  readonly service: ServiceRecord
  readonly roles: ReadonlyMap<string, RoleRecord>
  /** In the order of the command. */
  readonly newcomers: readonly { readonly newcomer: UserRecord | undefined; readonly departed: number }[]
  /** Why one of them may be in no further conversation. */
  readonly crowded: Refusal | undefined
  /** Whether the addresses of one of them lead to an open conversation, or all of them to a group. */
  readonly isPairTaken: boolean
  readonly isGroupThere: boolean
}

/** The addresses of who takes part by a proxy of their own. */
function pairIn({ address, proxyAddress }: AssembledParticipant): AddressPair | undefined {
  return address !== undefined && proxyAddress !== undefined ? pairOf({ address, proxyAddress }) : undefined
}

/** How somebody is to be reached; all null is by identity alone. */
function boundTo(participant: AssembledParticipant): Bound {
  const pair = pairIn(participant)
  return pair ? { binding: bindingOf({ ...participant, ...pair }), projectedAddress: null } : boundOf(participant)
}

/** A conversation with those who are in it from its beginning, all at once or not at all (rest-and-semantics 1.4). */
export const assembleConversation = handler<'conversation.assemble', AssemblyFacts>({
  scopes: ({ serviceSid }, { participants }): Scope[] => [
    ...participants.flatMap(({ identity }) => (identity === undefined ? [] : [{ user: { serviceSid, identity } }])),
    ...participants.flatMap((each) => pairIn(each) ?? []).map((addresses) => ({ addresses })),
    ...(participants.some((each) => isOfGroup(boundTo(each))) ? [GROUPS] : []),
  ],
  async facts(reads, actor, command, _given, context) {
    const found = await creationFacts(reads, actor, command)
    if (found instanceof Refusal) return found
    const { participants } = command
    const newcomers = []
    let crowded: Refusal | undefined
    for (const { identity = '' } of participants) {
      const key = { serviceSid: actor.serviceSid, identity }
      newcomers.push({ newcomer: await reads.user(key), departed: await reads.departedRevision(key) })
      crowded ??= await checkConversations(reads, key, context)
    }
    const [service, roles] = [await serviceOf(reads, actor), await reads.roles(actor.serviceSid)]
    const isPairTaken = await isAnyTaken(reads, service, participants)
    const twin = await twinOf(reads, service, { sid: '' }, participants.map(boundTo))
    return { ...found, newcomers, crowded, service, roles, isPairTaken, isGroupThere: twin !== undefined }
  },
  decide(facts, command, context, given) {
    const changes = decideCreation(facts, command, context, given)
    if (changes instanceof Refusal) return changes
    const refusal =
      checkParticipants(command.participants, facts.roles) ??
      facts.crowded ??
      (facts.isPairTaken ? new Refusal('first-pair-taken') : undefined) ??
      (facts.isGroupThere ? new Refusal('group-exists') : undefined)
    if (refusal) return refusal
    for (const [at, participant] of command.participants.entries()) {
      const { newcomer, departed = 0 } = facts.newcomers[at] ?? {}
      bringIn(changes, participant, { service: facts.service, newcomer, departed }, context)
    }
    return { changes, result: { conversationSid: changes.conversation.sid } }
  },
})

async function isAnyTaken(reads: Reads, service: ServiceRecord, participants: readonly AssembledParticipant[]): Promise<boolean> {
  for (const participant of participants) {
    const pair = pairIn(participant)
    if (pair && (await openConversationOf(reads, service, pair))) return true
  }
  return false
}

function bringIn(
  changes: Changes,
  participant: AssembledParticipant,
  facts: { service: ServiceRecord; newcomer: UserRecord | undefined; departed: number },
  context: Context,
): void {
  const { identity, attributes = '{}', roleSid = facts.service.defaultConversationRoleSid } = participant
  const bound = boundTo(participant)
  if (identity !== undefined) {
    join(changes, { ...participant, identity, projectedAddress: bound.projectedAddress }, facts, context)
    return
  }
  const { dateCreated = context.now, dateUpdated = dateCreated } = participant
  enter(changes, { sid: context.makeSid('participant'), ...bound, roleSid, attributes, dateCreated, dateUpdated })
}

function checkParticipants(
  participants: readonly AssembledParticipant[],
  roles: ReadonlyMap<string, RoleRecord>,
): Refusal | undefined {
  const limit = LIMITS.firstParticipants
  if (participants.length > limit) return new Refusal('too-many-first-participants', { limit })
  const refusal = participants.map((each) => checkOne(each, roles)).find(Boolean)
  if (refusal) return refusal
  const identities = participants.flatMap(({ identity }) => identity ?? [])
  if (new Set(identities).size < identities.length) return new Refusal('participant-exists')
  const bound = participants.map(boundTo)
  const addresses = bound.flatMap(({ binding }) => (binding ? `${binding.address} ${binding.proxyAddress}` : []))
  if (new Set(addresses).size < addresses.length) return new Refusal('group-participant-exists')
  const isImpossible = bound.some(isOfGroup) && bound.some((each) => faceOf(each) === null)
  return isImpossible ? new Refusal('projected-address-missing') : undefined
}

/** One of them, whoever the others are. */
function checkOne(participant: AssembledParticipant, roles: ReadonlyMap<string, RoleRecord>): Refusal | undefined {
  const { identity, attributes, roleSid } = participant
  // A proxy speaks to somebody.
  if (participant.proxyAddress !== undefined && participant.address === undefined) return new Refusal('address-invalid')
  const pair = pairIn(participant)
  if (pair && identity !== undefined) return new Refusal('parameter-invalid', { field: 'messaging_binding.address' })
  const bound = boundTo(participant)
  const isReached = bound.binding !== null || bound.projectedAddress !== null
  return (
    (identity === undefined && !isReached ? new Refusal('identity-missing') : undefined) ??
    (pair ? checkAddresses(pair) : isReached ? checkForm(participant) : undefined) ??
    checkEmailFields({ ...participant, address: pair?.address ?? '' }) ??
    (identity === undefined
      ? (checkAttributes(attributes, LIMITS.participantAttributesBytes) ?? checkRole(roles, roleSid, 'conversation'))
      : checkNewcomer({ identity, attributes, roleSid }, roles))
  )
}
