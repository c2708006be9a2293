import type { Context } from '../commands/handler.ts'
import { ensureService } from '../commands/service.ts'
import type { Reads, Store } from '../ports/store.ts'
import { type BackEnd, SYSTEM_IDENTITY } from '../records/actor.ts'
import type { ServiceRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'

/** Whoever pays: it owns services, and its credentials are those of its back ends. */
export interface Account {
  readonly sid: string
  /** The service that is meant when none is named. */
  readonly serviceSid: string
}

/**
 * Admits a back end to a service of its account. The default service is always there: it comes back when it was deleted. What is
 * absent and what is another account's are told apart by nothing.
 *
 * @param serviceSid undefined is the default service
 */
export async function admitBackEnd(
  store: Store,
  account: Account,
  serviceSid: string | undefined,
  context: Context,
): Promise<BackEnd | Refusal> {
  const found = await store.read((reads) => serviceMeant(reads, account, serviceSid))
  const sid = found?.sid ?? serviceSid ?? account.serviceSid
  if (found?.accountSid !== account.sid) {
    if (found || sid !== account.serviceSid) return new Refusal('service-not-found')
    await ensureService(store, { sid, accountSid: account.sid, friendlyName: 'default' }, context)
  }
  return { kind: 'back-end', serviceSid: sid, identity: SYSTEM_IDENTITY }
}

/** The service that is named, or the one that the account has set, or the one of its credentials when that is gone. */
async function serviceMeant(reads: Reads, account: Account, named: string | undefined): Promise<ServiceRecord | undefined> {
  if (named !== undefined) return reads.service(named)
  const chosen = (await reads.account(account.sid))?.defaultServiceSid
  return (chosen ? await reads.service(chosen) : undefined) ?? (await reads.service(account.serviceSid))
}
