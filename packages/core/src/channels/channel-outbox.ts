import type { Message } from '@conversa/protocol'
import type { Happening } from '../outbox/happening.ts'
import type { Drafter } from '../outbox/outbox.ts'
import type { Reads } from '../ports/store.ts'
import type { OutboxDraft } from '../records/outbox-entry.ts'
import type { ParticipantRecord } from '../records/records.ts'

type ChannelDraft = OutboxDraft<'channel'>

const NOTHING: readonly ChannelDraft[] = []

/** A message that is expected outside of the app, and where it was said. */
interface Said {
  readonly serviceSid: string
  readonly conversationSid: string
  readonly message: Message
}

/**
 * Which messages go to whom outside of the app: each new one to everybody but its author (rest-and-semantics 3.1, 3.9). Where nobody
 * is outside the event says so, and the answer is there at once.
 */
export const channelDrafts: Drafter = (reads, _actor, happening) => {
  const said = expectedOutside(happening)
  return said.length === 0 ? NOTHING : draft(reads, said, happening.now)
}

function expectedOutside({ published }: Happening): readonly Said[] {
  return published.flatMap(({ serviceSid, event }) =>
    event.type === 'message.added' && event.message.delivery
      ? [{ serviceSid, conversationSid: event.conversationSid, message: event.message }]
      : [],
  )
}

async function draft(reads: Reads, said: readonly Said[], dateCreated: number): Promise<readonly ChannelDraft[]> {
  const drafts: ChannelDraft[] = []
  for (const { serviceSid, conversationSid, message } of said) {
    const { index, sid, participantSid: authorSid } = message
    const accountSid = (await reads.service(serviceSid))?.accountSid
    if (accountSid === undefined) continue
    const author = authorSid === null ? undefined : await reads.participant(conversationSid, authorSid)
    for (const participant of await reads.nonChatParticipants(conversationSid)) {
      const destination = speakerFor(participant, author)
      if (participant.sid === authorSid || !participant.binding || destination === null) continue
      const payload = { serviceSid, conversationSid, index, participantSid: participant.sid }
      const queue = { kind: 'channel', destination, subject: participant.binding.address } as const
      drafts.push({ ...queue, eventId: `${sid}.${participant.sid}`, accountSid, payload, dateCreated })
    }
  }
  return drafts
}

/**
 * The address of ours that a message comes from: the one that speaks to this person, or in a group of phones the one by which the
 * group knows the author.
 *
 * @returns null when there is none: what a phone of the group writes the carrier brings to the others
 */
function speakerFor({ binding }: ParticipantRecord, author: ParticipantRecord | undefined): string | null {
  return binding?.proxyAddress ?? author?.projectedAddress ?? null
}
