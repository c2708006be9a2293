import { LIMITS } from '@conversa/protocol'
import type { Reads, Scope } from '../ports/store.ts'
import { canonicalAddress, channelOf, isOwnAddress, isPersonAddress } from '../records/address.ts'
import type { ConversationRecord, ParticipantRecord, ServiceRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import type { InboundMessage } from './back-end-command.ts'
import type { Changes } from './changes.ts'
import { faceOf } from './group.ts'
import { boundOf, GROUPS } from './group-participant.ts'
import type { Context } from './handler.ts'
import { bindingOf, enter, openConversationOf, pairOf } from './non-chat-participant.ts'

/*
 * Where a message from outside goes that may have gone to several phones at once (rest-and-semantics 1.4 and 3.7): the group of exactly
 * these addresses is its conversation, or comes to be. One that went to us alone goes by its pair of addresses.
 */

/** The others who got it, each once, in their canonical form: phones, and further numbers of ours. */
function othersOf({ address, proxyAddress, others = [] }: InboundMessage): readonly string[] {
  const known = new Set([address, proxyAddress].map(canonicalAddress))
  return [...new Set(others.map(canonicalAddress))].filter((one) => !known.has(one))
}

/** Whether a message went to a group. */
const isToGroup = (inbound: InboundMessage) => othersOf(inbound).length > 0

/** Whether those who got it can be a group. */
export function checkOthers(inbound: InboundMessage): Refusal | undefined {
  const others = othersOf(inbound)
  if (others.length === 0) return undefined
  const isRight = (one: string) => channelOf(one) === 'sms' && (isPersonAddress(one) || isOwnAddress('sms', one))
  if (channelOf(inbound.address) !== 'sms' || !others.every(isRight)) return new Refusal('address-invalid')
  const limit = LIMITS.groupParticipants
  return others.length + 2 > limit ? new Refusal('group-full', { limit }) : undefined
}

/** The open conversation of an account that a message belongs to. */
export async function openPlaceOf(
  reads: Reads,
  account: Pick<ServiceRecord, 'accountSid'>,
  inbound: InboundMessage,
): Promise<ConversationRecord | undefined> {
  if (!isToGroup(inbound)) return openConversationOf(reads, account, pairOf(inbound))
  const { address, proxyAddress } = pairOf(inbound)
  const wanted = facesIn([address, proxyAddress, ...othersOf(inbound)])
  for (const conversation of await reads.openConversationsOf({ address, proxyAddress: null })) {
    const service = await reads.service(conversation.serviceSid)
    if (service?.accountSid !== account.accountSid || conversation.participantsCount > LIMITS.groupParticipants) continue
    const people = await reads.participants(conversation.sid, undefined, LIMITS.groupParticipants)
    if (facesIn(people.flatMap((each) => faceOf(each) ?? [])) === wanted) return conversation
  }
  return undefined
}

/** Two in the app may be seen by one number. */
const facesIn = (addresses: readonly string[]) => [...new Set(addresses)].sort().join(' ')

/** What else has to stand still while a message finds its place. */
export const groupScope = (inbound: InboundMessage): readonly Scope[] => (isToGroup(inbound) ? [GROUPS] : [])

/** Which of those who got it are numbers of the account: the same as somebody in the app for the phones. */
export async function ownAmong(
  reads: Reads,
  { accountSid }: Pick<ServiceRecord, 'accountSid'>,
  inbound: InboundMessage,
): Promise<ReadonlySet<string>> {
  const own = new Set<string>()
  for (const other of othersOf(inbound)) if (await reads.addressConfigurationOf(accountSid, other)) own.add(other)
  return own
}

/**
 * Puts those whom a message came from and went to into the conversation that it begins.
 *
 * @param own those of them that are the account's
 * @returns who wrote it
 */
export function enterWith(
  changes: Changes,
  inbound: InboundMessage,
  { service, own }: { readonly service: ServiceRecord; readonly own: ReadonlySet<string> },
  { now, makeSid }: Context,
): ParticipantRecord {
  const bring = (bound: Pick<ParticipantRecord, 'binding'> & Partial<Pick<ParticipantRecord, 'projectedAddress'>>) => {
    const fields = { roleSid: service.defaultConversationRoleSid, attributes: '{}', dateCreated: now, dateUpdated: now }
    return enter(changes, { sid: makeSid('participant'), ...bound, ...fields })
  }
  if (!isToGroup(inbound)) return bring({ binding: bindingOf(inbound) })
  const { address, proxyAddress } = pairOf(inbound)
  const writer = bring(boundOf({ address }))
  for (const projectedAddress of [proxyAddress, ...own]) bring(boundOf({ projectedAddress }))
  for (const phone of othersOf(inbound)) if (!own.has(phone)) bring(boundOf({ address: phone }))
  return writer
}

/** Who wrote a message, of those in its conversation. */
export function writerIn(reads: Reads, conversationSid: string, inbound: InboundMessage) {
  const { address, proxyAddress } = pairOf(inbound)
  return isToGroup(inbound)
    ? reads.participantAt(conversationSid, address)
    : reads.participantAt(conversationSid, address, proxyAddress)
}
