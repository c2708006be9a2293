import type { Import, ImportProblem, SourceConversation } from '@conversa/core'
import { importConversation } from './import-conversation.ts'
import type { Progress } from './progress.ts'
import type { Report } from './report.ts'
import type { Source } from './source.ts'
import { SourceMissing } from './source-client.ts'

/** What a whole import needs. */
export interface ServicesImport {
  readonly importer: Import
  readonly source: Source
  /** The account here that everything belongs to from now on. */
  readonly accountSid: string
  readonly withWebhooks: boolean
  /** Conversations under way at the same time. */
  readonly atOnce: number
  readonly progress: Progress
  readonly report: Report
}

/**
 * Brings services over, one after another, and holds each against what the source listed.
 *
 * @param chosen SIDs of services; all of the account when it is empty
 * @throws SourceRefused, SourceUnavailable; another run then goes on from here
 */
export async function importServices(context: ServicesImport, chosen: readonly string[]): Promise<void> {
  const { source, report } = context
  const sids = chosen.length > 0 ? chosen : await allServices(context)
  for (const sid of sids) {
    report.listed('services')
    try {
      await importService(context, sid)
      report.services.push(sid)
    } catch (error) {
      if (!(error instanceof SourceMissing)) throw error
      report.add([{ resource: 'service', sid, reason: `it cannot be read: ${error.message}`, isLost: true }])
    }
  }

  async function allServices({ report }: ServicesImport): Promise<readonly string[]> {
    const listed = await source.services()
    report.add(listed.unfit.map((one) => ({ resource: 'service', isLost: true, ...one })))
    return listed.items.map(({ sid }) => sid)
  }
}

async function importService(context: ServicesImport, sid: string): Promise<void> {
  const { importer, source, accountSid, withWebhooks, report, progress } = context
  const pass = await importer.beginPass(sid)
  progress.say(`${sid}: pass ${pass.number}`)
  const roles = await source.roles(sid)
  const hooks = withWebhooks ? await source.hooks(sid) : undefined
  const service = await source.service(sid)
  const problems = await importer.service(accountSid, { service, roles: roles.items, hooks })
  report.add(problems)
  report.add(roles.unfit.map((one) => ({ resource: 'role', isLost: true, ...one })))
  if (problems.some(({ resource, isLost }) => resource === 'service' && isLost)) return
  report.stored('services')
  report.listed('roles', roles.items.length + roles.unfit.length)
  report.stored('roles', roles.items.length)
  await importUsers(context, sid)
  const isWhole = await importConversations(context, sid, pass.number)
  // Whether something is gone can only be said when all that is there was looked at.
  if (isWhole) report.removed += await importer.removeGone(sid, pass.number)
  await check(context, sid, pass.number)
  await importer.endPass(sid, pass)
}

async function importUsers({ importer, source, report }: ServicesImport, serviceSid: string): Promise<void> {
  for await (const { items, unfit } of source.users(serviceSid)) {
    const problems = await importer.users(serviceSid, items)
    report.listed('users', items.length + unfit.length)
    report.stored('users', items.length - new Set(problems.map(({ sid }) => sid)).size)
    report.add([...problems, ...unfit.map((one): ImportProblem => ({ resource: 'user', isLost: true, ...one }))])
  }
}

/** @returns whether every conversation that is listed was brought over */
async function importConversations(context: ServicesImport, serviceSid: string, pass: number): Promise<boolean> {
  const { source, report, progress, atOnce } = context
  progress.begin(progress.isTerminal ? await countOf(source, serviceSid) : undefined)
  const underWay = new Set<Promise<void>>()
  const inHand = new Set<string>()
  const failures: unknown[] = []
  let isWhole = true
  const lose = (sid: string, reason: string) => {
    isWhole = false
    report.listed('conversations')
    report.add([{ resource: 'conversation', sid, reason, isLost: true }])
  }
  const bring = async (conversation: SourceConversation) => {
    const room = { ...context, arrived: (messages: number) => progress.messages(messages) }
    const place = { serviceSid, conversationSid: conversation.sid, pass }
    const missed = await importConversation(room, place, conversation)
    inHand.delete(conversation.sid)
    if (missed) lose(conversation.sid, missed.reason)
    progress.conversation()
  }
  for await (const { items, unfit } of source.conversations(serviceSid)) {
    for (const { sid, reason } of unfit) lose(sid, reason)
    for (const conversation of items) {
      // Listed twice, it is brought over once.
      if (inHand.has(conversation.sid)) continue
      inHand.add(conversation.sid)
      const task = bring(conversation).catch((error: unknown) => void failures.push(error))
      const tracked = task.finally(() => underWay.delete(tracked))
      underWay.add(tracked)
      if (underWay.size >= atOnce) await Promise.race(underWay)
      if (failures.length > 0) break
    }
    if (failures.length > 0) break
  }
  await Promise.all(underWay)
  progress.end()
  if (failures.length > 0) throw failures[0]
  return isWhole
}

async function countOf(source: Source, serviceSid: string): Promise<number> {
  let count = 0
  for await (const { items, unfit } of source.conversations(serviceSid)) count += items.length + unfit.length
  return count
}

/** Reads everything again from the store. */
async function check({ importer, report }: ServicesImport, serviceSid: string, pass: number): Promise<void> {
  for await (const { conversation, listed, stored, differences, ...found } of importer.check(serviceSid, pass)) {
    report.listed('conversations')
    if (differences.length === 0) report.stored('conversations')
    for (const name of ['participants', 'messages', 'receipts', 'webhooks', 'files'] as const) {
      report.listed(name, listed[name])
      report.stored(name, stored[name])
    }
    const { sid } = conversation
    report.add(differences.map((reason) => ({ resource: 'conversation', sid, reason, isLost: true })))
    report.add(found.problems)
    const untold = found.problemsCount - found.problems.length
    if (untold > 0) report.add([{ resource: 'conversation', sid, reason: `${untold} further problems`, isLost: true }])
  }
}
