import type { Readable } from 'node:stream'
import type { Account, Core, Refusal } from '@conversa/core'
import type { Static, TObject } from 'typebox'

/** What a call to an operation of one account comes with. */
export interface OperatorCall<Fields extends TObject = TObject> extends ServerCall<Fields> {
  /** Whose credentials it came with. */
  readonly account: Account
}

/** What a call to an operation of the whole server comes with. */
export interface ServerCall<Fields extends TObject = TObject> {
  readonly core: Core
  /** What the path names, by the names in its template. */
  readonly path: Readonly<Record<string, string>>
  /** As its schema says. */
  readonly fields: Static<Fields>
}

/** What is answered: an object as JSON, or a stream as it is. */
export interface OperatorReply {
  readonly status: number
  readonly body: object | Readable
  /** The `Content-Type` of a stream. */
  readonly type?: string
}

interface Row {
  /** Resource and verb. */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Under `/conversa/v1`. */
  readonly path: string
  /** What it does, for the documentation. */
  readonly about: string
  /** Fields of the form or of the query. */
  readonly fields: TObject
  /** It may be silent for long before it answers. */
  readonly takesLong?: true
}

/** One row of the operator's table: of each account its own, or of all of them at once, which only the operator of the server may see. */
export type OperatorOperation =
  | (Row & { readonly opensTo: 'account'; readonly run: (call: OperatorCall) => Promise<OperatorReply | Refusal> })
  | (Row & { readonly opensTo: 'operator'; readonly run: (call: ServerCall) => Promise<OperatorReply | Refusal> })

/** Makes a row whose `run` knows the types of its fields. */
export function operatorRow<Fields extends TObject>(
  row: Omit<Row, 'fields'> & {
    readonly fields: Fields
    readonly run: (call: OperatorCall<Fields>) => Promise<OperatorReply | Refusal>
  },
): OperatorOperation {
  return { ...row, opensTo: 'account' } as unknown as OperatorOperation
}

/** The same of an operation of the whole server. */
export function serverRow<Fields extends TObject>(
  row: Omit<Row, 'fields'> & {
    readonly fields: Fields
    readonly run: (call: ServerCall<Fields>) => Promise<OperatorReply | Refusal>
  },
): OperatorOperation {
  return { ...row, opensTo: 'operator' } as unknown as OperatorOperation
}
