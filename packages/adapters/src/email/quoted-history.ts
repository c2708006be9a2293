/** What somebody wrote, and what they answer as their program has quoted it. */
export interface SplitText {
  readonly body: string
  readonly history: string | null
}

const QUOTE = /^\s*>/
/** A line under which programs put the whole e-mail that is answered, and below which nobody writes. */
const DIVIDER =
  /^\s*(-{2,}\s*(original message|ursprüngliche nachricht|message d'origine|mensaje original|forwarded message)\s*-{2,}|_{20,})\s*$/i
/** `On Monday, Ann wrote:`, in whatever language: a line that ends with a colon above a quote. */
const ATTRIBUTION = /:\s*$/
/** Lines that `On … wrote:` may take. */
const ATTRIBUTION_LINES = 3

/**
 * Parts what is new in the text of an e-mail from what it quotes at its end. Quotes between new lines stay: they belong to what is
 * said. This goes by what programs usually write; where nothing is found, all of it is new.
 */
export function splitQuoted(text: string): SplitText {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  const divided = lines.findIndex((line) => DIVIDER.test(line))
  const at = divided >= 0 ? divided : quoteAtEnd(lines)
  const body = lines.slice(0, at).join('\n').trim()
  // An e-mail that says nothing but what it quotes says that.
  if (at >= lines.length || body === '') return { body: lines.join('\n').trim(), history: null }
  return { body, history: lines.slice(at).join('\n').trim() }
}

/** @returns the line at which the last quote begins, with who is quoted; the number of lines when the text does not end with one */
function quoteAtEnd(lines: readonly string[]): number {
  const isQuote = (at: number) => QUOTE.test(lines[at] ?? '')
  const isBlank = (at: number) => (lines[at] ?? '').trim() === ''
  let at = lines.length
  while (at > 0 && isBlank(at - 1)) at--
  if (!isQuote(at - 1)) return lines.length
  while (at > 0 && (isQuote(at - 1) || isBlank(at - 1))) at--
  return attributionAbove(lines, at)
}

function attributionAbove(lines: readonly string[], quote: number): number {
  if (!ATTRIBUTION.test(lines[quote - 1] ?? '')) return quote
  let at = quote - 1
  while (at > 0 && quote - at < ATTRIBUTION_LINES && (lines[at - 1] ?? '').trim() !== '') at--
  // A longer paragraph above is not about who is quoted.
  return at > 0 && (lines[at - 1] ?? '').trim() !== '' ? quote - 1 : at
}
