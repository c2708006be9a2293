import type {
  AggregatedDeliveryReceipt,
  Client,
  Conversation,
  DeliveryStatus,
  DetailedDeliveryReceipt,
  Message,
  Participant,
  ParticipantBindingOptions,
  ParticipantType,
  ParticipantUpdatedEventArgs,
  ParticipantUpdateReason,
} from '@twilio/conversations'

const TYPES: Record<string, ParticipantType> = { chat: 'chat', sms: 'sms', whatsapp: 'whatsapp', email: 'email' }

export async function invite(conversation: Conversation, identities: string[]): Promise<number> {
  await Promise.all(identities.map((identity) => conversation.add(identity, { invited: true })))
  return conversation.getParticipantsCount()
}

export async function rosterOf(conversation: Conversation): Promise<string[]> {
  const participants: Participant[] = await conversation.getParticipants()
  return participants.filter(({ type }) => type === TYPES.chat).map(describe)
}

function describe(participant: Participant): string {
  const read: number | null = participant.lastReadMessageIndex
  const when: Date | null = participant.lastReadTimestamp
  const role: string = participant.roleSid
  return `${participant.identity ?? participant.sid} (${role}): ${read ?? 'nothing'} ${when?.toISOString() ?? ''}`
}

export async function expel(conversation: Conversation, identity: string | null): Promise<void> {
  const participant: Participant | null = await conversation.getParticipantByIdentity(identity)
  if (!participant || participant.isTyping) return
  await conversation.removeParticipant(participant)
}

export async function expelBySid(conversation: Conversation, sid: string): Promise<void> {
  await (await conversation.getParticipantBySid(sid))?.remove()
}

export function watch(client: Client, seen: (identity: string | null, reasons: ParticipantUpdateReason[]) => void): () => void {
  const joined = (participant: Participant) => seen(participant.identity, [])
  const updated = ({ participant, updateReasons }: ParticipantUpdatedEventArgs) => seen(participant.identity, updateReasons)
  client.on('participantJoined', joined).on('participantLeft', joined).on('participantUpdated', updated)
  return () => {
    client.off('participantJoined', joined).off('participantLeft', joined).off('participantUpdated', updated)
  }
}

export async function markReadBy(message: { index: number }, conversation: Conversation): Promise<string[]> {
  const participants = await conversation.getParticipants()
  const readers = participants.filter(({ lastReadMessageIndex }) => (lastReadMessageIndex ?? -1) >= message.index)
  const users = await Promise.all(readers.map((participant) => participant.getUser()))
  return users.map(({ friendlyName, identity }) => friendlyName || identity)
}

export async function leave(conversation: Conversation): Promise<string> {
  const left: Conversation = await conversation.leave()
  return left.status
}

export async function label(participant: Participant, colour: string): Promise<Participant> {
  return participant.updateAttributes({ colour })
}

export async function inviteByPhone(conversation: Conversation, address: string, proxyAddress: string): Promise<string> {
  const { sid, messaging_binding } = await conversation.addNonChatParticipant(proxyAddress, address, { invited: true })
  return `${sid} ${messaging_binding?.proxy_address ?? ''}`
}

export async function inviteByMail(conversation: Conversation, address: string): Promise<string> {
  const binding: ParticipantBindingOptions = { email: { name: 'Ann', address, level: 'cc' } }
  const { identity } = await conversation.addNonChatParticipant(
    conversation.bindings.email?.projected_address ?? '',
    address,
    {},
    binding,
  )
  return identity
}

export const mailAddressOf = ({ bindings }: Participant): string | undefined => bindings.email?.address

/** How far a message has come. */
export async function delivered(message: Message): Promise<string> {
  const receipt: AggregatedDeliveryReceipt | null = message.aggregatedDeliveryReceipt
  if (!receipt || receipt.delivered === 'all') return 'delivered'
  const receipts: DetailedDeliveryReceipt[] = await message.getDetailedDeliveryReceipts()
  const failures: DeliveryStatus[] = ['failed', 'undelivered']
  const failed = receipts.find(({ status }) => failures.includes(status))
  return failed ? `not delivered to ${failed.participantSid}: ${failed.errorCode}` : `on its way to ${receipt.total}`
}
