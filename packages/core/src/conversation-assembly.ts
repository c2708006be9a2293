import { LIMITS } from '@conversa/protocol'
import { serviceOf } from './access.ts'
import type { FirstParticipant } from './back-end-command.ts'
import { type CreateFacts, creationFacts, decideCreation } from './conversation.ts'
import { checkConversations } from './conversation-limit.ts'
import { handler } from './handler.ts'
import { checkNewcomer, join } from './participant.ts'
import type { RoleRecord, ServiceRecord, UserRecord } from './records.ts'
import { Refusal } from './refusal.ts'
import type { Scope } from './store.ts'

interface AssemblyFacts extends CreateFacts {
  readonly service: ServiceRecord
  readonly roles: ReadonlyMap<string, RoleRecord>
  /** In the order of the command. */
  readonly newcomers: readonly { readonly newcomer: UserRecord | undefined; readonly departed: number }[]
  /** Why one of them may be in no further conversation. */
  readonly crowded: Refusal | undefined
}

/** A conversation with those who are in it from its beginning, all at once or not at all (rest-and-semantics 1.4). */
export const assembleConversation = handler<'conversation.assemble', AssemblyFacts>({
  scopes: ({ serviceSid }, { participants }): Scope[] => participants.map(({ identity }) => ({ user: { serviceSid, identity } })),
  async facts(reads, actor, command, _given, context) {
    const found = await creationFacts(reads, actor, command)
    if (found instanceof Refusal) return found
    const newcomers = []
    let crowded: Refusal | undefined
    for (const { identity } of command.participants) {
      const key = { serviceSid: actor.serviceSid, identity }
      newcomers.push({ newcomer: await reads.user(key), departed: await reads.departedRevision(key) })
      crowded ??= await checkConversations(reads, key, context)
    }
    return { ...found, newcomers, crowded, service: await serviceOf(reads, actor), roles: await reads.roles(actor.serviceSid) }
  },
  decide(facts, command, context, given) {
    const changes = decideCreation(facts, command, context, given)
    if (changes instanceof Refusal) return changes
    const { service, roles } = facts
    const refusal = checkParticipants(command.participants, roles) ?? facts.crowded
    if (refusal) return refusal
    for (const [at, participant] of command.participants.entries()) {
      const { newcomer, departed = 0 } = facts.newcomers[at] ?? {}
      join(changes, participant, { service, newcomer, departed }, context)
    }
    return { changes, result: { conversationSid: changes.conversation.sid } }
  },
})

function checkParticipants(
  participants: readonly FirstParticipant[],
  roles: ReadonlyMap<string, RoleRecord>,
): Refusal | undefined {
  const limit = LIMITS.firstParticipants
  if (participants.length > limit) return new Refusal('too-many-first-participants', { limit })
  const identities = new Set(participants.map(({ identity }) => identity))
  if (identities.size < participants.length) return new Refusal('participant-exists')
  return participants.map((each) => checkNewcomer(each, roles)).find(Boolean)
}
