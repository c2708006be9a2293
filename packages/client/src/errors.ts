import type { ErrorBody, Retry } from '@conversa/protocol'

/** Facts that belong to one case of an error. */
export type ErrorDetail = Readonly<Record<string, string | number>>

/** What every rejection of the SDK is, whether the server refused or the client did. */
export class ConversaError extends Error {
  override readonly name = 'ConversaError'
  /** The documented number of the error. */
  declare readonly code: number
  /** The HTTP status of the same error on REST. */
  declare readonly status: number
  /** What to do about it: nothing, try again later, or sign in again first. */
  declare readonly retry: Retry
  /** What belongs to this case: the missing permission, the offending parameter. */
  declare readonly detail: ErrorDetail

  /** @param body the error as it travels */
  constructor({ code, message, status, retry, detail = {} }: ErrorBody) {
    super(message)
    Object.assign(this, { code, status, retry, detail })
  }
}

/* Errors that arise in the client. Their codes are those that the server uses for the same state of affairs. */

const KINDS = {
  parameterInvalid: [20001, 400, 'unable to accept the call: a parameter has a wrong form'],
  tooMuchPending: [20429, 429, 'unable to accept the call: too many are waiting', 'later'],
  connectionLost: [20503, 503, 'unable to finish the request: the connection was lost', 'later'],
  uploadUnanswered: [20503, 503, 'unable to upload: no answer; the server has to allow the origin', 'later'],
  tokenInvalid: [20101, 401, 'unable to sign in: an access token is needed', 'after-sign-in'],
  tokenExpired: [20104, 401, 'unable to sign in: the token has expired', 'after-sign-in'],
  notAParticipant: [50430, 403, 'unable to proceed: the user is not in the conversation'],
  userNotFound: [50200, 404, 'unable to find the user: they are not in the app'],
  participantNotFound: [50432, 404, 'unable to find the participant'],
  mediaTypeInvalid: [50511, 400, 'unable to send the message: a file has no type of the form type/subtype'],
  mediaTooLarge: [50512, 400, 'unable to send the message: its files have too many bytes'],
  mediaTooMany: [51301, 400, 'unable to send the message: it has too many files'],
  cancelled: [51306, 400, 'unable to finish: called off'],
  shutDown: [51130, 401, 'unable to proceed: the client is shut down'],
  connectionRefused: [51201, 403, 'unable to connect: the server refused for good'],
  identityChanged: [51207, 403, 'unable to finish the request: somebody else signed in meanwhile'],
} as const satisfies Record<string, readonly [number, number, string, Retry?]>

/**
 * Makes an error that arises in the client.
 *
 * @param kind the state of affairs
 * @param detail facts of this case, appended to the message
 */
export function failure(kind: keyof typeof KINDS, detail?: ErrorDetail): ConversaError {
  const [code, status, text, retry = 'never']: readonly [number, number, string, Retry?] = KINDS[kind]
  const said = Object.entries(detail ?? {}).map(([key, value]) => `${key}: ${value}`)
  const message = said.length > 0 ? `${text} (${said.join(', ')})` : text
  return new ConversaError({ code, status, retry, message, ...(detail && { detail }) })
}
