const strictText = new TextDecoder('utf-8', { fatal: true })

/** The JSON value of some bytes; undefined when they are none. */
export function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(strictText.decode(bytes))
  } catch {
    return undefined
  }
}

/** Whether a JSON value is an object and no list. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
