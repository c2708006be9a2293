import type { FastifyInstance } from 'fastify'
import { openApi } from './openapi.ts'
import type { Operation } from './operation.ts'
import { REFERENCE_PATHS, referencePage } from './reference-page.ts'
import { REFERENCE_STYLE } from './reference-style.ts'

/** The page runs nothing and loads nothing but its own style. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Makes something when it is first asked for: a server has better things to do at its start than what few ever read. */
function whenAsked<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Serves the reference of REST to anybody: for programs as OpenAPI, for people as a page. */
export function serveReference(app: FastifyInstance, operations: readonly Operation[]): void {
  const description = whenAsked(() => openApi(operations))
  const page = whenAsked(() => referencePage(operations))
  app.get(REFERENCE_PATHS.description, () => description())
  app.get(REFERENCE_PATHS.page, (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .headers({
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
      .send(page()),
  )
  app.get(REFERENCE_PATHS.style, (_request, reply) => reply.type('text/css; charset=utf-8').send(REFERENCE_STYLE))
}
