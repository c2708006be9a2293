import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { type Core, Refusal } from '@conversa/core'
import type { FastifyInstance } from 'fastify'
import { sendError } from '../http.ts'
import { type AccountCredentials, accountOf, isOperator, OPERATOR } from '../rest/basic-auth.ts'
import { fieldReader } from '../rest/form.ts'
import { type Route, readSaid, routerPath, serveRoutes } from '../rest/routes.ts'
import type { OperatorOperation } from './operator-operation.ts'
import { OPERATOR_BASE, OPERATOR_OPERATIONS } from './operator-table.ts'

/** What the operator's door needs. */
export interface OperatorDoor {
  readonly core: Core
  readonly accounts: readonly AccountCredentials[]
  /** Of the operator of the whole server; without it nobody is that. */
  readonly operatorToken?: string | undefined
}

/**
 * Serves what an operator may ask of the running server. The auth token of an account opens what is of that account, the operator's own
 * token what is of all of them. A key opens nothing: it is for back ends.
 */
export async function serveOperator(app: FastifyInstance, { core, accounts, operatorToken }: OperatorDoor): Promise<void> {
  const endless = new Set<ServerResponse>()
  // Nobody waits for what may go on for ever.
  app.addHook('preClose', async () => {
    for (const each of endless) each.destroy()
  })
  const routes = OPERATOR_OPERATIONS.map((operation) => ({
    url: OPERATOR_BASE + routerPath(operation.path),
    method: operation.method,
    handler: handlerOf(core, operation, endless),
  }))
  await serveRoutes(app, (header) => (isOperator(header, operatorToken) ? OPERATOR : accountOf(header, accounts, [])), routes)
}

/** What opens an operation, for whoever came with the other one. */
const TOKENS = { account: 'the auth token of an account', operator: 'the operator’s token' } as const

/** @param endless has the answers that take long, while they do */
function handlerOf(core: Core, operation: OperatorOperation, endless: Set<ServerResponse>): Route['handler'] {
  const { fields, takesLong, opensTo } = operation
  const readFields = fieldReader(fields)
  return async (request, reply) => {
    const admitted = request.admitted
    if ((admitted === OPERATOR) !== (opensTo === 'operator'))
      return sendError(reply, 'access-denied', { needed: TOKENS[opensTo] })
    const said = readSaid(request, readFields)
    if (said instanceof Refusal) return sendError(reply, said.name, said.detail)
    if (takesLong) {
      request.raw.socket.setTimeout(0)
      endless.add(reply.raw)
      reply.raw.once('close', () => endless.delete(reply.raw))
    }
    const path = request.params as Readonly<Record<string, string>>
    const call = { core, path, fields: said.fields as Record<string, unknown> }
    const done = await (operation.opensTo === 'operator'
      ? operation.run(call)
      : operation.run({ ...call, account: admitted as AccountCredentials }))
    if (done instanceof Refusal) return sendError(reply, done.name, done.detail)
    if (done.body instanceof Readable) reply.type(done.type ?? 'application/octet-stream')
    return reply.code(done.status).send(done.body)
  }
}
