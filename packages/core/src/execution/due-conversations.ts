import type { InquiryContext } from '../queries/inquiry.ts'
import { SYSTEM_IDENTITY } from '../records/actor.ts'
import type { ConversationRecord } from '../records/records.ts'
import type { Executor } from './execute.ts'
import { submit } from './submit.ts'

/** Conversations that are looked at in one step. */
const STEP = 100

/**
 * Carries out every transition that is due, in the order of their times. What is due is read from the store, so nothing is lost with
 * a process; and each is decided anew in its own transaction, so it happens once.
 *
 * @returns how many were due
 * @throws when the store failed; the rest is found again the next time
 */
export async function carryOutTimers(executor: Executor, context: InquiryContext): Promise<number> {
  const { store, now } = executor
  for (let count = 0; ; ) {
    const due = await store.read((reads) => reads.conversationsDue(now(), STEP))
    if (due.length === 0) return count
    const elapse = ({ sid: conversationSid, serviceSid }: ConversationRecord) => {
      const system = { kind: 'back-end', serviceSid, identity: SYSTEM_IDENTITY } as const
      const command = () => ({ type: 'conversation.elapse', conversationSid }) as const
      return submit(executor, system, { about: {}, command, isTold: true }, context)
    }
    await Promise.all(due.map(elapse))
    count += due.length
  }
}
