import type { Disposition } from './content-disposition.ts'

/** What a file is when nobody knows. */
const UNKNOWN = 'application/octet-stream'

/** How many bytes at the start of a file tell what it is. */
export const HEAD_BYTES = 4100

/**
 * Types that a browser shows and never runs. They are the only ones that are shown in a tab; everything else (pages, SVG, XML,
 * scripts, PDF and whatever is invented next) is saved (reliability B31).
 */
const SHOWN: ReadonlySet<string> = new Set([
  ...['png', 'apng', 'jpeg', 'gif', 'webp', 'avif', 'bmp'].map((name) => `image/${name}`),
  ...['mpeg', 'mp4', 'x-m4a', 'aac', 'ogg', 'opus', 'wav', 'vnd.wave', 'flac', 'x-flac', 'webm'].map((name) => `audio/${name}`),
  ...['mp4', 'x-m4v', 'webm', 'ogg', 'quicktime'].map((name) => `video/${name}`),
  'text/plain',
])

/** Names of the same thing, and containers whose bytes alone do not tell sound from pictures. */
const FAMILIES: readonly (readonly string[])[] = [
  ['image/png', 'image/apng'],
  ['image/bmp', 'image/x-ms-bmp'],
  ['image/jpeg', 'image/jpg', 'image/pjpeg'],
  ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
  ['audio/mpeg', 'audio/mp3', 'audio/x-mp3'],
  ['audio/flac', 'audio/x-flac'],
  ['audio/aac', 'audio/x-aac', 'audio/aacp'],
  [
    'video/mp4',
    'audio/mp4',
    'audio/x-m4a',
    'audio/m4a',
    'video/x-m4v',
    'video/quicktime',
    'video/3gpp',
    'audio/3gpp',
    'video/3gpp2',
  ],
  ['video/webm', 'audio/webm', 'video/matroska', 'video/x-matroska', 'audio/x-matroska'],
  ['video/ogg', 'audio/ogg', 'audio/opus', 'application/ogg', 'application/ogm'],
]

/** What many formats are built on: bytes like these contradict nothing that is saved anyway. */
const CONTAINERS: ReadonlySet<string> = new Set(['application/zip', 'application/gzip', 'application/xml', 'application/x-cfb'])

/** What a page could run by naming its address, whatever the disposition: a policy that trusts this origin would let it. */
const RUN_BY_ADDRESS = /(?:java|ecma|live|j)script|css/

/** type/subtype of RFC 6838, and a character set. */
const DECLARED = /^([a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126})\s*(?:;(.*))?$/i
const CHARSET = /(?:^|;)\s*charset\s*=\s*"?([\w.:-]{1,40})"?\s*(?:;|$)/i

/**
 * Settles what a file is. A type that is shown needs bytes that agree: HTML that calls itself a picture becomes something to save.
 * What is only saved may call itself what it likes, unless its bytes are plainly another thing.
 *
 * @param declared the sender's `Content-Type`
 * @param head the first `HEAD_BYTES` of the file
 * @returns a type in lower case, with the character set of a text if one was declared
 */
export async function settleContentType(declared: string | undefined, head: Uint8Array): Promise<string> {
  const match = DECLARED.exec(declared?.trim() ?? '')
  const said = match?.[1]?.toLowerCase()
  const seen = await sniff(head)
  if (said === undefined || said === UNKNOWN) return seen ?? UNKNOWN
  if (!agrees(said, seen, head)) return seen ?? UNKNOWN
  const charset = said.startsWith('text/') ? CHARSET.exec(match?.[2] ?? '')?.[1] : undefined
  return charset === undefined ? said : `${said}; charset=${charset.toLowerCase()}`
}

/** Whether a browser may show it. @param contentType settled */
export function dispositionOf(contentType: string): Disposition {
  return isShown(essence(contentType)) ? 'inline' : 'attachment'
}

/** The type that a file is given out with: scripts and style sheets are bytes there, so that `nosniff` keeps pages from running them. */
export function servedType(contentType: string): string {
  return RUN_BY_ADDRESS.test(contentType) ? UNKNOWN : contentType
}

function essence(contentType: string): string {
  return contentType.split(';', 1)[0] as string
}

function agrees(said: string, seen: string | undefined, head: Uint8Array): boolean {
  if (said === 'text/plain') return isText(head)
  if (isShown(said)) return seen !== undefined && isSame(said, seen)
  // Signatures may be two letters long, and a text may begin with them.
  return seen === undefined || CONTAINERS.has(seen) || isSame(said, seen) || isText(head)
}

/** A shown type, or another name of one. */
function isShown(type: string): boolean {
  if (SHOWN.has(type)) return true
  return (
    /^(?:image|audio|video)\//.test(type) &&
    FAMILIES.some((family) => family.includes(type) && family.some((one) => SHOWN.has(one)))
  )
}

function isSame(one: string, other: string): boolean {
  return one === other || FAMILIES.some((family) => family.includes(one) && family.includes(other))
}

/** What bytes look like. Archives are told by their first bytes alone: nothing that came in is ever unpacked (reliability B33). */
async function sniff(head: Uint8Array): Promise<string | undefined> {
  const known = SIGNATURES.find(({ start }) => startsWith(head, start))
  if (known) return known.type
  // Its 37 modules are loaded for the first file: a start does not wait for them.
  const { fileTypeFromBuffer } = await import('file-type')
  try {
    const type = (await fileTypeFromBuffer(head))?.mime
    return type === undefined ? undefined : essence(type)
  } catch {
    return undefined
  }
}

/** What is decided here: for the library these are reasons to unpack, or to look again behind them. */
const SIGNATURES: readonly { readonly start: readonly number[]; readonly type: string | undefined }[] = [
  { start: [0x50, 0x4b, 0x03, 0x04], type: 'application/zip' },
  { start: [0x1f, 0x8b], type: 'application/gzip' },
  { start: [0x49, 0x44, 0x33], type: 'audio/mpeg' },
  // Byte order marks: a text.
  { start: [0xef, 0xbb, 0xbf], type: undefined },
  { start: [0xff, 0xfe], type: undefined },
  { start: [0xfe, 0xff], type: undefined },
]

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => bytes[at] === byte)
}

/** Whether bytes may be a text: without the controls that no text has, unless it says that each letter takes two bytes. */
function isText(head: Uint8Array): boolean {
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])) return true
  return head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b)
}
