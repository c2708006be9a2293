import { Refusal } from '@conversa/core'
import { type Static, type TObject, Type } from 'typebox'
import { compiledOf } from './compiled.ts'
import type { Form } from './form.ts'
import type { Place } from './place.ts'

/** How many there are on a page: when nobody says, and at most. More is given as the most (rest-and-semantics 1.2). */
export interface PageSizes {
  readonly usual: number
  readonly most: number
}

/** What every list takes. */
export const PAGE_FIELDS = {
  PageSize: Type.Optional(Type.Integer({ description: 'Items on a page; clamped to what the list allows' })),
  Page: Type.Optional(Type.Integer({ description: 'Number of the page, for the caller alone: it is said back' })),
  PageToken: Type.Optional(Type.String({ description: 'Where the page begins: opaque, from `next_page_url`' })),
}

/** A list that is in the order of SIDs ends a page with one, of its kind. */
export const sidCursor = (prefix: string) =>
  Type.Object({ sid: Type.String({ pattern: `^${prefix}[0-9a-fA-F]{32}$` }) }, { additionalProperties: false })
export type SidCursor = Static<ReturnType<typeof sidCursor>>

/** A reader of page tokens of one list. A token is no secret: it says where a page begins, and nothing else. */
export function readCursor<Cursor>(
  schema: TObject,
): (token: string | undefined) => { readonly cursor: Cursor } | undefined | Refusal {
  return (token) => {
    if (token === undefined) return undefined
    const cursor = parse(token)
    return compiledOf(schema).Check(cursor) ? { cursor: cursor as Cursor } : new Refusal('page-token-invalid')
  }
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

interface PageOf {
  readonly key: string
  readonly items: readonly object[]
  readonly limit: number
  /** Where the next page begins, if there is one. */
  readonly next: unknown
  readonly place: Place
  readonly asked: { readonly path: string; readonly query: Form }
}

/** A page as lists answer it. The address of the next one keeps every filter, for it is requested as it stands. */
export function pageAnswer({ key, items, limit, next, place, asked }: PageOf): object {
  const number = Math.max(0, Number.parseInt(asked.query.get('Page')?.[0] ?? '0', 10) || 0)
  const url = (page: number, token: string | undefined) => {
    const query = new URLSearchParams()
    for (const [name, values] of asked.query) {
      if (!(name in PAGE_FIELDS)) for (const value of values) query.append(name, value)
    }
    query.append('PageSize', String(limit))
    query.append('Page', String(page))
    if (token !== undefined) query.append('PageToken', token)
    return `${place.accountUrl(asked.path)}?${query}`
  }
  const nextToken = next === undefined ? undefined : Buffer.from(JSON.stringify(next)).toString('base64url')
  const meta = {
    key,
    page: number,
    page_size: limit,
    first_page_url: url(0, undefined),
    previous_page_url: null,
    url: url(number, asked.query.get('PageToken')?.[0]),
    next_page_url: nextToken === undefined ? null : url(number + 1, nextToken),
  }
  return { meta, [key]: items }
}
