/** A piece of a text: plain, or an address that it names. */
export type Piece = { readonly text: string; readonly href?: string }

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/gi
/** What ends a sentence, not an address. */
const TAIL = /[.,;:!?)\]}]+$/

/**
 * Finds addresses in a text. Only `http` and `https` are ever made a link of.
 *
 * @returns the pieces, which are the text when put together
 */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let done = 0
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TAIL, '')
    const href = hrefOf(address)
    if (!href) continue
    if (match.index > done) pieces.push({ text: text.slice(done, match.index) })
    pieces.push({ text: address, href })
    done = match.index + address.length
  }
  if (done < text.length) pieces.push({ text: text.slice(done) })
  return pieces
}

function hrefOf(address: string): string | undefined {
  const url = URL.parse(address)
  return url && (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname ? url.href : undefined
}
