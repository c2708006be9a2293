import type { Readable } from 'node:stream'
import type { Account, Core, Refusal } from '@conversa/core'
import type { Static, TObject } from 'typebox'

/** What a call of the operator comes with. */
export interface OperatorCall<Fields extends TObject = TObject> {
  readonly core: Core
  /** Whose credentials it came with. */
  readonly account: Account
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

/** One row of the operator's table. */
export interface OperatorOperation {
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
  readonly run: (call: OperatorCall) => Promise<OperatorReply | Refusal>
}

/** Makes a row whose `run` knows the types of its fields. */
export function operatorRow<Fields extends TObject>(
  row: Omit<OperatorOperation, 'fields' | 'run'> & {
    readonly fields: Fields
    readonly run: (call: OperatorCall<Fields>) => Promise<OperatorReply | Refusal>
  },
): OperatorOperation {
  return row as unknown as OperatorOperation
}
