import { type Static, Type } from 'typebox'
import { Event } from './event.ts'
import { closed } from './scalar.ts'
import { Notice } from './session.ts'

/** Chosen by the client; an answer repeats it. */
export const RequestId = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

export const ErrorBody = Type.Object(
  {
    code: Type.Integer({ description: 'The documented code' }),
    message: Type.String(),
    status: Type.Integer({ description: 'The HTTP status of the same error on REST' }),
    retry: Type.Union([Type.Literal('never'), Type.Literal('later'), Type.Literal('after-sign-in')]),
    detail: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
  },
  closed,
)

/** A request that succeeded. */
export const ReplyFrame = Type.Object({ reply: RequestId, result: Type.Object({}) }, closed)
/** A request that was refused; without `reply` when not even the id could be read. */
export const RefusalFrame = Type.Object({ reply: Type.Union([RequestId, Type.Null()]), error: ErrorBody }, closed)
export const EventFrame = Type.Object({ event: Event }, closed)
export const NoticeFrame = Type.Object({ notice: Notice }, closed)

/** Everything that a server sends. A client sends requests: a request's own fields and an `id` in one object. */
export const ServerFrame = Type.Union([ReplyFrame, RefusalFrame, EventFrame, NoticeFrame])
export type ServerFrame = Static<typeof ServerFrame>
