import type { ChannelFile, ChannelMessage, ChannelTemplate } from '@conversa/core'

/** Bytes of the longest file that is carried (rest-and-semantics 3.2). */
const LARGEST_FILE = 16 * 1024 * 1024
/** Kinds of files that WhatsApp shows; all else goes as a document. */
const SHOWN: Readonly<Record<string, 'image' | 'video' | 'audio'>> = {
  'image/jpeg': 'image',
  'image/png': 'image',
  'video/mp4': 'video',
  'video/3gpp': 'video',
  'audio/aac': 'audio',
  'audio/amr': 'audio',
  'audio/mpeg': 'audio',
  'audio/mp4': 'audio',
  'audio/ogg': 'audio',
}

/** One message of the API's: a text, an approved template, or a file with what is said of it. */
export type WhatsAppPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'template'; readonly template: ChannelTemplate }
  | {
      readonly type: 'image' | 'video' | 'audio' | 'document'
      readonly file: ChannelFile
      readonly caption: string | undefined
    }

/**
 * What a message is in WhatsApp: one of theirs where it can be. A text goes below the first file that can have one, else before
 * the files; each further file is a message of its own.
 *
 * @returns undefined when nothing of it can be carried
 */
export function partsOf({ body, files, template }: ChannelMessage): readonly WhatsAppPart[] | undefined {
  if (template) return [{ type: 'template', template }]
  const carried = files
    .filter(({ size }) => size <= LARGEST_FILE)
    .map((file) => ({ file, type: SHOWN[file.contentType] ?? ('document' as const) }))
  const captioned = body ? carried.findIndex(({ type }) => type !== 'audio') : -1
  const text: WhatsAppPart[] = body && captioned < 0 ? [{ type: 'text', text: body }] : []
  const parts = carried.map(({ file, type }, at) => ({ type, file, caption: at === captioned ? (body ?? undefined) : undefined }))
  const all = [...text, ...parts]
  return all.length > 0 ? all : undefined
}
