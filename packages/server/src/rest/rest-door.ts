import { type BackEnd, type Core, Refusal, type RepeatKey } from '@conversa/core'
import type { ErrorName } from '@conversa/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { originOf } from '../access/origin.ts'
import { sendError } from '../http.ts'
import { type AccountCredentials, accountOf, type KeyCredentials } from './basic-auth.ts'
import type { FieldOptions } from './fields.ts'
import { fieldReader } from './form.ts'
import { jsonReader } from './json-body.ts'
import { writeLongList } from './long-list.ts'
import { pathsOf } from './openapi.ts'
import type { Operation, Reply } from './operation.ts'
import { placeOf } from './place.ts'
import { pathOf, type Route, readSaid, routerPath, serveRoutes } from './routes.ts'
import { serveReference } from './serve-reference.ts'
import { OPERATIONS } from './table.ts'

/** What REST needs. */
export interface RestDoor {
  readonly core: Core
  readonly accounts: readonly AccountCredentials[]
  readonly keys: readonly KeyCredentials[]
  /** The address under which callers reach us; the one that they name unless it is set. */
  readonly publicUrl: string | undefined
  /** Milliseconds for which the answer to a request with an `Idempotency-Key` is kept. */
  readonly keyLife: number
  /** Hears of what was kept and leads to nothing, by the name of the operation. */
  readonly caution: (operation: string, text: string) => void
}

/** Ours cannot be found, or is another's: on REST both are a resource that is not there (rest-and-semantics 3.14). */
const NOT_THERE: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'service-not-found',
  'conversation-not-found',
  'participant-not-found',
  'message-not-found',
  'user-not-found',
  'resource-not-found',
])

/** Serves REST v1: translates requests into commands and questions of the core, and decides nothing. */
export async function serveRest(app: FastifyInstance, door: RestDoor): Promise<void> {
  serveReference(app, OPERATIONS)
  const routes = OPERATIONS.flatMap((operation) => routesOf(operation, handlerOf(door, operation)))
  await serveRoutes(app, (header) => accountOf(header, door.accounts, door.keys), routes)
}

function routesOf(operation: Operation, handler: Route['handler']): Route[] {
  return pathsOf(operation).map((path) => ({ url: routerPath(path), method: operation.method, handler }))
}

function handlerOf(door: RestDoor, operation: Operation): Route['handler'] {
  const read = { fields: fieldReader(operation.fields), json: operation.isJson ? jsonReader(operation.fields) : undefined }
  return async (request, reply) => {
    const done = await carryOut(door, operation, read, request)
    if (!(done instanceof Refusal)) {
      const text = await writeLongList(done.body)
      if (text !== undefined) return reply.code(done.status).type('application/json; charset=utf-8').send(text)
      return reply.code(done.status).send(done.body)
    }
    if (NOT_THERE.has(done.name)) return sendError(reply, 'resource-not-found', { resource: pathOf(request) })
    // The socket names what went too fast; REST has one code for it.
    return sendError(reply, done.name === 'actions-too-fast' ? 'too-many-requests' : done.name, done.detail)
  }
}

/** What is to be said of those fields that lead to nothing, of all that were given. */
function cautionsOf({ fields: schema }: Operation, given: object): readonly string[] {
  const all = Object.entries(schema.properties as Record<string, FieldOptions>)
  return all.flatMap(([name, { 'x-caution': text }]) => (text !== undefined && name in given ? [text] : []))
}

async function carryOut(
  door: RestDoor,
  operation: Operation,
  read: { readonly fields: ReturnType<typeof fieldReader>; readonly json: ReturnType<typeof jsonReader> | undefined },
  request: FastifyRequest,
): Promise<Reply | Refusal> {
  const account = request.admitted as AccountCredentials
  const path = request.params as Readonly<Record<string, string>>
  const actor = await door.core.admitBackEnd(account, path.ServiceSid)
  if (actor instanceof Refusal) return actor
  const said = readSaid(request, read.fields, read.json)
  if (said instanceof Refusal) return said
  const { fields, query, body } = said
  const key = operation.method === 'POST' ? repeatKey(door, operation, actor, account, request, body) : undefined
  if (key instanceof Refusal) return key
  const base = originOf(door.publicUrl, request.host)
  const place = placeOf(base, account.sid, actor.serviceSid, path.ServiceSid !== undefined)
  const asked = { path: pathOf(request).slice(3), query }
  const done = await operation.run({ core: door.core, actor, place, path, fields, asked, key, isTold: isTold(request) })
  if (!(done instanceof Refusal)) for (const text of cautionsOf(operation, fields)) door.caution(operation.name, text)
  return done
}

/** Back ends that react to webhooks would hear of what they did themselves, unless they want to (rest-and-semantics 3.8). */
const isTold = ({ headers }: FastifyRequest): boolean => String(headers['x-twilio-webhook-enabled']).toLowerCase() === 'true'

/** Per account, service and operation; what else the request says is part of it. */
function repeatKey(
  { keyLife }: RestDoor,
  { name }: Operation,
  { serviceSid }: BackEnd,
  account: AccountCredentials,
  request: FastifyRequest,
  body: string,
): RepeatKey | Refusal | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    return new Refusal('parameter-invalid', { field: 'Idempotency-Key' })
  }
  const named = Object.entries(request.params as Record<string, string>).filter(([part]) => part !== 'ServiceSid')
  return {
    scope: `rest ${account.sid} ${serviceSid} ${name}`,
    key,
    request: JSON.stringify([named, body]),
    life: keyLife,
  }
}
