import { OPERATIONS, pathsOf } from '@conversa/server'
import { describe, expect, test } from 'vitest'
import { startInProcess } from '../end-to-end/in-process-server.ts'
import { call } from './raw-call.ts'

describe('the description of REST', () => {
  test('has the 103 operations of the public one and six of the public one of templates, each once', () => {
    const all = OPERATIONS.flatMap((operation) => pathsOf(operation).map((path) => `${operation.method} ${path}`))
    expect(new Set(all).size).toBe(109)
    expect(all).toHaveLength(109)
  })

  test('is served to anybody, as OpenAPI 3.1', async () => {
    await using server = await startInProcess()
    const { status, body } = await call(server, 'GET', '/v1/openapi.json', { credentials: null })
    expect(status).toBe(200)
    const { openapi, paths } = body as { openapi: string; paths: Record<string, Record<string, { operationId: string }>> }
    expect(openapi).toBe('3.1.0')
    const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
    expect(new Set(ids).size).toBe(109)
    const create = paths['/v1/Conversations']?.post as unknown as {
      requestBody: { content: Record<string, { schema: { properties: Record<string, object> } }> }
    }
    const { properties } = create.requestBody.content['application/x-www-form-urlencoded']?.schema ?? { properties: {} }
    expect(properties).toMatchObject({
      FriendlyName: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      State: { type: 'string', enum: ['active', 'inactive', 'closed'] },
      DateCreated: { type: 'string', format: 'date-time' },
    })
  })

  test('every path that it names is there, and nothing else under it', async () => {
    await using server = await startInProcess()
    const sid = '0'.repeat(32)
    for (const operation of OPERATIONS) {
      for (const path of pathsOf(operation)) {
        const there = path.replace('{ServiceSid}', `IS${sid}`).replaceAll(/\{\w+\}/g, 'x')
        const answer = await call(server, operation.method, there, operation.method === 'POST' ? { form: {} } : {})
        expect(answer.status, `${operation.method} ${path}`).not.toBe(405)
        const wrong = await call(server, 'PUT', there)
        expect(wrong.body, path).toMatchObject({ code: 20004, status: 405 })
        expect(wrong.headers.get('allow')).toContain(operation.method)
      }
    }
    // HEAD is what GET is, without its body; where there is no GET there is neither.
    const got = await call(server, 'GET', '/v1/Conversations')
    const head = await call(server, 'HEAD', '/v1/Conversations')
    expect(head).toMatchObject({ status: 200, body: undefined })
    expect(head.headers.get('content-length')).toBe(got.headers.get('content-length'))
    expect(await call(server, 'HEAD', '/v1/ConversationWithParticipants')).toMatchObject({ status: 405, body: undefined })
    const nothing = await call(server, 'GET', '/v1/Nothing?a=b')
    expect(nothing.body).toMatchObject({ code: 20404, status: 404, message: expect.stringMatching(/\/v1\/Nothing\)$/) })
  })
})
