import { deliveredBy } from '../commands/receipt.ts'
import { messagesAbove } from '../commands/views.ts'
import type { Finding, FindingKind, Inventory } from '../ports/inventory.ts'
import type { ConversationRecord, DeliveryCounts, MessageRecord, ParticipantRecord } from '../records/records.ts'
import { holes } from './revision-holes.ts'

/** A conversation as its rows say that it is. */
interface Counted {
  readonly participants: ParticipantRecord[]
  /** Indexes of the messages that are there, tombstones aside, rising. */
  readonly present: number[]
  /** Revisions at which messages were stored. */
  readonly revisions: number[]
  /** The index after that of the last message or tombstone. */
  next: number
  last: MessageRecord | undefined
}

/** What a conversation's rows say, against what is kept beside them. @param looked hears of every message */
export async function* verifyConversation(
  inventory: Inventory,
  conversation: ConversationRecord,
  looked: () => void,
): AsyncGenerator<Finding> {
  const found = (kind: FindingKind, message: string): Finding => ({ kind, subject: conversation.sid, message })
  const counted: Counted = { participants: [], present: [], revisions: [], next: 0, last: undefined }
  for await (const message of inventory.messages(conversation)) {
    looked()
    for (const [kind, text] of await messageFaults(inventory, message, counted.next)) yield found(kind, text)
    counted.next = message.index + 1
    counted.revisions.push(message.revision)
    if (message.removed) continue
    counted.present.push(message.index)
    counted.last = message
  }
  for await (const participant of inventory.participants(conversation)) counted.participants.push(participant)
  for (const text of counterFaults(conversation, counted)) yield found('counter', text)
  for (const participant of counted.participants) {
    for (const [kind, text] of await participantFaults(inventory, conversation, participant, counted)) yield found(kind, text)
  }
  const logged: number[] = []
  for await (const revision of inventory.conversationRevisions(conversation)) logged.push(revision)
  const revisions = [...logged, ...counted.revisions].sort((a, b) => a - b)
  for (const text of await holes(revisions, conversation.revision)) yield found('revision', text)
  if (!(await isFound(inventory, conversation))) yield found('lookup', 'it is not found by its names')
}

type Fault = readonly [kind: FindingKind, message: string]

async function messageFaults({ reads }: Inventory, message: MessageRecord, expected: number): Promise<Fault[]> {
  const { conversationSid, index, author, key } = message
  const faults: Fault[] = []
  if (index > expected) faults.push(['index', `messages ${expected} to ${index - 1} are not there`])
  if (key !== null && (await reads.messageByKey(conversationSid, author, key))?.index !== index) {
    faults.push(['lookup', `message ${index} is not found by its key`])
  }
  if (message.delivery && !message.removed) {
    const counts = deliveredBy(message.delivery.total, await reads.receipts(conversationSid, index))
    const names = Object.keys(counts) as (keyof DeliveryCounts)[]
    if (names.some((name) => counts[name] !== message.delivery?.[name])) {
      faults.push(['receipts', `message ${index} counts other deliveries than it has receipts`])
    }
  }
  return faults
}

function counterFaults(conversation: ConversationRecord, { participants, present, next, last }: Counted): string[] {
  const { messagesCount, participantsCount, nonChatCount, nextIndex, lastMessage } = conversation
  const outside = participants.filter(({ binding }) => binding !== null).length
  const rows: [string, unknown, unknown][] = [
    ['messages', messagesCount, present.length],
    ['participants', participantsCount, participants.length],
    ['participants outside of the app', nonChatCount, outside],
    ['next index', nextIndex, next],
    ['index of the last message', lastMessage?.index ?? null, last?.index ?? null],
  ]
  return rows
    .filter(([, kept, counted]) => kept !== counted)
    .map(([name, kept, counted]) => `${name}: ${kept} is kept, ${counted} was counted`)
}

async function participantFaults(
  { reads }: Inventory,
  conversation: ConversationRecord,
  participant: ParticipantRecord,
  { present, next }: Counted,
): Promise<Fault[]> {
  const { serviceSid } = conversation
  const { sid, identity, roleSid, lastReadMessageIndex: horizon } = participant
  const faults: Fault[] = []
  if (roleSid !== null && !(await reads.roles(serviceSid)).has(roleSid))
    faults.push(['reference', `the role of ${sid} is not there`])
  if (horizon !== null) {
    const unread = countAbove(present, horizon)
    const derived = await messagesAbove(reads, conversation, horizon)
    if (derived !== unread) faults.push(['unread', `${sid} has ${unread} unread messages, and is told ${derived}`])
    if (horizon >= next && horizon > 0) faults.push(['unread', `${sid} has read up to ${horizon}, where there is no message`])
  }
  if (identity === null) return faults
  if (!(await reads.user({ serviceSid, identity }))) faults.push(['reference', `the user of ${sid} is not there`])
  if ((await reads.participantOf(conversation.sid, identity))?.sid !== sid) {
    faults.push(['lookup', `${sid} is not found by its identity`])
  }
  return faults
}

async function isFound({ reads }: Inventory, { sid, serviceSid, uniqueName }: ConversationRecord): Promise<boolean> {
  if ((await reads.conversation(serviceSid, sid))?.sid !== sid) return false
  return uniqueName === null || (await reads.conversationByName(serviceSid, uniqueName))?.sid === sid
}

/** How many are above a number, of numbers that rise. */
function countAbove(rising: readonly number[], limit: number): number {
  let [low, high] = [0, rising.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rising[middle] as number) > limit) high = middle
    else low = middle + 1
  }
  return rising.length - low
}
