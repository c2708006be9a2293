import type { Actor, Core } from '@conversa/core'

/** Conversations that are made at once: as many as a group of commits takes well. */
const AT_ONCE = 500

/**
 * Makes many conversations that somebody is in, as a back end does.
 *
 * @param text of a message in each of them; there is none when absent
 * @returns their SIDs, oldest activity first
 */
export async function manyConversations(
  core: Core,
  { identity, serviceSid, count, text }: { identity: string; serviceSid: string; count: number; text?: string },
): Promise<string[]> {
  const backEnd: Actor = { kind: 'back-end', serviceSid, identity: 'system' }
  const make = async (number: number) => {
    const answer = await core.execute(backEnd, { type: 'conversation.create', friendlyName: `number ${number}` })
    if (!('conversation' in answer)) throw new Error('unable to make a conversation')
    const { sid: conversationSid } = answer.conversation
    await core.execute(backEnd, { type: 'participant.add', conversationSid, identity })
    if (text !== undefined) await core.execute(backEnd, { type: 'message.send', conversationSid, body: text })
    return conversationSid
  }
  const sids: string[] = []
  while (sids.length < count) {
    const next = Array.from({ length: Math.min(AT_ONCE, count - sids.length) }, (_, at) => make(sids.length + at))
    sids.push(...(await Promise.all(next)))
  }
  return sids
}
