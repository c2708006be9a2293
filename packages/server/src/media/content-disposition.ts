/** Whether a browser may show a file in a tab, or is to save it. */
export type Disposition = 'inline' | 'attachment'

/** Characters of a header that are looked at: a name of the longest kind twice, percent-encoded and plain, is a quarter of it. */
const LONGEST = 4096

const EXTENDED = /(?:^|;)\s*filename\*\s*=\s*UTF-8'[^']*'([^;\s]+)/i
const QUOTED = /(?:^|;)\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i
const PLAIN = /(?:^|;)\s*filename\s*=\s*([^";\s]+)/i

/**
 * Reads the name of a file from a `Content-Disposition` header (RFC 6266): `filename*` in UTF-8 if it is there, else `filename`. What is
 * behind the first 4,096 characters is not looked at.
 *
 * @param header as it came in, a byte per character
 * @returns undefined when there is no name that can be read
 */
export function readFilename(header: string | undefined): string | undefined {
  return header === undefined ? undefined : nameIn(header.slice(0, LONGEST))
}

function nameIn(header: string): string | undefined {
  const extended = EXTENDED.exec(header)?.[1]
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended)
    } catch {
      // The plain one may still be of use.
    }
  }
  const quoted = QUOTED.exec(header)?.[1]?.replace(/\\(.)/g, '$1')
  const name = quoted ?? PLAIN.exec(header)?.[1]
  return name === undefined ? undefined : asText(name)
}

/** Headers come in as bytes; most senders mean UTF-8. */
function asText(bytes: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return bytes
  }
}

/**
 * Writes a `Content-Disposition` header. Nothing of the name can end the header or the parameter that it stands in.
 *
 * @param name for saving, if the file has one
 */
export function writeDisposition(disposition: Disposition, name: string | null): string {
  if (name === null) return disposition
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const extended = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${disposition}; filename="${ascii}"; filename*=UTF-8''${extended}`
}
