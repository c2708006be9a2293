import { isSidOf, type Reachability } from '@conversa/protocol'
import { serviceOf } from '../commands/access.ts'
import { accountOf } from '../commands/account.ts'
import { findAddressConfiguration } from '../commands/address-configuration.ts'
import { findContentTemplate } from '../commands/content-template.ts'
import { findParticipant } from '../commands/participant.ts'
import { credentialFor, findPushCredential, type PushCredential, pushCredentialView } from '../commands/push-credential.ts'
import { findRole } from '../commands/role.ts'
import { messagesAbove } from '../commands/views.ts'
import { findConversationWebhook, unset } from '../commands/webhook.ts'
import type {
  AddressConfigurationRange,
  Awaitable,
  ConversationRange,
  MembershipRow,
  ParticipationCursor,
  PushRegistrationRange,
  Reads,
} from '../ports/store.ts'
import type { BackEnd } from '../records/actor.ts'
import { canonicalAddress } from '../records/address.ts'
import type {
  AccountRecord,
  AddressConfigurationRecord,
  ContentTemplateRecord,
  ConversationRecord,
  MessageRecord,
  ParticipantRecord,
  PushRegistrationRecord,
  ReceiptRecord,
  RoleRecord,
  ServiceRecord,
  UserRecord,
  WebhookRecord,
} from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { findConversationNamed, findUserNamed } from './names.ts'
import type { UserReachability } from './reachability.ts'

/** A question of a back end: it sees everything in its service, so what it is shown are the records. */
export type Inquiry<Shown extends object> = (reads: Reads, actor: BackEnd, context: InquiryContext) => Awaitable<Shown | Refusal>

/** What answering may use besides what is stored. */
export interface InquiryContext {
  readonly reachability: Pick<UserReachability, 'of'>
}

/** A user, and whether they can be reached; null while that is not told (rest-and-semantics 3.12). */
export interface ReachedUser {
  readonly user: UserRecord
  readonly reachability: Reachability | null
}

/** A device, and what is pushed to it with; null while the account has nothing for its channel. */
export interface PushBinding extends PushRegistrationRecord {
  readonly credentialSid: string | null
}

/** One page of a list, and whether there is more. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly more: boolean
}

/** What a carrier reported, and of which message. */
export interface DeliveryReceipt {
  readonly receipt: ReceiptRecord
  readonly messageSid: string
}

/** A user in a conversation, as both of them and the membership say it. */
export interface Membership extends MembershipRow {
  readonly user: UserRecord
  /** Messages above the horizon; null while there is none. */
  readonly unread: number | null
}

/** Somebody in a conversation; undefined is the user of who is not in the app. */
export interface Participation extends MembershipRow {
  readonly user: UserRecord | undefined
}

type Listed<Item extends object> = Inquiry<Page<Item>>

/** Everything that back ends ask. Conversations, users and participants go by their SIDs or by their names. */
export const INQUIRIES = {
  /** What an account has set; a default service that is gone is none. */
  account: (): Inquiry<AccountRecord> => async (reads, actor) => {
    const account = await accountOf(reads, actor)
    const service = account.defaultServiceSid === null ? undefined : await reads.service(account.defaultServiceSid)
    return { ...account, defaultServiceSid: service?.sid ?? null }
  },
  /** @param name a SID or the address */
  addressConfiguration:
    (name: string): Inquiry<AddressConfigurationRecord> =>
    (reads, actor) =>
      findAddressConfiguration(reads, actor, name),
  addressConfigurations:
    (range: AddressConfigurationRange): Listed<AddressConfigurationRecord> =>
    async (reads, actor) => {
      const { accountSid } = await serviceOf(reads, actor)
      return page(await reads.addressConfigurations(accountSid, { ...range, limit: range.limit + 1 }), range.limit)
    },
  contentTemplate:
    (sid: string): Inquiry<ContentTemplateRecord> =>
    (reads, actor) =>
      findContentTemplate(reads, actor, sid),
  contentTemplates:
    (after: string | undefined, limit: number): Listed<ContentTemplateRecord> =>
    async (reads, actor) => {
      const { accountSid } = await serviceOf(reads, actor)
      return page(await reads.contentTemplates(accountSid, after, limit + 1), limit)
    },
  conversation:
    (name: string): Inquiry<ConversationRecord> =>
    (reads, actor) =>
      findConversationNamed(reads, actor, name),
  conversations:
    (range: ConversationRange): Listed<ConversationRecord> =>
    async (reads, { serviceSid }) =>
      page(await reads.conversations(serviceSid, { ...range, limit: range.limit + 1 }), range.limit),
  message:
    (conversation: string, sid: string): Inquiry<MessageRecord> =>
    async (reads, actor) => {
      const room = await findConversationNamed(reads, actor, conversation)
      return room instanceof Refusal ? room : messageBySid(reads, room, sid)
    },
  /** @param from the first index to look at; undefined is the oldest or, backwards, the newest */
  messages:
    (
      conversation: string,
      { from, direction, limit }: { from?: number | undefined; direction: 'backwards' | 'forward'; limit: number },
    ): Listed<MessageRecord> =>
    async (reads, actor) => {
      const room = await findConversationNamed(reads, actor, conversation)
      if (room instanceof Refusal) return room
      const start = from ?? (direction === 'forward' ? 0 : Number.MAX_SAFE_INTEGER)
      return page(await reads.messages(room.sid, { from: start, direction, limit: limit + 1 }), limit)
    },
  receipt:
    (conversation: string, message: string, sid: string): Inquiry<DeliveryReceipt> =>
    async (reads, actor) => {
      const receipts = await receiptsOf(reads, actor, conversation, message)
      if (receipts instanceof Refusal) return receipts
      return receipts.find(({ receipt }) => receipt.sid === sid) ?? new Refusal('resource-not-found')
    },
  /** What carriers reported of a message, one for each participant outside of the app. */
  receipts:
    (conversation: string, message: string, after: string | undefined, limit: number): Listed<DeliveryReceipt> =>
    async (reads, actor) => {
      const receipts = await receiptsOf(reads, actor, conversation, message)
      if (receipts instanceof Refusal) return receipts
      return page(after === undefined ? receipts : receipts.filter(({ receipt }) => receipt.sid > after), limit)
    },
  participant:
    (conversation: string, name: string): Inquiry<ParticipantRecord> =>
    async (reads, actor) => {
      const room = await findConversationNamed(reads, actor, conversation)
      if (room instanceof Refusal) return room
      return (await findParticipant(reads, room.sid, name)) ?? new Refusal('participant-not-found')
    },
  participants:
    (conversation: string, after: string | undefined, limit: number): Listed<ParticipantRecord> =>
    async (reads, actor) => {
      const room = await findConversationNamed(reads, actor, conversation)
      return room instanceof Refusal ? room : page(await reads.participants(room.sid, after, limit + 1), limit)
    },
  user:
    (name: string): Inquiry<ReachedUser> =>
    async (reads, actor, { reachability }) => {
      const user = await findUserNamed(reads, actor, name)
      return user instanceof Refusal ? user : { user, reachability: await reachability.of(reads, user) }
    },
  /** Lists do not say who can be reached. */
  users:
    (after: string | undefined, limit: number): Listed<ReachedUser> =>
    async (reads, { serviceSid }) => {
      const { items, more } = page(await reads.users(serviceSid, after, limit + 1), limit)
      return { items: items.map((user) => ({ user, reachability: null })), more }
    },
  membership:
    (user: string, conversation: string): Inquiry<Membership> =>
    async (reads, actor) => {
      const [person, room] = [await findUserNamed(reads, actor, user), await findConversationNamed(reads, actor, conversation)]
      if (person instanceof Refusal) return person
      if (room instanceof Refusal) return room
      const participant = await reads.participantOf(room.sid, person.identity)
      return participant ? counted(reads, person, { conversation: room, participant }) : new Refusal('participant-not-found')
    },
  /** The conversations of a user, in the order of their SIDs. */
  memberships:
    (user: string, after: string | undefined, limit: number): Listed<Membership> =>
    async (reads, actor) => {
      const person = await findUserNamed(reads, actor, user)
      return person instanceof Refusal ? person : membershipsOf(reads, person, after, limit)
    },
  /** Where somebody is, by their identity or by their address; who is not known is nowhere. */
  participations:
    (
      { identity, address }: { identity?: string | undefined; address?: string | undefined },
      after: ParticipationCursor | undefined,
      limit: number,
    ): Listed<Participation> =>
    async (reads, { serviceSid }) => {
      if (identity !== undefined && address !== undefined) return new Refusal('identity-and-address')
      if (address !== undefined) {
        const rows = await reads.participationsAt(serviceSid, canonicalAddress(address), after, limit + 1)
        return page(
          rows.map((row) => ({ ...row, user: undefined })),
          limit,
        )
      }
      if (identity === undefined) return new Refusal('parameter-invalid', { field: 'Identity' })
      const user = await reads.user({ serviceSid, identity })
      return user ? membershipsOf(reads, user, after?.conversationSid, limit) : { items: [], more: false }
    },
  /** What the account pushes with, without its secrets. */
  pushCredential:
    (sid: string): Inquiry<PushCredential> =>
    async (reads, actor) => {
      const found = await findPushCredential(reads, actor, sid)
      return found instanceof Refusal ? found : pushCredentialView(found)
    },
  pushCredentials:
    (after: string | undefined, limit: number): Listed<PushCredential> =>
    async (reads, actor) => {
      const { accountSid } = await serviceOf(reads, actor)
      return page((await reads.pushCredentials(accountSid, after, limit + 1)).map(pushCredentialView), limit)
    },
  pushRegistration:
    (sid: string): Inquiry<PushBinding> =>
    async (reads, actor) => {
      const found = await reads.pushRegistrationBySid(actor.serviceSid, sid)
      const [binding] = found ? await bindingsOf(reads, actor, [found]) : []
      return binding ?? new Refusal('resource-not-found')
    },
  pushRegistrations:
    (range: PushRegistrationRange): Listed<PushBinding> =>
    async (reads, actor) => {
      const found = await reads.servicePushRegistrations(actor.serviceSid, { ...range, limit: range.limit + 1 })
      return page(await bindingsOf(reads, actor, found), range.limit)
    },
  role:
    (sid: string): Inquiry<RoleRecord> =>
    (reads, actor) =>
      findRole(reads, actor, sid),
  roles:
    (after: string | undefined, limit: number): Listed<RoleRecord> =>
    async (reads, { serviceSid }) => {
      const roles = [...(await reads.roles(serviceSid)).values()].sort((a, b) => (a.sid < b.sid ? -1 : 1))
      return page(after === undefined ? roles : roles.filter(({ sid }) => sid > after), limit)
    },
  /** The webhook of the account or of the service, set or not. */
  webhooks:
    (level: 'account' | 'service'): Inquiry<WebhookRecord> =>
    async (reads, actor) => {
      const service = await serviceOf(reads, actor)
      const sid = level === 'account' ? service.accountSid : service.sid
      return (await reads.webhook(sid)) ?? unset(service, level, service.dateUpdated)
    },
  conversationWebhook:
    (conversation: string, webhookSid: string): Inquiry<WebhookRecord> =>
    async (reads, actor) => {
      const room = await findConversationNamed(reads, actor, conversation)
      if (room instanceof Refusal) return room
      return findConversationWebhook(reads, actor, { conversationSid: room.sid, webhookSid })
    },
  conversationWebhooks:
    (conversation: string, after: string | undefined, limit: number): Listed<WebhookRecord> =>
    async (reads, actor) => {
      const room = await findConversationNamed(reads, actor, conversation)
      if (room instanceof Refusal) return room
      const all = await reads.conversationWebhooks(room.sid)
      return page(after === undefined ? all : all.filter(({ sid }) => sid > after), limit)
    },
  service: (): Inquiry<ServiceRecord> => serviceOf,
  /** A service of the account, just made. */
  serviceMade:
    (sid: string): Inquiry<ServiceRecord> =>
    async (reads) =>
      (await reads.service(sid)) ?? new Refusal('service-not-found'),
  services:
    (after: string | undefined, limit: number): Listed<ServiceRecord> =>
    async (reads, actor) => {
      const { accountSid } = await serviceOf(reads, actor)
      return page(await reads.services(accountSid, after, limit + 1), limit)
    },
}

function page<Item>(rows: readonly Item[], limit: number): Page<Item> {
  return { items: rows.slice(0, limit), more: rows.length > limit }
}

async function bindingsOf(
  reads: Reads,
  actor: BackEnd,
  registrations: readonly PushRegistrationRecord[],
): Promise<PushBinding[]> {
  const { accountSid } = await serviceOf(reads, actor)
  const credentials = new Map<string, string | null>()
  const nameOf = ({ channelType, credentialSid }: PushRegistrationRecord) => `${channelType} ${credentialSid}`
  for (const each of registrations) {
    if (credentials.has(nameOf(each))) continue
    const found = await credentialFor(reads, accountSid, each.channelType, each.credentialSid)
    credentials.set(nameOf(each), found?.sid ?? null)
  }
  return registrations.map((each) => ({ ...each, credentialSid: credentials.get(nameOf(each)) ?? null }))
}

async function receiptsOf(
  reads: Reads,
  actor: BackEnd,
  conversation: string,
  messageSid: string,
): Promise<readonly DeliveryReceipt[] | Refusal> {
  const room = await findConversationNamed(reads, actor, conversation)
  const message = room instanceof Refusal ? room : await messageBySid(reads, room, messageSid)
  if (message instanceof Refusal) return message
  const receipts = message.delivery ? await reads.receipts(message.conversationSid, message.index) : []
  return receipts.map((receipt) => ({ receipt, messageSid: message.sid }))
}

async function messageBySid(
  reads: Reads,
  { sid: conversationSid }: ConversationRecord,
  sid: string,
): Promise<MessageRecord | Refusal> {
  const message = isSidOf('message', sid) ? await reads.messageBySid(conversationSid, sid) : undefined
  return message && !message.removed ? message : new Refusal('message-not-found')
}

async function membershipsOf(
  reads: Reads,
  user: UserRecord,
  after: string | undefined,
  limit: number,
): Promise<Page<Membership>> {
  const { items, more } = page(await reads.membershipsBySid(user, after, limit + 1), limit)
  const memberships: Membership[] = []
  for (const item of items) memberships.push(await counted(reads, user, item))
  return { items: memberships, more }
}

async function counted(reads: Reads, user: UserRecord, { conversation, participant }: MembershipRow): Promise<Membership> {
  const horizon = participant.lastReadMessageIndex
  const unread = horizon === null ? null : await messagesAbove(reads, conversation, horizon)
  return { user, conversation, participant, unread }
}
