import { cleanFilename } from '../commands/media.ts'
import type { Blobs, Content } from '../ports/blobs.ts'
import type { Store } from '../ports/store.ts'
import type { MediaRecord } from '../records/records.ts'
import type { SourceFile } from './import-source.ts'

/** A file as its message has it, and its bytes. */
export interface FoundFile {
  readonly file: SourceFile
  readonly content: Content
  /** The digest of the bytes, asked for when all of them have passed. */
  readonly digest: () => string
}

/** Whether the bytes of a file are here already. */
export async function isFileHere(store: Store, sid: string): Promise<boolean> {
  const record = await store.read((reads) => reads.media(sid))
  return record?.state === 'pending' || record?.state === 'sent'
}

/**
 * Keeps the bytes of a file, which then wait for the message that has it. As with an upload the row comes first: whatever a crash
 * leaves has a row that tells of it.
 *
 * @throws what the content throws; `StorageFull`; an error when there are more or fewer bytes than the file has
 */
export async function importFile(store: Store, blobs: Blobs, serviceSid: string, found: FoundFile): Promise<void> {
  const { file, content } = found
  const record: MediaRecord = {
    ...file,
    serviceSid,
    state: 'uploading',
    filename: cleanFilename(file.filename),
    digest: '',
    key: null,
    message: null,
  }
  await store.transact([], async (tx) => {
    const there = await tx.media(file.sid)
    if (there && there.serviceSid !== serviceSid) throw new Error('another service has a file with this SID')
    tx.saveMedia(record)
  })
  // An interrupted run may have left it behind.
  await blobs.remove(file.sid)
  try {
    await blobs.write(file.sid, exactly(file.size, content))
  } catch (error) {
    await store.transact([], (tx) => tx.removeMedia(file.sid))
    throw error
  }
  await store.transact([], (tx) => tx.saveMedia({ ...record, state: 'pending', digest: found.digest() }))
}

async function* exactly(size: number, content: Content): Content {
  let passed = 0
  for await (const chunk of content) {
    passed += chunk.length
    if (passed > size) throw new Error(`there are more than the ${size} bytes that the file has`)
    yield chunk
  }
  if (passed !== size) throw new Error(`there are ${passed} bytes of the ${size} that the file has`)
}
