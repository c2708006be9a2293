import { encodeGsm } from './gsm-alphabet.ts'

/** `data_coding` of SMPP 3.4 (5.2.19). */
export const CODINGS = { gsm: 0, ia5: 1, latin1: 3, ucs2: 8 } as const

/** Bytes that one short message holds, and a part of a longer one behind its header. UCS-2 has two to a character. */
const GSM_ROOM = { whole: 160, part: 153 } as const
const UCS2_ROOM = { whole: 140, part: 134 } as const
/** A header that says: a part, by a reference of a byte (3GPP TS 23.040, 9.2.3.24.1). */
const PART_HEADER = [5, 0, 3] as const

/** How a text goes over the air. */
export interface ShortMessages {
  readonly dataCoding: number
  /** Whether each part begins with a header. */
  readonly hasHeader: boolean
  /** One, or the parts of a longer text with their headers. */
  readonly parts: readonly Buffer[]
}

/**
 * Splits a text into short messages: in the alphabet of phones where that has all its characters, else in UCS-2. No part ends
 * within a character: neither between an escape and what it escapes, nor between the halves of a surrogate pair.
 *
 * @param reference tells the parts of one text from those of another to the same phone, 0 to 255; the same at every try
 */
export function shortMessages(text: string, reference: number): ShortMessages {
  const gsm = encodeGsm(text)
  const [dataCoding, characters, room] = gsm
    ? ([CODINGS.gsm, gsm.map((bytes) => Buffer.from(bytes)), GSM_ROOM] as const)
    : ([CODINGS.ucs2, [...text].map(ucs2), UCS2_ROOM] as const)
  const whole = Buffer.concat(characters)
  if (whole.length <= room.whole) return { dataCoding, hasHeader: false, parts: [whole] }
  const pieces = split(characters, room.part)
  const parts = pieces.map((piece, at) => Buffer.concat([Buffer.from([...PART_HEADER, reference, pieces.length, at + 1]), piece]))
  return { dataCoding, hasHeader: true, parts }
}

function ucs2(character: string): Buffer {
  return Buffer.from(character, 'utf16le').swap16()
}

function split(characters: readonly Buffer[], room: number): readonly Buffer[] {
  const pieces: Buffer[][] = [[]]
  let size = 0
  for (const character of characters) {
    if (size + character.length > room) {
      pieces.push([])
      size = 0
    }
    pieces.at(-1)?.push(character)
    size += character.length
  }
  return pieces.map((piece) => Buffer.concat(piece))
}
