import type {
  ConversationProgress,
  Import,
  ImportPlace,
  ImportProblem,
  SourceConversation,
  SourceMessage,
  SourceParticipant,
} from '@conversa/core'
import { importFiles } from './import-files.ts'
import type { Source, SourcePage } from './source.ts'
import { SourceMissing } from './source-client.ts'

/** What bringing conversations over needs. */
export interface ConversationImport {
  readonly importer: Import
  readonly source: Source
  /** Whether webhooks are brought along. */
  readonly withWebhooks: boolean
  /** Hears how many messages came. */
  readonly arrived: (messages: number) => void
}

/** Why a conversation did not come over, or not wholly. */
export interface NotImported {
  readonly reason: string
}

/**
 * Brings one conversation over, or the rest of it: messages page by page, then who is in it, then its timers and webhooks.
 *
 * @returns undefined when all of it is there
 * @throws SourceRefused, SourceUnavailable
 */
export async function importConversation(
  context: ConversationImport,
  place: ImportPlace,
  conversation: SourceConversation,
): Promise<NotImported | undefined> {
  const { importer, source } = context
  try {
    const standing = await importer.standing(place)
    if ('reason' in standing) return standing
    if (standing.stage === 'complete') return undefined
    const members = await membersOf(source, place)
    const begun = await importer.begin(place, conversation, members.createdBy)
    if ('reason' in begun) return begun
    const readTo = members.participants.reduce((most, one) => Math.max(most, one.lastReadMessageIndex ?? -1), -1)
    const progress = begun.stage === 'messages' ? await importMessages(context, place, begun, readTo) : begun
    if ('reason' in progress) return progress
    const webhooks = context.withWebhooks ? await source.webhooks(place.serviceSid, place.conversationSid) : NO_WEBHOOKS
    const problems = [...members.problems, ...unfit('webhook', webhooks)]
    await importer.finish(place, progress, {
      conversation,
      participants: members.participants,
      webhooks: webhooks.items,
      problems,
    })
    return undefined
  } catch (error) {
    if (error instanceof SourceMissing) return { reason: `it cannot be read: ${error.message}` }
    throw error
  }
}

const NO_WEBHOOKS = { items: [], unfit: [], next: null }

interface Members {
  readonly participants: readonly SourceParticipant[]
  readonly createdBy: string | null
  readonly problems: readonly ImportProblem[]
}

/** Who is in a conversation. What is shown to a member alone is asked for one by one: lists of it are only per user. */
async function membersOf(source: Source, { serviceSid, conversationSid }: ImportPlace): Promise<Members> {
  const listed = await source.participants(serviceSid, conversationSid)
  const memberships = await Promise.all(
    listed.items.map(({ identity }) =>
      identity === null ? undefined : source.membership(serviceSid, conversationSid, identity),
    ),
  )
  const participants = listed.items.map((one, at) => ({
    ...one,
    notificationLevel: memberships[at]?.notification_level ?? ('default' as const),
  }))
  const unshown = listed.items.filter(({ identity }, at) => identity !== null && !memberships[at])
  const problems = unshown.map(({ sid }): ImportProblem => {
    const reason = 'the source does not say whether it is muted: taken as not'
    return { resource: 'participant', sid, reason, isLost: false }
  })
  const createdBy = memberships.find((one) => one?.created_by)?.created_by ?? null
  return { participants, createdBy, problems: [...unfit('participant', listed), ...problems] }
}

async function importMessages(
  context: ConversationImport,
  place: ImportPlace,
  begun: ConversationProgress,
  readTo: number,
): Promise<ConversationProgress | NotImported> {
  const { importer, arrived } = context
  let progress = begun
  for await (const page of pagesFrom(context.source, place, begun.page)) {
    const messages: SourceMessage[] = []
    const problems = [...unfit('message', page)]
    for (const { hasTemplate, ...listed } of page.items) {
      if (listed.index < progress.nextIndex) continue
      const { message, problems: missing } = await withFilesAndReceipts(context, place, listed)
      messages.push(message)
      problems.push(...missing)
      if (hasTemplate) problems.push({ ...problemOf(listed, 'its content template is not kept, its text is'), isLost: false })
    }
    const next = await importer.messages(place, progress, { messages, next: page.next, readTo, problems })
    if ('reason' in next) return next
    progress = next
    arrived(messages.length)
  }
  return progress
}

/** A page token of an earlier run may have ended: then the list is read again from its beginning, and what is known is passed over. */
async function* pagesFrom(source: Source, { serviceSid, conversationSid }: ImportPlace, from: string | null) {
  let isBegun = false
  try {
    for await (const page of source.messages(serviceSid, conversationSid, from)) {
      isBegun = true
      yield page
    }
  } catch (error) {
    if (!(error instanceof SourceMissing) || isBegun || from === null) throw error
    yield* source.messages(serviceSid, conversationSid, null)
  }
}

async function withFilesAndReceipts(
  { importer, source }: ConversationImport,
  { serviceSid, conversationSid }: ImportPlace,
  listed: SourceMessage,
): Promise<{ readonly message: SourceMessage; readonly problems: readonly ImportProblem[] }> {
  const found = await importFiles(importer, source, serviceSid, listed)
  if (!listed.delivery) return found
  const receipts = await source.receipts(serviceSid, conversationSid, listed.sid)
  const problems = [...found.problems, ...unfit('receipt', receipts)]
  return { message: { ...found.message, receipts: receipts.items }, problems }
}

function unfit(resource: ImportProblem['resource'], page: SourcePage<unknown>): readonly ImportProblem[] {
  return page.unfit.map(({ sid, reason }) => ({ resource, sid, reason, isLost: true }))
}

function problemOf({ sid }: SourceMessage, reason: string): Omit<ImportProblem, 'isLost'> {
  return { resource: 'message', sid, reason }
}
