import type { ChannelAnswer } from '@conversa/core'

/** Bytes of an answer that are read: more is no answer of a connector's. */
const LONGEST = 64 * 1024
/** The vendor's code of a failure that is not known better. */
const UNKNOWN = 30008
/** Answers that say "later" although they begin with a 4. */
const LATER: readonly number[] = [408, 425, 429]
const LONGEST_PAUSE = 3600

/**
 * What a connector's answer means: it has the message, it will never take it, or it does not take it now.
 *
 * @param id of the message: what the connector calls it unless it says otherwise
 */
export async function readAnswer(response: Response, id: string): Promise<ChannelAnswer> {
  const fields = await fieldsOf(response)
  if (response.ok) return { outcome: 'sent', id: textOf(fields.id) ?? id, ...statusOf(fields.status) }
  const { code } = fields
  const known = Number.isInteger(code) && Number(code) > 0 && Number(code) < 100_000 ? Number(code) : undefined
  if (response.status >= 500 || LATER.includes(response.status)) {
    return { outcome: 'failed', code: known, pause: pauseOf(response.headers.get('retry-after')) }
  }
  return { outcome: 'refused', code: known ?? UNKNOWN }
}

const textOf = (value: unknown) => (typeof value === 'string' && value !== '' && value.length <= 320 ? value : undefined)

function statusOf(status: unknown): { readonly status?: 'queued' | 'delivered' } {
  return status === 'queued' || status === 'delivered' ? { status } : {}
}

/** @param seconds as HTTP says them */
function pauseOf(seconds: string | null): number | undefined {
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? Math.min(Number(seconds), LONGEST_PAUSE) * 1000 : undefined
}

async function fieldsOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await textWithin(response)
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

async function textWithin({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    // Leaving the loop ends the connection: nobody reads on without end.
    if (size > LONGEST) return ''
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
