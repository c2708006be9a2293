/*
 * The alphabet of phones: 3GPP TS 23.038, default alphabet and extension table, a character per byte as SMPP carries it.
 */

const ESCAPE = 0x1b
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
/** What follows the escape. */
const EXTENSION: ReadonlyMap<number, string> = new Map([
  [0x0a, '\f'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
])

/** The bytes of each character, one or two. */
const ENCODED = new Map<string, readonly number[]>()
for (const [code, character] of [...BASIC].entries()) if (code !== ESCAPE) ENCODED.set(character, [code])
for (const [code, character] of EXTENSION) ENCODED.set(character, [ESCAPE, code])

/**
 * Writes a text in the alphabet.
 *
 * @returns the bytes of each character, which belong together; undefined when the alphabet lacks one
 */
export function encodeGsm(text: string): readonly (readonly number[])[] | undefined {
  const encoded: (readonly number[])[] = []
  for (const character of text) {
    const bytes = ENCODED.get(character)
    if (!bytes) return undefined
    encoded.push(bytes)
  }
  return encoded
}

/** Reads a text. What the extension table lacks is read as phones do: as the character that it is without the escape. */
export function decodeGsm(bytes: Uint8Array): string {
  let text = ''
  let isExtended = false
  for (const byte of bytes) {
    if (byte === ESCAPE && !isExtended) {
      isExtended = true
      continue
    }
    const extended = isExtended ? EXTENSION.get(byte) : undefined
    text += extended ?? (byte === ESCAPE ? ' ' : (BASIC[byte] ?? '?'))
    isExtended = false
  }
  return text
}
