import {
  type AnyCommand,
  type AnyCommandType,
  type AnyResult,
  type BackEnd,
  type Core,
  type GivenWith,
  type Inquiry,
  type Named,
  type Names,
  type Page,
  Refusal,
  type RepeatKey,
} from '@conversa/core'
import { type Static, type TObject, Type } from 'typebox'
import type { Form } from './form.ts'
import { PAGE_FIELDS, type PageSizes, pageAnswer, readCursor } from './paging.ts'
import type { Place } from './place.ts'

/** What a call to an operation comes with. */
export interface Call {
  readonly core: Core
  readonly actor: BackEnd
  readonly place: Place
  /** What the path names, by the names in its template. */
  readonly path: Readonly<Record<string, string>>
  /** As its schema says. */
  readonly fields: object
  /** The path and the query as they came in, for addresses of further pages. */
  readonly asked: { readonly path: string; readonly query: Form }
  readonly key: RepeatKey | undefined
  /** Whether webhooks are to hear of it. */
  readonly isTold: boolean
}

/** What is answered. */
export interface Reply {
  readonly status: number
  readonly body?: object
}

/** Where a resource is: under the account and under each service, or one of them only. */
type Reach = 'both' | 'account' | 'service'

/** One row of the table: an operation of rest-and-semantics 1.3. */
export interface Operation {
  /** Resource and verb. */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Under `/v1`, or under `/v1/Services/{ServiceSid}` too. */
  readonly path: string
  readonly reach: Reach
  /** Fields of the form or of the query. */
  readonly fields: TObject
  /** Its body is JSON in place of a form. */
  readonly isJson?: boolean | undefined
  /** The status of success. */
  readonly status: number
  readonly run: (call: Call) => Promise<Reply | Refusal>
}

/** A call with its fields typed. */
type CallWith<Fields extends TObject> = Omit<Call, 'fields'> & { readonly fields: Static<Fields> }

/** How a record is shown. */
export type Show<Shown extends object> = (shown: Shown, place: Place) => object

interface Row {
  readonly name: string
  readonly path: string
  readonly reach?: Reach
}

const NO_FIELDS = Type.Object({})

/** A row that asks for one thing. */
export function fetching<Shown extends object>(
  row: Row & { readonly ask: (call: Call) => Inquiry<Shown>; readonly show: Show<Shown> },
): Operation {
  return {
    ...located(row),
    method: 'GET',
    fields: NO_FIELDS,
    status: 200,
    async run(call) {
      const found = await call.core.ask(call.actor, row.ask(call))
      return found instanceof Refusal ? found : { status: 200, body: row.show(found, call.place) }
    },
  }
}

/** A row that asks for a page of a list. The cursor is where a page ends; tokens carry it. */
export function listing<Item extends object, Cursor, Fields extends TObject>(
  row: Row & {
    /** What the array is called. */
    readonly key: string
    readonly sizes: PageSizes
    readonly fields: Fields
    readonly ask: (call: CallWith<Fields>, after: Cursor | undefined, limit: number) => Inquiry<Page<Item>>
    readonly cursor: { readonly schema: TObject; readonly of: (item: Item) => Cursor }
    readonly show: Show<Item>
  },
): Operation {
  const readToken = readCursor<Cursor>(row.cursor.schema)
  return {
    ...located(row),
    method: 'GET',
    fields: Type.Object({ ...row.fields.properties, ...PAGE_FIELDS }),
    status: 200,
    async run(call) {
      const { PageSize, PageToken } = call.fields as Static<typeof PAGE_SCHEMA>
      const after = readToken(PageToken ?? undefined)
      if (after instanceof Refusal) return after
      const limit = Math.max(1, Math.min(PageSize ?? row.sizes.usual, row.sizes.most))
      const page = await call.core.ask(call.actor, row.ask(call as CallWith<Fields>, after?.cursor, limit))
      if (page instanceof Refusal) return page
      const last = page.items.at(-1)
      const next = page.more && last ? row.cursor.of(last) : undefined
      const items = page.items.map((item) => row.show(item, call.place))
      return { status: 200, body: pageAnswer({ key: row.key, items, limit, next, place: call.place, asked: call.asked }) }
    },
  }
}

const PAGE_SCHEMA = Type.Object(PAGE_FIELDS)

/** A row that changes something and shows what became of it. */
export function writing<Name extends AnyCommandType, Shown extends object, Fields extends TObject>(
  row: Row & {
    readonly fields: Fields
    readonly isJson?: true
    /** 200 for what was there, 201 for what is new. */
    readonly status: 200 | 201
    readonly command: (call: CallWith<Fields>, named: Named) => AnyCommand<Name>
    readonly given?: (fields: Static<Fields>) => GivenWith<Name>
    readonly ask: (call: CallWith<Fields>, result: AnyResult<Name>, named: Named) => Inquiry<Shown>
    readonly show: Show<Shown>
  },
): Operation {
  return {
    ...located(row),
    method: 'POST',
    fields: row.fields,
    isJson: row.isJson,
    status: row.status,
    async run(untyped) {
      const call = untyped as CallWith<Fields>
      const done = await call.core.submit<Name, Shown>(call.actor, {
        about: aboutOf(call.path),
        command: (named) => row.command(call, named),
        ...(row.given && { given: row.given(call.fields) }),
        show: (result, named) => row.ask(call, result, named),
        key: call.key,
        isTold: call.isTold,
      })
      return done instanceof Refusal ? done : { status: row.status, body: row.show(done, call.place) }
    },
  }
}

/** A row that removes something. */
export function deleting<Name extends AnyCommandType>(
  row: Row & { readonly command: (call: Call, named: Named) => AnyCommand<Name> },
): Operation {
  return {
    ...located(row),
    method: 'DELETE',
    fields: NO_FIELDS,
    status: 204,
    async run(call) {
      const about = aboutOf(call.path)
      const done = await call.core.submit<Name, object>(call.actor, {
        about,
        command: (named) => row.command(call, named),
        isTold: call.isTold,
      })
      return done instanceof Refusal ? done : { status: 204 }
    },
  }
}

/** What a path names, by SIDs or by the names that may stand in their place. */
function aboutOf(path: Readonly<Record<string, string>>): Names {
  return { conversation: path.ConversationSid, user: path.UserSid, message: path.MessageSid, participant: path.ParticipantSid }
}

function located({ name, path, reach = 'both' }: Row): Pick<Operation, 'name' | 'path' | 'reach'> {
  return { name, path, reach }
}
