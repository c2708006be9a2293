import { createHash } from 'node:crypto'
import type { Import, ImportProblem, SourceMessage } from '@conversa/core'
import type { Source } from './source.ts'
import { SourceMissing, SourceRefused, SourceUnavailable } from './source-client.ts'

type File = SourceMessage['media'][number]

/**
 * Brings over the bytes of the files of a message, as far as the source gives them.
 *
 * @returns the message with its files as they are known now, and the files that cannot be had
 */
export async function importFiles(
  importer: Import,
  source: Source,
  serviceSid: string,
  message: SourceMessage,
): Promise<{ readonly message: SourceMessage; readonly problems: readonly ImportProblem[] }> {
  const problems: ImportProblem[] = []
  const media: File[] = []
  for (const file of message.media) {
    try {
      media.push((await importer.hasFile(file.sid)) ? file : await importFile(importer, source, serviceSid, message, file))
    } catch (error) {
      const isTheirs = [SourceMissing, SourceRefused, SourceUnavailable].some((kind) => error instanceof kind)
      if (!isTheirs) throw error
      media.push(file)
      problems.push({ resource: 'media', sid: file.sid, reason: `its bytes: ${(error as Error).message}`, isLost: true })
    }
  }
  return { message: { ...message, media }, problems }
}

async function importFile(
  importer: Import,
  source: Source,
  serviceSid: string,
  { author, dateCreated }: SourceMessage,
  listed: File,
): Promise<File> {
  const shown = await source.media(serviceSid, listed.sid)
  const file = { ...listed, category: shown.category ?? listed.category }
  const owner = shown.author || author
  await source.file(shown.links.content_direct_temporary, async (bytes) => {
    const hash = createHash('sha256')
    const content = async function* () {
      for await (const chunk of bytes) {
        hash.update(chunk)
        yield chunk
      }
    }
    const digest = () => hash.digest('base64url')
    await importer.file(serviceSid, { file: { ...file, owner, dateCreated }, content: content(), digest })
  })
  return file
}
