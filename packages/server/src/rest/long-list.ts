import { setImmediate as nextTurn } from 'node:timers/promises'

/** Characters that are written as JSON at once. */
const AT_ONCE = 128 * 1024

/** An item of which the texts are known that may be long. */
interface Item {
  readonly body?: unknown
  readonly attributes?: unknown
}

/**
 * Writes the page of a list as JSON, some items at a time, so that others have their turn in between: 100 messages of the largest size take tens of
 * milliseconds.
 *
 * @returns undefined when it is no page, or a short one: that is written at once by whoever sends it
 */
export async function writeLongList(answer: object | undefined): Promise<string | undefined> {
  const [name, items] = Object.entries(answer ?? {}).find(([, value]) => Array.isArray(value)) ?? []
  if (name === undefined || charactersOf(items) <= AT_ONCE) return undefined
  let [list, since] = ['', 0]
  for (const item of items) {
    if (since > AT_ONCE) {
      await nextTurn()
      since = 0
    }
    const text = JSON.stringify(item)
    list += list === '' ? text : `,${text}`
    since += text.length
  }
  const rest = JSON.stringify({ ...answer, [name]: undefined })
  return `${rest.slice(0, -1)}${rest === '{}' ? '' : ','}${JSON.stringify(name)}:[${list}]}`
}

const charactersOf = (items: readonly Item[]): number =>
  items.reduce((sum, { body, attributes }) => sum + lengthOf(body) + lengthOf(attributes), 0)

const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0)
