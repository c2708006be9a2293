import { describe, expect, test } from 'vitest'
import { CLOSE_CODES, ERRORS, type ErrorKind, type ErrorName, errorBody } from './errors.ts'
import { ErrorBody, inspectorOf } from './schema/index.ts'

const table = Object.entries<ErrorKind>(ERRORS) as [ErrorName, ErrorKind][]

describe('the table of errors', () => {
  test('has each code once', () => {
    const names = Map.groupBy(table, ([, { code }]) => code)
    expect([...names.values()].filter(({ length }) => length > 1)).toEqual([])
  })

  test.each(table)('%s says what happened in the common form', (name, { code, text }) => {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(text).toMatch(/^unable to [a-z]/)
    expect(text).not.toMatch(/[.!]$|\n|\{|\$/)
    expect(code).toBeGreaterThanOrEqual(20_000)
    expect(code).toBeLessThan(60_000)
  })

  test.each(table)('%s may be tried again when its status says so', (name, { status, retry }) => {
    if (status === 401) expect(retry).toBe('after-sign-in')
    else if (status >= 500) expect(retry).toBe('later')
    else if (status === 429) expect(['later', 'never']).toContain(retry)
    else expect(retry, name).not.toBe('after-sign-in')
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
  })

  /** Statuses that are documented or were seen (rest-and-semantics 3.14). */
  test.each([
    [20001, 400],
    [20003, 401],
    [20404, 404],
    [20409, 409],
    [20429, 429],
    [20500, 500],
    [20503, 503],
    [20104, 401],
    [50107, 403],
    [50207, 400],
    [50303, 400],
    [50304, 400],
    [50353, 409],
    [50377, 400],
    [50390, 400],
    [50417, 403],
    [50421, 400],
    [50430, 403],
    [50432, 404],
    [50433, 409],
    [50500, 404],
    [50503, 400],
    [50504, 400],
  ])('%i goes with %i', (code, status) => {
    expect(table.filter(([, kind]) => kind.code === code).map(([, kind]) => kind.status)).toEqual([status])
  })
})

describe('an error as it travels', () => {
  const inspect = inspectorOf(ErrorBody)

  test.each(table)('%s has the form of the protocol', (name, { code, status, retry, text }) => {
    expect(errorBody(name)).toEqual({ code, message: text, status, retry })
    const detailed = errorBody(name, { permission: 'x', limit: 5 })
    expect(detailed).toEqual({
      code,
      message: `${text} (permission: x, limit: 5)`,
      status,
      retry,
      detail: { permission: 'x', limit: 5 },
    })
    expect([inspect(errorBody(name)), inspect(detailed)]).toEqual([undefined, undefined])
  })
})

describe('close codes', () => {
  test('are told apart', () => {
    const codes = Object.values(CLOSE_CODES)
    expect(new Set(codes).size).toBe(codes.length)
  })

  test('say by their range whether to come back', () => {
    const comeBack = Object.entries(CLOSE_CODES).flatMap(([name, code]) => (code < 4500 ? name : []))
    expect(comeBack.sort()).toEqual(['goingAway', 'resynchronise', 'silent', 'tokenExpired'])
    for (const code of Object.values(CLOSE_CODES)) {
      expect(code).toBeGreaterThanOrEqual(4000)
      expect(code).toBeLessThan(5000)
    }
  })
})
