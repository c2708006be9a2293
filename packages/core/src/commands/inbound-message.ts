import { LIMITS } from '@conversa/protocol'
import type { Reads, Scope } from '../ports/store.ts'
import { SYSTEM_IDENTITY } from '../records/actor.ts'
import { checkAddresses } from '../records/address.ts'
import { checkAttributes, exceedsBytes } from '../records/attributes.ts'
import type { ConversationRecord, MediaRecord, MessageRecord, ParticipantRecord, ServiceRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { serviceOf } from './access.ts'
import { type AutoCreation, autoCreationOf } from './auto-creation.ts'
import type { InboundMessage, ReceivedMessage } from './back-end-command.ts'
import { Changes } from './changes.ts'
import { type CreateFacts, creationFacts, decideCreation } from './conversation.ts'
import { type Context, handler } from './handler.ts'
import { enterWith, groupScope, openPlaceOf, ownAmong, writerIn } from './inbound-group.ts'
import { attachable, MEDIA_LIMITS, mediaRecords } from './media.ts'
import { checkAuthor, say } from './message.ts'
import { pairOf } from './non-chat-participant.ts'
import { choose } from './opt-out.ts'
import type { AnswerDraft } from './opt-out-answer.ts'
import { scopedWebhook } from './webhook.ts'

/*
 * What somebody outside of the app writes (rest-and-semantics 3.1): the pair of their address and of the one they wrote to leads to
 * one open conversation, or begins one. Which of the two it is was found before the transaction; where that is not so any more the
 * answer is null, and it is to be found anew.
 */

const NOTHING_YET = { received: null } as const

interface ReceiveFacts {
  readonly service: ServiceRecord
  readonly conversation: ConversationRecord | undefined
  readonly participant: ParticipantRecord | undefined
  /** The same message, when the carrier brought it before. */
  readonly known: MessageRecord | undefined
  readonly files: readonly (MediaRecord | undefined)[]
  readonly answer: AnswerDraft | undefined
}

/** A message into the open conversation of its addresses, from the participant who has them. */
export const receiveMessage = handler<'message.receive', ReceiveFacts>({
  scopes: (_actor, command): Scope[] => [{ conversation: command.conversationSid }, { addresses: pairOf(command) }],
  async facts(reads, actor, command, given, context) {
    const { conversationSid } = command
    const { address } = pairOf(command)
    const service = await serviceOf(reads, actor)
    return {
      service,
      answer: await context.answers?.due(reads, service.accountSid, command, context.now),
      conversation: await reads.conversation(actor.serviceSid, conversationSid),
      participant: await writerIn(reads, conversationSid, command),
      known: await reads.messageByKey(conversationSid, given.author ?? address, command.channelMessageSid),
      files: await mediaRecords(reads, command.media ?? []),
    }
  },
  decide({ service, conversation, participant, known, files, answer }, command, context, given) {
    if (!conversation || conversation.state === 'closed' || !participant) return { changes: new Changes(), result: NOTHING_YET }
    const changes = new Changes(conversation)
    if (known) return { changes, result: { received: receivedOf(known, participant) } }
    const attached = checkInbound(command, { service, files }, context, given.author)
    if (attached instanceof Refusal) return attached
    const { now } = context
    const message = say(changes, saidBy(participant, command, given.author, now), now, attached)
    continueThread(changes, participant, command)
    choose(changes, service.accountSid, command, now)
    if (answer) changes.answered(answer)
    const place = { conversationSid: conversation.sid, participantSid: participant.sid }
    return { changes, result: { received: { ...place, ...message, isBeginning: false } } }
  },
})

interface BeginFacts {
  readonly creation: CreateFacts
  readonly service: ServiceRecord
  readonly taken: ConversationRecord | undefined
  readonly plan: AutoCreation | undefined
  readonly files: readonly (MediaRecord | undefined)[]
  /** Numbers of the account among those who got it. */
  readonly own: ReadonlySet<string>
  readonly answer: AnswerDraft | undefined
}

/** A message that begins a conversation, as the configuration of its address says, with the one who wrote it. */
export const beginConversation = handler<'message.begin', BeginFacts>({
  scopes: (_actor, command): Scope[] => [{ addresses: pairOf(command) }, ...groupScope(command)],
  async facts(reads, actor, command, _given, context) {
    const creation = await creationFacts(reads, actor, {})
    if (creation instanceof Refusal) return creation
    const service = await serviceOf(reads, actor)
    const [taken, plan] = [await openPlaceOf(reads, service, command), await planOf(reads, service, command)]
    const own = await ownAmong(reads, service, command)
    const answer = await context.answers?.due(reads, service.accountSid, command, context.now)
    return { creation, service, taken, plan, own, answer, files: await mediaRecords(reads, command.media ?? []) }
  },
  decide({ creation, service, taken, plan, own, files, answer }, command, context, given) {
    if (taken || !plan) return { changes: new Changes(), result: NOTHING_YET }
    const { friendlyName } = command
    const changes = decideCreation(creation, friendlyName === undefined ? {} : { friendlyName }, context, {})
    if (changes instanceof Refusal) return changes
    const attached = checkInbound(command, { service, files }, context, given.author)
    if (attached instanceof Refusal) return attached
    const begun = changes
    const { now, makeSid } = context
    const participant = enterWith(begun, command, { service, own }, context)
    const conversationSid = begun.conversation.sid
    const message = say(begun, saidBy(participant, command, given.author, now), now, attached)
    continueThread(begun, participant, command)
    choose(begun, service.accountSid, command, now)
    if (answer) begun.answered(answer)
    if (plan.webhook) {
      begun.webhookAttached(scopedWebhook(service, { sid: makeSid('webhook'), conversationSid, ...plan.webhook }, now))
    }
    const place = { conversationSid, participantSid: participant.sid }
    return { changes: begun, result: { received: { ...place, ...message, isBeginning: true } } }
  },
})

/** What the configuration of the address that a message came to says about it. */
export async function planOf(
  reads: Reads,
  { accountSid }: Pick<ServiceRecord, 'accountSid'>,
  inbound: InboundMessage,
): Promise<AutoCreation | undefined> {
  return autoCreationOf(await reads.addressConfigurationOf(accountSid, pairOf(inbound).proxyAddress))
}

/**
 * Carriers set sizes of their own; ours for texts to them do not hold for texts from them.
 *
 * @returns the files that go into the message, or why it cannot be taken
 */
function checkInbound(
  inbound: InboundMessage,
  { service, files }: Pick<BeginFacts, 'service' | 'files'>,
  { mediaLimits = MEDIA_LIMITS }: Context,
  author = '',
): readonly MediaRecord[] | Refusal {
  const { body, attributes, channelMessageSid, media = [] } = inbound
  if (channelMessageSid.length > LIMITS.channelMessageSidCharacters || channelMessageSid === '')
    return new Refusal('parameter-invalid', { field: 'channelMessageSid' })
  if (body === '' && media.length === 0) return new Refusal('body-missing')
  if (exceedsBytes(body, LIMITS.bodyBytes)) return new Refusal('body-too-long', { limit: LIMITS.bodyBytes })
  const refusal = checkAddresses(inbound) ?? checkAuthor(author) ?? checkAttributes(attributes, LIMITS.messageAttributesBytes)
  // They were taken in for this message.
  const actor = { kind: 'back-end', serviceSid: service.sid, identity: SYSTEM_IDENTITY } as const
  return refusal ?? attachable(actor, media, files, mediaLimits)
}

function saidBy(participant: ParticipantRecord, inbound: InboundMessage, author: string | undefined, now: number) {
  const { body, subject, attributes, channelMessageSid: key, isAutomatic } = inbound
  const name = author ?? participant.binding?.address ?? ''
  const dates = { dateCreated: now, dateUpdated: now }
  return { author: name, participant, body: body || null, subject, attributes, key, isKeptInside: isAutomatic, ...dates }
}

/** What a machine of theirs wrote begins no thread for them. */
function continueThread(changes: Changes, participant: ParticipantRecord, { threadName, isAutomatic }: InboundMessage): void {
  if (threadName !== undefined && !isAutomatic) changes.threadContinued(participant, threadName)
}

function receivedOf({ conversationSid, index, sid }: MessageRecord, participant: ParticipantRecord): ReceivedMessage {
  return { conversationSid, participantSid: participant.sid, index, sid, isBeginning: false }
}
