import { Type } from 'typebox'
import { LIMITS } from '../limits.ts'

/*
 * The small schemas that all others are made of. Sizes that have a documented error code of their own (names, bodies,
 * attributes) are wide here and decided in the core, so that their code is the documented one through every door.
 */

/** A text that can be stored anywhere: well-formed Unicode without NUL; both are checked once, for the whole frame. */
export const Text = Type.String()

export const Sid = (prefix: string) =>
  Type.String({ pattern: `^${prefix}[0-9a-fA-F]{32}$`, description: `${prefix} and 32 hexadecimal digits` })

export const Identity = Type.String({ minLength: 1, description: 'Name of a user within a service; case matters' })

/** A JSON text, stored and returned byte for byte (rest-and-semantics 3.3). */
export const Attributes = Type.String({ description: 'A JSON text; its size and depth are limited' })

/** Milliseconds since 1970. */
export const Instant = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Milliseconds since 1970-01-01T00:00Z',
})

/** A number of messages, participants or revisions. */
export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

export const MessageIndex = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Place of a message in its conversation; increasing, never used again',
})

/** The position of a change in its scope: each change has the number of the one before it plus one. */
export const Revision = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** A key that makes a retried command the same command (G2). Time-ordered keys are the cheapest to store. */
export const ClientKey = Type.String({ minLength: 1, maxLength: LIMITS.clientKeyCharacters, pattern: '^[\\x21-\\x7e]+$' })

export const PageSize = Type.Integer({ minimum: 1, maximum: LIMITS.pageSize })

export const Nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

/** Objects refuse what they do not know, so that a misspelt field is told and not lost. */
export const closed = { additionalProperties: false } as const
