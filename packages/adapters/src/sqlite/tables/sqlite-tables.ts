import type { Statements } from '../statements.ts'
import { AccountTable } from './account-table.ts'
import { AddressConfigurationTable } from './address-configuration-table.ts'
import { ChannelPartTable } from './channel-part-table.ts'
import { ContentTemplateTable } from './content-template-table.ts'
import { ConversationTable } from './conversation-table.ts'
import { MediaTable } from './media-table.ts'
import { MessageTable } from './message-table.ts'
import { OptOutTable } from './opt-out-table.ts'
import { OutboxTable } from './outbox-table.ts'
import { ParticipantTable } from './participant-table.ts'
import { PushCredentialTable } from './push-credential-table.ts'
import { PushRegistrationTable } from './push-registration-table.ts'
import { ReceiptTable } from './receipt-table.ts'
import { AnswerTable, ServiceTable } from './service-table.ts'
import { UserTable } from './user-table.ts'
import { WebhookTable } from './webhook-table.ts'

/** All tables of a database, with their prepared statements. */
export class SqliteTables {
  readonly accounts: AccountTable
  readonly services: ServiceTable
  readonly users: UserTable
  readonly conversations: ConversationTable
  readonly participants: ParticipantTable
  readonly messages: MessageTable
  readonly receipts: ReceiptTable
  readonly answers: AnswerTable
  readonly media: MediaTable
  readonly pushRegistrations: PushRegistrationTable
  readonly addressConfigurations: AddressConfigurationTable
  readonly pushCredentials: PushCredentialTable
  readonly contentTemplates: ContentTemplateTable
  readonly webhooks: WebhookTable
  readonly optOuts: OptOutTable
  readonly channelParts: ChannelPartTable
  readonly outbox: OutboxTable

  constructor(database: Statements) {
    this.accounts = new AccountTable(database)
    this.services = new ServiceTable(database)
    this.users = new UserTable(database)
    this.conversations = new ConversationTable(database)
    this.participants = new ParticipantTable(database)
    this.messages = new MessageTable(database)
    this.receipts = new ReceiptTable(database)
    this.answers = new AnswerTable(database)
    this.media = new MediaTable(database)
    this.pushRegistrations = new PushRegistrationTable(database)
    this.addressConfigurations = new AddressConfigurationTable(database)
    this.pushCredentials = new PushCredentialTable(database)
    this.contentTemplates = new ContentTemplateTable(database)
    this.webhooks = new WebhookTable(database)
    this.optOuts = new OptOutTable(database)
    this.channelParts = new ChannelPartTable(database)
    this.outbox = new OutboxTable(database)
  }
}
