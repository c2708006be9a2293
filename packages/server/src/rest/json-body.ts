import { isCleanText, parseJsonObject, Refusal } from '@conversa/core'
import type { ErrorName } from '@conversa/protocol'
import type { TObject } from 'typebox'
import { compiledOf } from './compiled.ts'

/**
 * A reader of the JSON of one operation. Fields that the operation does not know are left out, as with forms; within a field nothing
 * unknown is taken.
 *
 * @param schema the fields
 * @returns a function that gives the values, or says which field is wrong
 */
export function jsonReader(schema: TObject): (body: string) => object | Refusal {
  const fields = Object.entries(schema.properties as Record<string, { readonly 'x-error'?: ErrorName }>)
  return (body) => {
    const said = parseJsonObject(body)
    if (!said) return new Refusal('parameter-invalid', { reason: 'a body must be the JSON of an object' })
    const given = fields.filter(([name]) => Object.hasOwn(said, name))
    const values = Object.fromEntries(given.map(([name]) => [name, said[name]]))
    const compiled = compiledOf(schema)
    // What the schema knows is not deep.
    if (compiled.Check(values)) return isCleanText(values) ? values : new Refusal('parameter-invalid', { reason: 'text' })
    const wrong = fields.find(([name]) => compiled.Errors(values)[1].some((error) => isAbout(error, name)))
    const [name, field] = wrong ?? ['', undefined]
    return field?.['x-error'] && name in values
      ? new Refusal(field['x-error'])
      : new Refusal('parameter-invalid', { field: name })
  }
}

interface SchemaError {
  readonly instancePath: string
  readonly params: object
}

function isAbout({ instancePath, params }: SchemaError, name: string): boolean {
  const { requiredProperties = [] } = params as { requiredProperties?: readonly string[] }
  return instancePath === '' ? requiredProperties.includes(name) : instancePath.split('/')[1] === name
}
