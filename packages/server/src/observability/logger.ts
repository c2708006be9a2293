import { type DestinationStream, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino'
import { scrubLine } from './scrub.ts'

export type { Logger } from 'pino'

/** The levels of the log, the loudest last; `silent` writes nothing. */
export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LoggerOptions {
  readonly level: LogLevel
  /** Where lines go; standard output unless told. */
  readonly destination?: DestinationStream
}

/**
 * Makes the log of a process: one JSON object per line. Bodies, attributes, tokens and secrets never reach it, whatever a caller
 * hands in: every finished line passes `scrubLine` (reliability B11). What is logged belongs into the first argument; objects that
 * a format would write into the message are left out, because their fields can no longer be told apart there.
 *
 * @param options the level, and where lines go
 * @returns a pino logger, as fastify's `loggerInstance` too
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { req: describeRequest, res: describeResponse, err: describeError, error: describeError },
      hooks: {
        streamWrite: scrubLine,
        logMethod(args, method) {
          const [first, ...rest] = args
          method.apply(this, [first, ...rest.map((value: unknown) => (isObject(value) ? '[object]' : value))] as typeof args)
        },
      },
    },
    options.destination ?? process.stdout,
  )
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

interface RequestLike {
  readonly id?: unknown
  readonly method?: string
  readonly url?: string
  readonly ip?: string
  readonly socket?: { readonly remoteAddress?: string }
}

function describeRequest(request: RequestLike): object {
  return { id: request.id, method: request.method, url: request.url, remoteAddress: request.ip ?? request.socket?.remoteAddress }
}

function describeResponse(response: { readonly statusCode?: number }): object {
  return { statusCode: response.statusCode }
}

/** Errors of drivers carry queries, parameters and rows in further fields: only these four are ours to show. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { type, message, stack, code } = stdSerializers.err(error)
  return { type, message, stack, code }
}
