/** Where a request came in: what the addresses in its answer begin with (rest-and-semantics 1.1). */
export interface Place {
  readonly accountSid: string
  readonly serviceSid: string
  /** Whether the request named its service in its path; answers then use the same style. */
  readonly isServiceForm: boolean
  /** The address of a resource, in the style of the request. */
  url(path: string): string
  /** The address of a resource that is in no service. */
  accountUrl(path: string): string
}

/**
 * @param base the address under which the caller reaches us, without a slash at its end
 * @param isServiceForm whether the request named its service
 */
export function placeOf(base: string, accountSid: string, serviceSid: string, isServiceForm: boolean): Place {
  const accountUrl = (path: string) => `${base}/v1${path}`
  const url = (path: string) => accountUrl(isServiceForm ? `/Services/${serviceSid}${path}` : path)
  return { accountSid, serviceSid, isServiceForm, url, accountUrl }
}

/** A date as answers say it: UTC, whole seconds (rest-and-semantics 1.1). */
export function iso(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -5)}Z`
}
