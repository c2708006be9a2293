import { nextTransition } from '../records/conversation-timers.ts'
import type { ConversationRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { Changes } from './changes.ts'
import { conversationScope, handler } from './handler.ts'

/** Carries out the transition of a conversation that is due, if one is: a message may have come in between. */
export const elapseConversation = handler<'conversation.elapse', { readonly conversation: ConversationRecord }>({
  scopes: conversationScope,
  async facts(reads, { serviceSid }, { conversationSid }) {
    const conversation = await reads.conversation(serviceSid, conversationSid)
    return conversation ? { conversation } : new Refusal('conversation-not-found')
  },
  decide({ conversation }, _command, { now }) {
    const changes = new Changes(conversation)
    const transition = nextTransition(conversation)
    if (transition && transition.at <= now) changes.conversationUpdated({ state: transition.state }, now)
    return { changes, result: {} }
  },
})
