import { REQUESTS } from '@conversa/protocol/schema'

/** The part of JSON Schema that our schemas use. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

/** What a field is replaced by, as JSON text; undefined takes it away. */
export const WRONG_VALUES = {
  missing: undefined,
  null: 'null',
  boolean: 'true',
  number: '7',
  text: '"text"',
  list: '[]',
  object: '{}',
  'empty text': '""',
  'long text': `"${'x'.repeat(100_000)}"`,
  'lone surrogate': '"a\\ud800b"',
  NUL: '"a\\u0000b"',
  'too large for a number': '1e400',
  'unsafe integer': '9007199254740993',
  negative: '-1',
  'negative zero': '-0',
  fraction: '1.5',
  prototype: '{"__proto__":{"admin":true}}',
  '65 levels': '['.repeat(65) + ']'.repeat(65),
} as const

export type WrongValue = keyof typeof WRONG_VALUES

/** What a client may try to set although it is not theirs to set, and names that objects have by birth. */
const FOREIGN_FIELDS = ['author', 'index', 'dateCreated', 'sid', 'roleSid', 'serviceSid', '__proto__', 'constructor']

/** A request with one thing wrong. */
export interface MalformedRequest {
  /** The field and what is wrong with it. */
  readonly name: string
  /** Puts the wrong value into a valid request, and gives the text of the frame. */
  text(valid: object): string
}

const MARK = 'the wrong value goes here'

/**
 * Every field of a request type with every wrong value, and every object in it with every foreign field.
 *
 * @param type a key of REQUESTS
 */
export function malformedRequests(type: keyof typeof REQUESTS): MalformedRequest[] {
  const schema = REQUESTS[type].request as unknown as Schema
  const replaced = fieldsOf(schema).flatMap((path) =>
    Object.entries(WRONG_VALUES).map(([name, json]) => ({
      name: `${path}: ${name}`,
      text: (valid: object) => (json === undefined ? withoutField(valid, path) : withValue(valid, path, json)),
    })),
  )
  const added = objectsOf(schema).flatMap(({ path, names }) =>
    FOREIGN_FIELDS.filter((name) => !names.includes(name)).map((name) => ({
      name: `${path}/${name}: foreign`,
      text: (valid: object) => withForeign(valid, path, name),
    })),
  )
  return [...replaced, ...added]
}

/** Paths of all fields, also of those within objects and lists; the type itself is left out. */
function fieldsOf(schema: Schema, path = ''): string[] {
  const inside = (schema.anyOf ?? []).flatMap((option) => fieldsOf(option, path))
  const names = Object.keys(schema.properties ?? {}).filter((name) => path !== '' || name !== 'type')
  const own = names.flatMap((name) => [`${path}/${name}`, ...fieldsOf(schema.properties?.[name] as Schema, `${path}/${name}`)])
  const items = schema.items ? [`${path}/0`, ...fieldsOf(schema.items, `${path}/0`)] : []
  return [...inside, ...own, ...items]
}

function objectsOf(schema: Schema, path = ''): { path: string; names: readonly string[] }[] {
  const { properties, items, anyOf = [] } = schema
  const own = properties ? [{ path, names: Object.keys(properties) }] : []
  const inside = Object.entries(properties ?? {}).flatMap(([name, inner]) => objectsOf(inner, `${path}/${name}`))
  const ofItems = items ? objectsOf(items, `${path}/0`) : []
  return [...own, ...inside, ...ofItems, ...anyOf.flatMap((option) => objectsOf(option, path))]
}

type Container = Record<string, unknown>

/** A copy, the object in it that holds the last name of the path, and that name. */
function reach(valid: object, path: string): { copy: Container; holder: Container; name: string } {
  const copy = structuredClone(valid) as Container
  const names = path.split('/').slice(1)
  const name = names.pop() ?? ''
  const holder = names.reduce<Container>((inner, step) => inner[step] as Container, copy)
  return { copy, holder, name }
}

function withValue(valid: object, path: string, json: string): string {
  const { copy, holder, name } = reach(valid, path)
  holder[name] = MARK
  return JSON.stringify(copy).replace(JSON.stringify(MARK), () => json)
}

function withoutField(valid: object, path: string): string {
  const { copy, holder, name } = reach(valid, path)
  if (Array.isArray(holder)) holder.splice(Number(name), 1)
  else delete holder[name]
  return JSON.stringify(copy)
}

function withForeign(valid: object, path: string, name: string): string {
  const { copy, holder } = reach(valid, `${path}/${name}`)
  holder[MARK] = 'foreign'
  return JSON.stringify(copy).replace(JSON.stringify(MARK), () => JSON.stringify(name))
}
