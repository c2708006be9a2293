import type { InquiryContext } from '../queries/inquiry.ts'
import type { BackEnd } from '../records/actor.ts'
import { Refusal } from '../records/refusal.ts'
import type { Executor } from './execute.ts'
import { submit } from './submit.ts'

/** What goes in one round. */
const ROUND = 100

/**
 * A service goes with everything in it (rest-and-semantics 3.10). Conversations and users go one by one, so that everybody else's
 * commands find their place in between and every client is told; the service itself goes last, when nothing is left in it. What
 * comes in meanwhile goes too, and a server that stops halfway is asked again.
 *
 * @returns why it could not go on, if so
 */
export async function deleteService(all: Executor, actor: BackEnd, context: InquiryContext): Promise<Refusal | undefined> {
  // It is one action of the back end, whatever goes with it.
  const executor: Executor = { ...all, rates: undefined }
  const { store } = executor
  for (;;) {
    const rooms = await store.read((reads) => reads.conversations(actor.serviceSid, { limit: ROUND }))
    for (const { sid: conversationSid } of rooms) {
      const done = await submit(
        executor,
        actor,
        { about: {}, command: () => ({ type: 'conversation.delete', conversationSid }) },
        context,
      )
      if (done instanceof Refusal && done.name !== 'conversation-not-found') return done
    }
    const users = await store.read((reads) => reads.users(actor.serviceSid, undefined, ROUND))
    for (const { identity } of users) {
      const done = await submit(executor, actor, { about: {}, command: () => ({ type: 'user.delete', identity }) }, context)
      if (done instanceof Refusal && done.name !== 'user-not-found') return done
    }
    const gone = await store.transact([], async (tx) => {
      const service = await tx.service(actor.serviceSid)
      if (!service) return true
      const [room] = await tx.conversations(actor.serviceSid, { limit: 1 })
      const [user] = await tx.users(actor.serviceSid, undefined, 1)
      if (room || user) return false
      tx.removeService(service)
      return true
    })
    if (gone) {
      executor.questions?.forget()
      return undefined
    }
  }
}
