import { ERRORS, type ErrorKind } from '@conversa/protocol'
import type { Operation } from './operation.ts'

/** What a schema of a field becomes outside: dates and durations are texts there, and our own words stay inside. */
export function fieldSchema(schema: unknown): object {
  const {
    'x-error': _error,
    'x-error-empty': _empty,
    'x-date': date,
    'x-duration': duration,
    'x-caution': _caution,
    ...plain
  } = JSON.parse(JSON.stringify(schema))
  if (!date && !duration) return plain
  const { anyOf: _anyOf, minimum: _minimum, type: _type, ...rest } = plain
  return { type: plain.anyOf ? ['string', 'null'] : 'string', format: date ? 'date-time' : 'duration', ...rest }
}

/** The codes that fields of an operation answer with when they are wrong. */
function codesOf({ fields }: Operation): number[] {
  const named = Object.values(fields.properties as Record<string, { 'x-error'?: keyof typeof ERRORS }>)
  const codes = named.map((field) => (field['x-error'] ? (ERRORS[field['x-error']] as ErrorKind).code : 20001))
  return [...new Set(codes)].sort()
}

const ERROR = { $ref: '#/components/responses/Error' }

function describe(operation: Operation, path: string): object {
  const properties = Object.entries(operation.fields.properties as Record<string, object>)
  const required: readonly string[] = operation.fields.required ?? []
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = properties.map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: fieldSchema(schema),
  }))
  const key = { $ref: '#/components/parameters/IdempotencyKey' }
  const form = {
    type: 'object',
    properties: Object.fromEntries(properties.map(([name, schema]) => [name, fieldSchema(schema)])),
    ...(required.length > 0 && { required }),
  }
  const isPost = operation.method === 'POST'
  const codes = codesOf(operation)
  return {
    operationId:
      path.startsWith('/v1/Services/{ServiceSid}/') && operation.reach === 'both' ? `service.${operation.name}` : operation.name,
    tags: [operation.name.split('.')[0]],
    parameters: [...inPath, ...(isPost ? [key] : inQuery)],
    ...(isPost &&
      properties.length > 0 && {
        requestBody: {
          content: { [operation.isJson ? 'application/json' : 'application/x-www-form-urlencoded']: { schema: form } },
        },
      }),
    responses: {
      [operation.status]: { description: 'Done' },
      default: ERROR,
    },
    ...(codes.length > 0 && { 'x-codes-of-fields': codes }),
  }
}

/** The paths of an operation: under the account, under each service, or both. */
export function pathsOf({ path, reach }: Operation): string[] {
  return (reach === 'both' ? [path, `/Services/{ServiceSid}${path}`] : [path]).map((each) => `/v1${each}`)
}

/**
 * Describes operations in OpenAPI 3.1.
 *
 * @param operations what the table has
 */
export function openApi(operations: readonly Operation[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations) {
    for (const path of pathsOf(operation)) {
      paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(operation, path) }
    }
  }
  const integer = { type: 'integer' }
  const text = { type: 'string' }
  return {
    openapi: '3.1.0',
    info: { title: 'Conversa REST', version: '1', license: { name: 'Apache-2.0' } },
    security: [{ basic: [] }],
    paths,
    components: {
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic', description: 'Account SID and auth token, or the SID and the secret of a key' },
      },
      parameters: {
        IdempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          schema: { type: 'string', maxLength: 255 },
          description: 'A repeated request with the same key gets the first answer',
        },
      },
      responses: {
        Error: { description: 'Why not', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
      },
      schemas: {
        Error: {
          type: 'object',
          required: ['code', 'message', 'more_info', 'status'],
          properties: { code: integer, message: text, more_info: text, status: integer },
        },
      },
    },
  }
}
