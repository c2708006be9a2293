import { Readable } from 'node:stream'
import { type Core, Refusal } from '@conversa/core'
import type { FastifyInstance } from 'fastify'
import { sendError } from '../http.ts'
import { type AccountCredentials, accountOf } from '../rest/basic-auth.ts'
import { fieldReader } from '../rest/form.ts'
import { type Route, readSaid, routerPath, serveRoutes } from '../rest/routes.ts'
import type { OperatorOperation } from './operator-operation.ts'
import { OPERATOR_BASE, OPERATOR_OPERATIONS } from './operator-table.ts'

/** What the operator's door needs. */
export interface OperatorDoor {
  readonly core: Core
  readonly accounts: readonly AccountCredentials[]
}

/** Serves what an operator may ask of the running server. Only the auth token of an account opens it: a key is for back ends. */
export async function serveOperator(app: FastifyInstance, { core, accounts }: OperatorDoor): Promise<void> {
  const routes = OPERATOR_OPERATIONS.map((operation) => ({
    url: OPERATOR_BASE + routerPath(operation.path),
    method: operation.method,
    handler: handlerOf(core, operation),
  }))
  await serveRoutes(app, (header) => accountOf(header, accounts, []), routes)
}

function handlerOf(core: Core, { fields, takesLong, run }: OperatorOperation): Route['handler'] {
  const readFields = fieldReader(fields)
  return async (request, reply) => {
    const said = readSaid(request, readFields)
    if (said instanceof Refusal) return sendError(reply, said.name, said.detail)
    if (takesLong) request.raw.socket.setTimeout(0)
    const path = request.params as Readonly<Record<string, string>>
    const account = request.account as AccountCredentials
    const done = await run({ core, account, path, fields: said.fields as Record<string, unknown> })
    if (done instanceof Refusal) return sendError(reply, done.name, done.detail)
    if (done.body instanceof Readable) reply.type(done.type ?? 'application/octet-stream')
    return reply.code(done.status).send(done.body)
  }
}
