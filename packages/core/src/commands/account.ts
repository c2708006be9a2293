import type { Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import { checkTimers } from '../records/conversation-timers.ts'
import { type AccountRecord, differing, type ServiceRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { serviceOf } from './access.ts'
import { Changes } from './changes.ts'
import { handler, settingsScope } from './handler.ts'

/** The settings of the account that the actor's service belongs to. */
export async function accountOf(reads: Reads, actor: Actor): Promise<AccountRecord> {
  const { accountSid: sid } = await serviceOf(reads, actor)
  return (
    (await reads.account(sid)) ?? { sid, defaultServiceSid: null, inactive: null, closed: null, defaultMessagingServiceSid: null }
  )
}

/** The default service of an account, and the timers and messaging service of its new conversations (rest-and-semantics 1.4). */
export const updateAccount = handler<
  'account.update',
  { readonly account: AccountRecord; readonly service: ServiceRecord | undefined }
>({
  scopes: settingsScope,
  async facts(reads, actor, { defaultServiceSid }) {
    const service = defaultServiceSid === undefined ? undefined : await reads.service(defaultServiceSid)
    return { account: await accountOf(reads, actor), service }
  },
  decide({ account, service }, { defaultServiceSid, defaultMessagingServiceSid, timers }) {
    const isForeign = defaultServiceSid !== undefined && service?.accountSid !== account.sid
    const refusal =
      checkTimers(timers) ?? (isForeign ? new Refusal('parameter-invalid', { field: 'DefaultChatServiceSid' }) : undefined)
    if (refusal) return refusal
    const changes = new Changes()
    const changed = differing(account, { defaultServiceSid, defaultMessagingServiceSid, ...timers })
    if (Object.keys(changed).length > 0) changes.accountSaved({ ...account, ...changed })
    return { changes, result: {} }
  },
})
