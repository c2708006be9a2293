import { LIMITS } from '@conversa/protocol'
import type { Reads } from '../ports/store.ts'
import type { ConversationRecord, ParticipantRecord, ServiceRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'

/*
 * Groups of phones (rest-and-semantics 1.4 and 3.7): everybody hears everybody, so nobody has a proxy of their own, and who is in the app
 * is seen by a number of ours, their projected address. A conversation is a group as soon as somebody is in it in one of these ways.
 */

/** Phones and numbers of ours, from which on addresses tell one group from another. */
const SMALLEST = 3

export type Bound = Pick<ParticipantRecord, 'binding' | 'projectedAddress'>

export const isOfGroup = ({ binding, projectedAddress }: Bound) => projectedAddress !== null || binding?.proxyAddress === null

/** By which address the phones of a group know somebody. */
export const faceOf = ({ binding, projectedAddress }: Bound) => binding?.proxyAddress ?? binding?.address ?? projectedAddress

/** @returns who is in a group of phones; undefined when the conversation is none */
export async function groupOf(
  reads: Reads,
  { sid, participantsCount }: ConversationRecord,
): Promise<readonly ParticipantRecord[] | undefined> {
  const limit = LIMITS.groupParticipants
  if (participantsCount === 0 || participantsCount > limit) return undefined
  const people = await reads.participants(sid, undefined, limit)
  return people.some(isOfGroup) ? people : undefined
}

/** Whether somebody fits into a group: with an address, not the eleventh, and not there already. */
export function checkMember(people: readonly ParticipantRecord[], newcomer: Bound): Refusal | undefined {
  const limit = LIMITS.groupParticipants
  if (people.length >= limit) return new Refusal('group-full', { limit })
  if (people.some((each) => faceOf(each) === null)) return new Refusal('group-impossible')
  const known = people.some(
    ({ binding }) =>
      binding !== null &&
      binding.address === newcomer.binding?.address &&
      (binding.proxyAddress === null || binding.proxyAddress === newcomer.binding.proxyAddress),
  )
  return known ? new Refusal('group-participant-exists') : undefined
}

/**
 * Another open group of the account with the same addresses: a message could not tell the two apart.
 *
 * @param people who is in the group afterwards
 */
export async function twinOf(
  reads: Reads,
  { accountSid }: Pick<ServiceRecord, 'accountSid'>,
  conversation: Pick<ConversationRecord, 'sid'>,
  people: readonly Bound[],
): Promise<ConversationRecord | undefined> {
  const phone = people.find(({ binding }) => binding?.proxyAddress === null)?.binding
  if (!phone || people.length < SMALLEST) return undefined
  const faces = facesOf(people)
  for (const other of await reads.openConversationsOf(phone)) {
    if (other.sid === conversation.sid || other.participantsCount !== people.length) continue
    const service = await reads.service(other.serviceSid)
    if (service?.accountSid !== accountSid) continue
    if (facesOf(await reads.participants(other.sid, undefined, people.length)) === faces) return other
  }
  return undefined
}

const facesOf = (people: readonly Bound[]) => people.map(faceOf).sort().join(' ')
