import { CancellablePromise } from '../cancellable-promise.ts'
import { call } from '../emitter.ts'
import { failure } from '../errors.ts'
import type { MediaContent } from '../media-content.ts'
import type { ProgressListener } from '../session/media-upload.ts'
import type { Session } from '../session/session.ts'
import type { LiveConversation } from './live-conversation.ts'

/** A message that is not sent yet. */
export interface Draft {
  readonly body: string | null
  readonly subject?: string
  /** A JSON text. */
  readonly attributes?: string
  /** The template that says what it says, and the JSON of what goes into its places. */
  readonly contentSid?: string
  readonly contentVariables?: string
  readonly files: readonly MediaContent[]
}

/**
 * Sends a message: its files first, one after the other, then the message with all of them. A message without files is in line at
 * once, so that it keeps its place; one with files takes it when they are there, and holds nobody up meanwhile.
 *
 * @param progress told how many bytes of the files are out
 * @returns the index of the message. Calling it off has an effect until the files are there
 */
export function sendDraft(live: LiveConversation, draft: Draft, progress?: ProgressListener): CancellablePromise<number> {
  return CancellablePromise.of(async (signal) => {
    const { session } = live
    const { files, ...said } = draft
    const media = files.length > 0 ? await upload(session, files, signal, progress) : undefined
    live.typing.sent()
    const { index } = await live.run({ type: 'message.send', ...said, ...(media && { media }) })
    return index
  })
}

/** @returns the SIDs of the files; rejects also when somebody else signed in meanwhile: neither files nor message are theirs */
async function upload(
  session: Session,
  files: readonly MediaContent[],
  signal: AbortSignal,
  listener: ProgressListener | undefined,
): Promise<string[]> {
  const { identity: owner } = session
  const total = files.reduce((sum, { blob }) => sum + blob.size, 0)
  checkLimits(session, files, total)
  const progress = listener && ((loaded: number) => call(listener, [{ loaded, total }]))
  const sids: string[] = []
  let before = 0
  for (const file of files) {
    const sent = progress && ((bytes: number) => progress(before + Math.min(bytes, file.blob.size)))
    const { sid } = await session.uploads.upload(file, { signal, owner }, sent)
    before += file.blob.size
    progress?.(before)
    sids.push(sid)
  }
  if (signal.aborted) throw failure('cancelled')
  return sids
}

/** The server checks too; what it is known to refuse need not be carried there. */
function checkLimits({ settings }: Session, files: readonly MediaContent[], total: number): void {
  if (!settings) return
  const { perMessage, fileBytes, messageBytes } = settings.media
  if (files.length > perMessage) throw failure('mediaTooMany', { limit: perMessage })
  if (files.some(({ blob }) => blob.size > fileBytes)) throw failure('mediaTooLarge', { limit: fileBytes })
  if (total > messageBytes) throw failure('mediaTooLarge', { limit: messageBytes })
}
