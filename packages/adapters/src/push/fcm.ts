import type { PushAnswer, PushRequest } from '@conversa/core'
import { FcmAccess, readServiceAccount, type ServiceAccount } from './fcm-access.ts'
import { type Posted, post } from './http-request.ts'
import { ARRIVED, denied, GONE, jsonObject, LATER, later, refused } from './push-answer.ts'
import { dataPayload } from './push-payload.ts'
import type { PushSenderOptions } from './push-sender.ts'

/** Bytes of data: the service takes 4096, names and values alone. */
const LARGEST_DATA = 4096

/** Pushes through Firebase (HTTP v1), as the service account of the credential. */
export class Fcm {
  readonly #options: PushSenderOptions
  readonly #access: FcmAccess

  constructor(options: PushSenderOptions) {
    this.#options = options
    const { now, deadline } = options
    this.#access = new FcmAccess({ tokenUrl: new URL('/token', options.googleUrl), now, deadline })
  }

  async send(request: PushRequest): Promise<PushAnswer> {
    const { secret } = request
    const account = secret.type === 'fcm' ? readServiceAccount(secret.secret) : undefined
    if (!account) return denied('the secret is not the file of a service account')
    const access = await this.#access.of(account)
    if ('problem' in access) return access.problem === 'unreachable' ? LATER : denied(access.reason)
    try {
      const posted = await this.#post(request, account, access.token)
      // The token was withdrawn before its end; the next try has a new one.
      if (posted.status === 401) this.#access.forget(account)
      return answerOf(posted, this.#options.now())
    } catch {
      return LATER
    }
  }

  #post({ registrationId: token, notice }: PushRequest, { projectId }: ServiceAccount, access: string): Promise<Posted> {
    const { fcmUrl, deadline } = this.#options
    const data = dataPayload(notice, LARGEST_DATA)
    const android = { priority: 'high', collapse_key: notice.conversationSid }
    return post({
      url: new URL(`/v1/projects/${encodeURIComponent(projectId)}/messages:send`, fcmUrl),
      headers: { authorization: `Bearer ${access}`, 'content-type': 'application/json' },
      body: JSON.stringify({ message: { token, data, android } }),
      deadline,
    })
  }
}

function answerOf({ status, headers, body }: Posted, now: number): PushAnswer {
  if (status >= 200 && status < 300) return ARRIVED
  const { code, isOfToken } = errorOf(body)
  if (code === 'UNREGISTERED' || (status === 400 && isOfToken)) return GONE
  if (status === 404) return denied('there is no such project')
  if (status === 401 || status === 403) return denied(code)
  if (status === 429 || status >= 500) return later(headers['retry-after'], now)
  return refused(code)
}

/** What the service calls what is wrong, and whether it is the registration. */
function errorOf(body: string): { readonly code: string; readonly isOfToken: boolean } {
  const error = (jsonObject(body).error ?? {}) as { status?: unknown; details?: unknown }
  const details: readonly Readonly<Record<string, unknown>>[] = Array.isArray(error.details) ? error.details : []
  const code = details.find(({ errorCode }) => typeof errorCode === 'string')?.errorCode ?? error.status ?? 'unknown'
  const violations = details.flatMap(({ fieldViolations }) => (Array.isArray(fieldViolations) ? fieldViolations : []))
  return { code: String(code), isOfToken: violations.some((each) => each?.field === 'message.token') }
}
