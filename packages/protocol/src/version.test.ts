import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { ConversationCatchUp, Event, REQUESTS, ServerFrame, UserCatchUp } from './schema/index.ts'
import { OLDEST_SERVED_VERSION, PROTOCOL_VERSION } from './version.ts'

/** The shape of every frame at this version. */
const RECORDED = { version: 1, shape: '8757166dff606268' }

const ADVICE = `
The shape of a frame has changed since version ${RECORDED.version} of the protocol was recorded.
- Before the first release: put the new hash into RECORDED of version.test.ts.
- After it: would a peer of version ${RECORDED.version} misread a frame of today, or refuse one? Then raise PROTOCOL_VERSION in version.ts, say why
  in its history, keep serving the old version if you can, and put both into RECORDED. If it would not (a new request, a new
  optional field of an answer), only the hash changes.
`

/** The same text for the same shape: keys in order, without what is written for readers only. */
function stable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stable)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key, inner]) => !(key === 'description' && typeof inner === 'string'))
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, stable(inner)]))
}

const shapeOf = (value: unknown) =>
  createHash('sha256')
    .update(JSON.stringify(stable(value)))
    .digest('hex')
    .slice(0, 16)

test('no frame changes its shape unnoticed', () => {
  expect(PROTOCOL_VERSION, ADVICE).toBe(RECORDED.version)
  expect(shapeOf({ REQUESTS, Event, ServerFrame, ConversationCatchUp, UserCatchUp }), ADVICE).toBe(RECORDED.shape)
})

test('the hash sees what a peer sees, and not what a reader reads', () => {
  const field = { type: 'string', description: 'a name' }
  const schema = { type: 'object', properties: { name: field }, required: ['name'] }
  const same = { required: ['name'], properties: { name: { ...field, description: 'another text' } }, type: 'object' }
  const others = [
    { ...schema, required: [] },
    { ...schema, properties: { name: { ...field, maxLength: 5 } } },
    { ...schema, properties: { description: field }, required: ['description'] },
    { ...schema, properties: {} },
  ]
  expect(shapeOf(same)).toBe(shapeOf(schema))
  for (const other of others) expect(shapeOf(other)).not.toBe(shapeOf(schema))
})

test('this version is served', () => {
  expect(OLDEST_SERVED_VERSION).toBeLessThanOrEqual(PROTOCOL_VERSION)
  expect(OLDEST_SERVED_VERSION).toBeGreaterThanOrEqual(1)
})
