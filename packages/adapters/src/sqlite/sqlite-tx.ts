import type { DatabaseSync } from 'node:sqlite'
import type {
  AccountRecord,
  AddressConfigurationRecord,
  AddressPair,
  ChannelPartRecord,
  ContentTemplateRecord,
  ConversationRecord,
  KeptAnswer,
  MediaRecord,
  MessageRecord,
  OptOutAnswerRecord,
  OptOutRecord,
  OutboxDraft,
  ParticipantRecord,
  PushCredentialRecord,
  PushRegistrationRecord,
  ReceiptRecord,
  RoleRecord,
  ServiceRecord,
  Tx,
  UserRecord,
  WebhookRecord,
} from '@conversa/core'
import type { ConversationEvent, UserEvent } from '@conversa/protocol'
import type { Backend } from '../group-commit.ts'
import { SqliteReads } from './sqlite-reads.ts'
import { explain, SqliteTransaction } from './sqlite-transaction.ts'
import type { Statements } from './statements.ts'
import { SqliteTables } from './tables/sqlite-tables.ts'

/** The transaction of the SQLite store. */
export class SqliteTx extends SqliteReads implements Backend, Tx {
  readonly tx: Tx = this
  readonly #transaction: SqliteTransaction
  readonly #removed: () => void

  /** @param removed hears that a conversation was removed and left rows to sweep */
  constructor(database: DatabaseSync, statements: Statements, removed: () => void) {
    super(new SqliteTables(statements))
    this.#removed = removed
    this.#transaction = new SqliteTransaction(database)
  }

  begin(): void {
    this.#transaction.begin()
  }

  commit(): void {
    this.tables.conversations.flush()
    this.#transaction.commit()
  }

  /** Undoes the group, and forgets what was read and written within it: it may never have been. */
  rollback(): void {
    for (const table of [
      this.tables.services,
      this.tables.users,
      this.tables.conversations,
      this.tables.participants,
      this.tables.webhooks,
      this.tables.answers,
    ])
      table.forget()
    this.#transaction.rollback()
  }

  explain = explain

  saveAccount(record: AccountRecord): void {
    this.tables.accounts.save(record)
  }

  saveService(record: ServiceRecord): void {
    this.tables.services.saveService(record)
  }

  removeService(record: ServiceRecord): void {
    this.tables.webhooks.remove(record.sid)
    this.tables.services.removeService(record)
  }

  removeRole(record: RoleRecord): void {
    this.tables.services.removeRole(record)
  }

  removeUser(record: UserRecord): void {
    this.tables.users.remove(record)
  }

  saveRole(record: RoleRecord): void {
    this.tables.services.saveRole(record)
  }

  saveUser(record: UserRecord): void {
    this.tables.users.save(record)
  }

  saveConversation(record: ConversationRecord): void {
    this.tables.conversations.save(record)
  }

  removeConversation(record: ConversationRecord): void {
    this.tables.webhooks.removeOfConversation(record.sid)
    this.tables.conversations.remove(record)
    this.#removed()
  }

  saveParticipant(record: ParticipantRecord): void {
    this.tables.participants.save(this.tables.conversations.idOf(record.conversationSid), this.#userIdOf(record), record)
  }

  removeParticipant(record: ParticipantRecord): void {
    this.tables.participants.remove(this.tables.conversations.idOf(record.conversationSid), this.#userIdOf(record), record)
  }

  addMessage(record: MessageRecord): void {
    this.tables.messages.add(this.tables.conversations.idOf(record.conversationSid), record)
  }

  saveMessage(record: MessageRecord): void {
    this.tables.messages.save(this.tables.conversations.idOf(record.conversationSid), record)
  }

  saveReceipt(record: ReceiptRecord): void {
    this.tables.receipts.save(this.tables.conversations.idOf(record.conversationSid), record)
  }

  removeReceipts(conversationSid: string, index: number): void {
    this.tables.receipts.remove(this.tables.conversations.idOf(conversationSid), index)
  }

  saveChannelPart(record: ChannelPartRecord): void {
    this.tables.channelParts.save(record)
  }

  removeChannelParts(adapter: string, message: string): void {
    this.tables.channelParts.remove(adapter, message)
  }

  removeOldChannelParts(before: number): void {
    this.tables.channelParts.removeOld(before)
  }

  saveOptOutAnswer(record: OptOutAnswerRecord): void {
    this.tables.optOuts.saveAnswer(record)
  }

  removeOldOptOutAnswers(through: number): void {
    this.tables.optOuts.removeOldAnswers(through)
  }

  saveOptOut(record: OptOutRecord): void {
    this.tables.optOuts.save(record)
  }

  removeOptOut(accountSid: string, addresses: AddressPair): void {
    this.tables.optOuts.remove(accountSid, addresses)
  }

  logConversationEvent(event: ConversationEvent): void {
    this.tables.conversations.log(event)
  }

  logUserEvent(serviceSid: string, event: UserEvent): void {
    this.tables.users.log(serviceSid, event)
  }

  keepAnswer(owner: string, key: string, answer: KeptAnswer): void {
    this.tables.answers.keep(owner, key, answer)
  }

  forgetAnswers(before: number, limit: number): void {
    this.tables.answers.removeExpired(before, limit)
  }

  saveMedia(record: MediaRecord): void {
    this.tables.media.save(record, record.message && this.tables.conversations.idOf(record.message.conversationSid))
  }

  removeMedia(sid: string): void {
    this.tables.media.remove(sid)
  }

  savePushRegistration(record: PushRegistrationRecord): void {
    this.tables.pushRegistrations.save(record)
  }

  removePushRegistration(sid: string): void {
    this.tables.pushRegistrations.remove(sid)
  }

  saveAddressConfiguration(record: AddressConfigurationRecord): void {
    this.tables.addressConfigurations.save(record)
  }

  removeAddressConfiguration(sid: string): void {
    this.tables.addressConfigurations.remove(sid)
  }

  savePushCredential(record: PushCredentialRecord): void {
    this.tables.pushCredentials.save(record)
  }

  saveContentTemplate(record: ContentTemplateRecord): void {
    this.tables.contentTemplates.save(record)
  }

  removePushCredential(sid: string): void {
    this.tables.pushCredentials.remove(sid)
  }

  removeContentTemplate(sid: string): void {
    this.tables.contentTemplates.remove(sid)
  }

  saveWebhook(record: WebhookRecord): void {
    this.tables.webhooks.save(record)
  }

  removeWebhook({ sid }: WebhookRecord): void {
    this.tables.webhooks.remove(sid)
  }

  /** One process has the store, and with it every lease. */
  requireLease(): void {}

  addEntry(draft: OutboxDraft): void {
    this.tables.outbox.add(draft)
  }

  saveEntry(entry: Parameters<Tx['saveEntry']>[0]): void {
    this.tables.outbox.save(entry)
  }

  removeEntry(id: number): void {
    this.tables.outbox.remove(id)
  }

  #userIdOf({ conversationSid, identity }: ParticipantRecord): number | null {
    const serviceSid = this.tables.conversations.find(conversationSid)?.record.serviceSid
    if (identity === null || serviceSid === undefined) return null
    return this.tables.users.find({ serviceSid, identity })?.id ?? null
  }
}
