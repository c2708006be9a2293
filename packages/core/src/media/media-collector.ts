import type { Blobs } from '../ports/blobs.ts'
import type { Store, Tx } from '../ports/store.ts'
import type { MediaRecord } from '../records/records.ts'

/** What collecting needs. */
export interface CollectorContext {
  readonly store: Store
  readonly blobs: Blobs
  /** Whether a file comes in on this node now. */
  readonly isArriving: (sid: string) => boolean
}

/** Up to when files that wait for something are given up; milliseconds since 1970. */
export interface Deadlines {
  readonly uploading: number
  readonly pending: number
}

/** Files that go in one step. */
const STEP = 100

/**
 * Removes the files that belong to nothing: uploads that broke off, files whose message never came, files of removed messages. A
 * row is marked before its file goes and deleted after it, so a crash in between leaves a row that says what is to be done.
 *
 * @returns how many files went
 * @throws what the stores throw; the rest is found again the next time
 */
export async function collectMedia(context: CollectorContext, before: Deadlines): Promise<number> {
  const { store, blobs, isArriving } = context
  for (let collected = 0; ; ) {
    const due = await store.read((reads) => reads.mediaToCollect(before, STEP))
    const ours = due.filter(({ sid }) => !isArriving(sid))
    if (ours.length === 0) return collected
    const given = await store.transact(scopesOf(ours), (tx) => giveUp(tx, ours))
    for (const sid of given) await blobs.remove(sid)
    await store.transact(scopesOf(ours), (tx) => {
      for (const sid of given) tx.removeMedia(sid)
    })
    // Somebody else had all of them meanwhile: there is nothing to wait for.
    if (given.length === 0) return collected
    collected += given.length
  }
}

/** Marks what still waits: since it was read, a message may have taken it. */
async function giveUp(tx: Tx, due: readonly MediaRecord[]): Promise<string[]> {
  const given: string[] = []
  const marked: MediaRecord[] = []
  for (const { sid, state } of due) {
    const record = await tx.media(sid)
    if (record?.state !== state) continue
    given.push(sid)
    if (state !== 'removed') marked.push({ ...record, state: 'removed', key: null })
  }
  for (const record of marked) tx.saveMedia(record)
  return given
}

function scopesOf(records: readonly MediaRecord[]): { user: { serviceSid: string; identity: string } }[] {
  const owners = new Map(records.map(({ serviceSid, owner }) => [`${serviceSid} ${owner}`, { serviceSid, identity: owner }]))
  return [...owners.values()].map((user) => ({ user }))
}
