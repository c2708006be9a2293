import type { Tx } from '../ports/store.ts'
import { channelOf } from '../records/address.ts'
import type { AddressPair, OptOutRecord, OptOutWord } from '../records/records.ts'
import type { Changes } from './changes.ts'
import { pairOf } from './non-chat-participant.ts'

/*
 * Words by which somebody outside ends that an address of ours writes to them by SMS, and begins it again: carriers oblige whoever
 * sends to take them at their word. They mean this only when they are all that was written.
 */

const WORDS: ReadonlyMap<string, OptOutWord> = new Map([
  ...['STOP', 'STOPALL', 'STOP ALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'OPTOUT', 'REVOKE'].map(
    (word) => [word, 'out'] as const,
  ),
  ...['START', 'YES', 'UNSTOP'].map((word) => [word, 'in'] as const),
  ...['HELP', 'INFO'].map((word) => [word, 'help'] as const),
])

/** What somebody wrote to an address of ours. */
interface Written extends AddressPair {
  readonly body: string
}

/** @returns what it asks for; undefined when it is a message like any other */
export function wordIn({ address, body }: Pick<Written, 'address' | 'body'>): OptOutWord | undefined {
  return channelOf(address) === 'sms' ? WORDS.get(body.trim().toUpperCase()) : undefined
}

/** Adds what a message chooses to a change. */
export function choose(changes: Changes, accountSid: string, written: Written, now: number): void {
  const word = wordIn(written)
  if (word === 'out') changes.optedOut(recordOf(accountSid, written, now))
  else if (word === 'in') changes.optedIn(recordOf(accountSid, written, now))
}

/** The same for a message that nobody is there for: it is taken at its word nevertheless. */
export function chooseAlone(tx: Tx, accountSid: string, written: Written, now: number): void {
  const word = wordIn(written)
  if (word === 'out') tx.saveOptOut(recordOf(accountSid, written, now))
  else if (word === 'in') tx.removeOptOut(accountSid, pairOf(written))
}

function recordOf(accountSid: string, written: Written, dateCreated: number): OptOutRecord {
  return { accountSid, ...pairOf(written), dateCreated }
}
