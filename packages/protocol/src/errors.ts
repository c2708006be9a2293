// table
/**
 * The one table of errors: REST, the socket, the SDK, OpenAPI and the docs read it. Codes are the public ones of
 * rest-and-semantics 3.14; an HTTP status in that section holds here too.
 */

/** What a caller may do after an error: nothing, try again later, or sign in again first. */
export type Retry = 'never' | 'later' | 'after-sign-in'

/** One kind of error. */
export interface ErrorKind {
  readonly code: number
  /** HTTP status of an answer that carries this error. */
  readonly status: number
  readonly retry: Retry
  /** What happened and what to do about it, for the reader of a log or a console. */
  readonly text: string
}

const never = 'never' as const
const later = 'later' as const
const signIn = 'after-sign-in' as const

/** All errors by name. A name is a state of affairs; the code is what travels. */
export const ERRORS = {
  'parameter-invalid': {
    code: 20001,
    status: 400,
    retry: never,
    text: 'unable to accept the request: a parameter is missing or has a wrong form',
  },
  'authentication-failed': {
    code: 20003,
    status: 401,
    retry: signIn,
    text: 'unable to authenticate: check the account SID or API key and its secret',
  },
  'access-denied': { code: 20006, status: 403, retry: never, text: 'unable to proceed: these credentials may not do this' },
  'method-not-allowed': { code: 20004, status: 405, retry: never, text: 'unable to do this: the resource has no such method' },
  'resource-not-found': { code: 20404, status: 404, retry: never, text: 'unable to find the requested resource' },
  'key-reused': {
    code: 20409,
    status: 409,
    retry: never,
    text: 'unable to accept the request: its key was already used for a different request',
  },
  'too-many-requests': {
    code: 20429,
    status: 429,
    retry: later,
    text: 'unable to accept the request: too many requests; slow down',
  },
  internal: {
    code: 20500,
    status: 500,
    retry: later,
    text: 'unable to finish the request: the server failed; try again, and report the reference if it persists',
  },
  unavailable: { code: 20503, status: 503, retry: later, text: 'unable to serve now: try again shortly' },

  'token-invalid': { code: 20101, status: 401, retry: signIn, text: 'unable to sign in: this is not an access token' },
  'token-header-invalid': {
    code: 20102,
    status: 401,
    retry: signIn,
    text: 'unable to sign in: the token header is wrong (an HMAC algorithm and the content type of access tokens are needed)',
  },
  'token-issuer-invalid': {
    code: 20103,
    status: 401,
    retry: signIn,
    text: 'unable to sign in: the token issuer or subject is not known here',
  },
  'token-expired': { code: 20104, status: 401, retry: signIn, text: 'unable to sign in: the token has expired; fetch a new one' },
  'token-not-yet-valid': {
    code: 20105,
    status: 401,
    retry: signIn,
    text: 'unable to sign in: the token is not valid yet; check the clocks',
  },
  'token-grants-invalid': {
    code: 20106,
    status: 401,
    retry: signIn,
    text: 'unable to sign in: the token needs exactly one chat grant with a service',
  },
  'token-signature-invalid': {
    code: 20107,
    status: 401,
    retry: signIn,
    text: 'unable to sign in: the token signature does not match its API key',
  },
  'token-lifetime-too-long': {
    code: 20157,
    status: 401,
    retry: signIn,
    text: 'unable to sign in: a token may live for 24 hours at most',
  },
  'token-service-unknown': {
    code: 51101,
    status: 401,
    retry: signIn,
    text: 'unable to sign in: the service in the token does not exist in its account',
  },
  'token-identity-missing': {
    code: 51105,
    status: 401,
    retry: signIn,
    text: 'unable to sign in: the token names no identity that can be used',
  },
  'identity-changed': {
    code: 51207,
    status: 403,
    retry: never,
    text: 'unable to renew the token: it belongs to another identity, service or account; open a new session',
  },
  'session-not-started': {
    code: 51130,
    status: 401,
    retry: signIn,
    text: 'unable to accept the request: start the session first',
  },
  'session-already-started': {
    code: 51202,
    status: 409,
    retry: never,
    text: 'unable to start the session: it has started already; renew the token instead',
  },
  'protocol-version-unsupported': {
    code: 51203,
    status: 400,
    retry: never,
    text: 'unable to speak this protocol version: update the client',
  },
  'frame-malformed': {
    code: 51204,
    status: 400,
    retry: never,
    text: 'unable to read the frame: it is not a JSON object of a known type',
  },
  'too-many-subscriptions': {
    code: 51205,
    status: 429,
    retry: never,
    text: 'unable to subscribe: this session follows too many conversations already; unsubscribe from some',
  },

  'page-token-invalid': {
    code: 21481,
    status: 400,
    retry: never,
    text: 'unable to give the page: the page token is not one of this list',
  },

  'friendly-name-missing': { code: 50000, status: 400, retry: never, text: 'unable to proceed: a friendly name is needed' },
  'friendly-name-too-long': {
    code: 50003,
    status: 400,
    retry: never,
    text: 'unable to accept the friendly name: it may have 256 characters, that of a role or a push credential 64',
  },
  'unique-name-too-long': {
    code: 50004,
    status: 400,
    retry: never,
    text: 'unable to accept the unique name: it may have 256 characters',
  },
  'service-not-found': { code: 50050, status: 404, retry: never, text: 'unable to find the service' },
  'actions-too-fast': {
    code: 50063,
    status: 429,
    retry: later,
    text: 'unable to accept the action: too many actions per second here; slow down',
  },

  'role-not-found': { code: 50100, status: 404, retry: never, text: 'unable to find the role' },
  'permission-not-found': {
    code: 50104,
    status: 400,
    retry: never,
    text: 'unable to accept the permissions: at least one is needed, and each must be one that a role of this type may hold',
  },
  'permission-missing': { code: 50107, status: 403, retry: never, text: 'unable to act: the user lacks a permission' },

  'user-not-found': { code: 50200, status: 404, retry: never, text: 'unable to find the user' },
  'user-exists': {
    code: 50201,
    status: 409,
    retry: never,
    text: 'unable to create the user: the identity is taken in this service',
  },
  'identity-reserved': { code: 50203, status: 400, retry: never, text: 'unable to accept the identity: it is reserved' },
  'identity-missing': { code: 50204, status: 400, retry: never, text: 'unable to proceed: an identity is needed' },
  'identity-looks-like-sid': {
    code: 50206,
    status: 400,
    retry: never,
    text: 'unable to accept the identity: it has the form of a SID',
  },
  'identity-too-long': {
    code: 50207,
    status: 400,
    retry: never,
    text: 'unable to accept the identity: it may have 256 characters',
  },
  'conversation-limit-reached': {
    code: 50214,
    status: 403,
    retry: never,
    text: 'unable to add the user: they are in as many conversations as they may be',
  },
  'notification-level-invalid': {
    code: 50210,
    status: 400,
    retry: never,
    text: 'unable to accept the notification level: it is default or muted',
  },

  'attributes-too-long': {
    code: 50303,
    status: 400,
    retry: never,
    text: 'unable to accept the attributes: the JSON text is too long',
  },
  'attributes-invalid': {
    code: 50304,
    status: 400,
    retry: never,
    text: 'unable to accept the attributes: a JSON text of at most 64 levels is needed',
  },
  'date-created-invalid': {
    code: 50308,
    status: 400,
    retry: never,
    text: 'unable to accept the date of creation: an ISO 8601 date and time with its zone is needed',
  },
  'date-updated-invalid': {
    code: 50309,
    status: 400,
    retry: never,
    text: 'unable to accept the date of the last update: an ISO 8601 date and time with its zone is needed',
  },
  'author-too-long': { code: 50310, status: 400, retry: never, text: 'unable to accept the author: it may have 256 characters' },
  'conversation-not-found': { code: 50350, status: 404, retry: never, text: 'unable to find the conversation' },
  'unique-name-taken': {
    code: 50353,
    status: 409,
    retry: never,
    text: 'unable to accept the unique name: another conversation has it',
  },
  'messaging-service-invalid': {
    code: 50341,
    status: 400,
    retry: never,
    text: 'unable to set the messaging service: its SID is MG and 32 hexadecimal digits',
  },
  'state-missing': { code: 50374, status: 400, retry: never, text: 'unable to set the state: it is empty' },
  'timer-inactive-too-short': {
    code: 50375,
    status: 400,
    retry: never,
    text: 'unable to set the timer to inactive: at least PT1M',
  },
  'timer-closed-too-short': { code: 50376, status: 400, retry: never, text: 'unable to set the timer to closed: at least PT10M' },
  'timer-inactive-invalid': {
    code: 50379,
    status: 400,
    retry: never,
    text: 'unable to read the timer to inactive: write PT1M or P2D',
  },
  'timer-closed-invalid': {
    code: 50380,
    status: 400,
    retry: never,
    text: 'unable to read the timer to closed: write PT10M or P2D',
  },
  'state-invalid': {
    code: 50378,
    status: 400,
    retry: never,
    text: 'unable to accept the state: it is active, inactive or closed',
  },
  'state-closed-at-creation': {
    code: 50384,
    status: 400,
    retry: never,
    text: 'unable to create the conversation: it cannot begin as closed',
  },
  'conversation-closed': { code: 50377, status: 400, retry: never, text: 'unable to change the conversation: it is closed' },
  'unique-name-looks-like-sid': {
    code: 50390,
    status: 400,
    retry: never,
    text: 'unable to accept the unique name: it has the form of a SID',
  },

  'read-timestamp-invalid': {
    code: 50405,
    status: 400,
    retry: never,
    text: 'unable to set the read horizon: an ISO 8601 date and time with its zone is needed',
  },
  'address-invalid': {
    code: 50407,
    status: 400,
    retry: never,
    text: 'unable to accept the address: a phone number like +15551234567, whatsapp: or rcs: and a number, or an e-mail address is needed',
  },
  'proxy-address-invalid': {
    code: 50408,
    status: 400,
    retry: never,
    text: 'unable to accept the proxy address: the number, sender or e-mail address that speaks for this server is needed',
  },
  'address-pair-taken': {
    code: 50416,
    status: 409,
    retry: never,
    text: 'unable to add the participant: another conversation that is not closed has this address with this proxy address',
  },
  'participant-limit-reached': {
    code: 50417,
    status: 403,
    retry: never,
    text: 'unable to add the participant: the conversation is full',
  },
  'non-chat-limit-reached': {
    code: 50418,
    status: 403,
    retry: never,
    text: 'unable to add the participant: the conversation has as many participants outside of the app as it may have',
  },
  'addresses-mismatched': {
    code: 50420,
    status: 400,
    retry: never,
    text: 'unable to accept the addresses: address and proxy address must be two of the same channel',
  },
  'read-index-invalid': {
    code: 50421,
    status: 400,
    retry: never,
    text: 'unable to set the read horizon: a message index from 0 upward is needed',
  },
  'first-pair-taken': {
    code: 50425,
    status: 409,
    retry: never,
    text: 'unable to create the conversation: another one that is not closed has an address of it with the same proxy address',
  },
  'too-many-first-participants': {
    code: 50426,
    status: 400,
    retry: never,
    text: 'unable to create the conversation: it may begin with 10 participants; add the others later',
  },
  'not-a-participant': {
    code: 50430,
    status: 403,
    retry: never,
    text: 'unable to proceed: the user is not a participant of the conversation',
  },
  'participant-not-found': { code: 50432, status: 404, retry: never, text: 'unable to find the participant' },
  'participant-exists': {
    code: 50433,
    status: 409,
    retry: never,
    text: 'unable to add the participant: the identity is in the conversation already',
  },
  'projected-address-missing': {
    code: 50434,
    status: 400,
    retry: never,
    text: 'unable to add the participant: this is a group of phones, where everybody needs an address or a projected address',
  },
  'group-impossible': {
    code: 50435,
    status: 400,
    retry: never,
    text: 'unable to make it a group of phones: somebody in the app is in the conversation without a projected address',
  },
  'group-full': {
    code: 50436,
    status: 403,
    retry: never,
    text: 'unable to add the participant: a group of phones may have 10 participants',
  },
  'group-participant-exists': {
    code: 50437,
    status: 409,
    retry: never,
    text: 'unable to add the participant: the group has this address already',
  },
  'group-exists': {
    code: 50438,
    status: 409,
    retry: never,
    text: 'unable to add the participant: another conversation that is not closed is a group of the same addresses',
  },
  'proxy-address-absent': {
    code: 50440,
    status: 400,
    retry: never,
    text: 'unable to take the proxy address away: the participant has none',
  },
  'proxy-address-impossible': {
    code: 50441,
    status: 400,
    retry: never,
    text: 'unable to set the proxy address: the participant has no address of their own',
  },
  'projected-address-absent': {
    code: 50442,
    status: 400,
    retry: never,
    text: 'unable to take the projected address away: the participant has none',
  },
  'projected-address-impossible': {
    code: 50443,
    status: 400,
    retry: never,
    text: 'unable to set the projected address: the participant has an address of their own',
  },
  'identity-impossible': {
    code: 50444,
    status: 400,
    retry: never,
    text: 'unable to set the identity: the participant has one, or no projected address',
  },
  'author-not-in-group': {
    code: 50513,
    status: 400,
    retry: never,
    text: 'unable to accept the message: in a group of phones the author has to be a participant',
  },
  'identity-and-address': {
    code: 50451,
    status: 400,
    retry: never,
    text: 'unable to list: either an identity or an address is needed, not both',
  },

  'message-not-found': { code: 50500, status: 404, retry: never, text: 'unable to find the message' },
  'content-template-not-found': {
    code: 50526,
    status: 400,
    retry: never,
    text: 'unable to accept the message: the account has no content template with this SID',
  },
  'content-variables-invalid': {
    code: 50527,
    status: 400,
    retry: never,
    text: 'unable to accept the content variables: the JSON of an object is needed, with a text for every place that has no default',
  },
  'content-sid-missing': {
    code: 50528,
    status: 400,
    retry: never,
    text: 'unable to accept the content variables: the SID of their content template is needed',
  },
  'content-variables-too-long': {
    code: 50529,
    status: 400,
    retry: never,
    text: 'unable to accept the content variables: there may be 100, of 16 characters in a name and 256 in a value',
  },
  'content-variable-name-too-long': {
    code: 50540,
    status: 400,
    retry: never,
    text: 'unable to accept the content variables: a name may have 16 characters',
  },
  'content-variable-value-too-long': {
    code: 50541,
    status: 400,
    retry: never,
    text: 'unable to accept the content variables: a value may have 256 characters',
  },
  'content-type-unsupported': {
    code: 50542,
    status: 400,
    retry: never,
    text: 'unable to take the content template as one of WhatsApp: it has no text, media, quick reply, call to action or card',
  },
  'body-missing': { code: 50503, status: 400, retry: never, text: 'unable to accept the message: a body is needed' },
  'body-too-long': {
    code: 50504,
    status: 400,
    retry: never,
    text: 'unable to accept the body: it may have 32 KiB of UTF-8, and 1,600 characters where somebody takes part by SMS or the like',
  },
  'message-index-invalid': {
    code: 50516,
    status: 400,
    retry: never,
    text: 'unable to find the place: a message index is needed, or -1 for all messages',
  },
  'media-not-found': {
    code: 50507,
    status: 404,
    retry: never,
    text: 'unable to find the file: it was never uploaded, was collected, or belongs to somebody else',
  },
  'media-already-used': { code: 50508, status: 400, retry: never, text: 'unable to attach the file: a message has it already' },
  'media-sid-invalid': { code: 50510, status: 400, retry: never, text: 'unable to accept the file: a media SID is needed' },
  'media-type-invalid': {
    code: 50511,
    status: 400,
    retry: never,
    text: 'unable to accept the file: its content type is not of the form type/subtype',
  },
  'media-too-large': {
    code: 50512,
    status: 400,
    retry: never,
    text: 'unable to accept the file: it, or all files of the message, have too many bytes',
  },
  'media-too-many': { code: 51301, status: 400, retry: never, text: 'unable to accept the message: it has too many files' },
  'media-pending-limit': {
    code: 51302,
    status: 429,
    retry: later,
    text: 'unable to accept the file: files that this user has not sent yet take all the room there is; send them first',
  },
  'upload-too-slow': { code: 51303, status: 408, retry: later, text: 'unable to receive the file: it came too slowly' },
  'range-beyond-end': {
    code: 51304,
    status: 416,
    retry: never,
    text: 'unable to give that part of the file: it begins behind the end',
  },
  'storage-full': { code: 51305, status: 507, retry: later, text: 'unable to store anything: the disk of the server is full' },
  'data-damaged': {
    code: 51312,
    status: 500,
    retry: later,
    text: 'unable to read what is stored: the disk of the server has damaged it, and its operator has to restore a backup',
  },
  'role-in-use': {
    code: 51310,
    status: 409,
    retry: never,
    text: 'unable to delete the role: somebody has it, or it is a default of the service',
  },
  'address-configured': {
    code: 51311,
    status: 409,
    retry: never,
    text: 'unable to configure the address: it is configured already; update what is there',
  },
  'webhook-url-invalid': {
    code: 50054,
    status: 400,
    retry: never,
    text: 'unable to set the webhook: its URL has to begin with http:// or https://, without a user or a fragment, 2048 characters at most',
  },
  'webhook-method-invalid': {
    code: 50055,
    status: 400,
    retry: never,
    text: 'unable to set the webhook: its method is GET or POST',
  },
  'webhook-blocked': { code: 50056, status: 403, retry: never, text: 'unable to do this: a webhook of the operator rejected it' },
  'webhooks-too-many': {
    code: 50361,
    status: 400,
    retry: never,
    text: 'unable to add the webhook: the conversation has 5 already',
  },
  'webhook-triggers-too-many': { code: 50362, status: 400, retry: never, text: 'unable to set the webhook: 5 triggers at most' },
  'webhook-target-invalid': {
    code: 50364,
    status: 400,
    retry: never,
    text: 'unable to set the webhook: its target is webhook, trigger or studio; of an account webhook or flex',
  },
  'webhook-filter-invalid': {
    code: 50365,
    status: 400,
    retry: never,
    text: 'unable to set the webhook: a filter is no event that it can hear of',
  },
  'webhook-flow-invalid': {
    code: 50367,
    status: 400,
    retry: never,
    text: 'unable to set the webhook: it needs the SID of a flow',
  },
  'webhook-url-missing': { code: 50369, status: 400, retry: never, text: 'unable to set the webhook: it needs a URL' },
  'webhook-filters-missing': { code: 50370, status: 400, retry: never, text: 'unable to set the webhook: it needs filters' },
  'webhook-triggers-missing': { code: 50371, status: 400, retry: never, text: 'unable to set the webhook: it needs triggers' },
  'call-cancelled': { code: 51306, status: 400, retry: never, text: 'unable to finish: the call was called off' },
} as const satisfies Record<string, ErrorKind>

export type ErrorName = keyof typeof ERRORS

/** An error as it travels on our socket; REST carries the same facts under its own field names. */
export interface ErrorBody {
  readonly code: number
  readonly message: string
  readonly status: number
  readonly retry: Retry
  /** What belongs to this case: the missing permission, the offending field, milliseconds to wait (`retryAfter`). No bodies, no tokens. */
  readonly detail?: Readonly<Record<string, string | number>>
}

/** Where an error is explained. */
const MORE_INFO = 'https://www.twilio.com/docs/errors/'

/** An error in the form that REST and the vendor's client know (rest-and-semantics 3.14). */
export function restErrorBody({ code, message, status }: ErrorBody) {
  return { code, message, more_info: `${MORE_INFO}${code}`, status }
}

/**
 * Says an error of the table.
 *
 * @param name the state of affairs
 * @param detail facts of this case, appended to the message where they help its reader
 * @returns the body to send
 */
export function errorBody(name: ErrorName, detail?: Readonly<Record<string, string | number>>): ErrorBody {
  const kind: ErrorKind = ERRORS[name]
  const said = detail
    ? Object.entries(detail)
        .map(([key, value]) => `${key}: ${value}`)
        .join(', ')
    : ''
  const message = said ? `${kind.text} (${said})` : kind.text
  return { code: kind.code, message, status: kind.status, retry: kind.retry, ...(detail && { detail }) }
}

/**
 * Codes with which the server closes our socket. The range decides what a client does, so that an old client handles a new
 * code rightly: 4000 to 4499 come back (after a pause), 4500 to 4999 do not come back by yourself.
 */
export const CLOSE_CODES = {
  /** The server shuts down or restarts. The reason may hold the milliseconds to wait. */
  goingAway: 4000,
  /** The reader was too slow for its queue: reconnect and resume (G8). */
  resynchronise: 4001,
  /** Nothing was heard for two heartbeats. */
  silent: 4002,
  /** The token expired and was not renewed in time. Come back with a new one. */
  tokenExpired: 4003,
  /** Too many malformed frames. */
  malformed: 4500,
  /** No session was started in time. */
  signInTimeout: 4501,
  /** The token was refused. */
  signInRefused: 4502,
  /** The protocol version is not served. */
  versionUnsupported: 4503,
} as const
