import { isSidOf, LIMITS } from '@conversa/protocol'
import type { Reads, Scope } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import { canonicalAddress, isOwnAddress } from '../records/address.ts'
import type { AddressConfigurationRecord, AutoCreationTarget, ServiceRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { serviceOf } from './access.ts'
import type { GivenAutoCreation } from './back-end-command.ts'
import { Changes } from './changes.ts'
import { handler, settingsScope } from './handler.ts'
import { checkConfiguration, checkUrl } from './webhook.ts'

/*
 * What an account does with messages that come to one of its addresses (rest-and-semantics 1.4): the settings. What follows from
 * them is in auto-creation.ts.
 */

type AutoCreation = AddressConfigurationRecord['autoCreation']

const UNSET: AutoCreation = { enabled: false, serviceSid: null, target: { type: 'default' } }

interface Facts {
  readonly account: ServiceRecord
  readonly present: AddressConfigurationRecord | undefined
  /** The service that new conversations are to come to be in, if one is named. */
  readonly named: ServiceRecord | undefined
}

export const createAddressConfiguration = handler<'addressConfiguration.create', Facts>({
  // Two that configure one address at once must not both find it free.
  scopes: (_actor, { address }): Scope[] => [{ addresses: { address: '', proxyAddress: canonicalAddress(address) } }],
  async facts(reads, actor, { address, autoCreation }) {
    const account = await serviceOf(reads, actor)
    const present = await reads.addressConfigurationOf(account.accountSid, canonicalAddress(address))
    return { account, present, named: await serviceNamed(reads, autoCreation) }
  },
  decide({ account, present, named }, { addressType, address, addressCountry, friendlyName, autoCreation }, context) {
    if (!isOwnAddress(addressType, address)) return new Refusal('address-invalid')
    if (present) return new Refusal('address-configured', { sid: present.sid })
    const country = addressCountry ? countryOf(addressCountry) : null
    const settled = settle(UNSET, autoCreation)
    const refusal =
      checkName(friendlyName) ??
      (country instanceof Refusal ? country : undefined) ??
      checkService(account, autoCreation, named) ??
      (settled instanceof Refusal ? settled : undefined)
    if (refusal) return refusal
    const record: AddressConfigurationRecord = {
      sid: context.makeSid('addressConfiguration'),
      accountSid: account.accountSid,
      type: addressType,
      address: canonicalAddress(address),
      addressCountry: country as string | null,
      friendlyName: friendlyName || null,
      autoCreation: settled as AutoCreation,
      dateCreated: context.now,
      dateUpdated: context.now,
    }
    const changes = new Changes()
    changes.addressConfigurationSaved(record)
    return { changes, result: { addressConfigurationSid: record.sid } }
  },
})

interface UpdateFacts extends Facts {
  readonly present: AddressConfigurationRecord
}

/** What is given replaces; type, address and country stay. */
export const updateAddressConfiguration = handler<'addressConfiguration.update', UpdateFacts>({
  scopes: settingsScope,
  async facts(reads, actor, { name, autoCreation }) {
    const present = await findAddressConfiguration(reads, actor, name)
    if (present instanceof Refusal) return present
    return { account: await serviceOf(reads, actor), present, named: await serviceNamed(reads, autoCreation) }
  },
  decide({ account, present, named }, { friendlyName, autoCreation }, { now }) {
    const settled = settle(present.autoCreation, autoCreation)
    const refusal =
      checkName(friendlyName) ?? checkService(account, autoCreation, named) ?? (settled instanceof Refusal ? settled : undefined)
    if (refusal) return refusal
    const renamed = friendlyName === undefined ? present : { ...present, friendlyName: friendlyName || null }
    const changes = new Changes()
    changes.addressConfigurationSaved({ ...renamed, autoCreation: settled as AutoCreation, dateUpdated: now })
    return { changes, result: {} }
  },
})

export const deleteAddressConfiguration = handler<'addressConfiguration.delete', AddressConfigurationRecord>({
  scopes: settingsScope,
  facts: (reads, actor, { name }) => findAddressConfiguration(reads, actor, name),
  decide(present) {
    const changes = new Changes()
    changes.addressConfigurationRemoved(present)
    return { changes, result: {} }
  },
})

/** @param name a SID or the address itself (rest-and-semantics 3.2) */
export async function findAddressConfiguration(
  reads: Reads,
  actor: Actor,
  name: string,
): Promise<AddressConfigurationRecord | Refusal> {
  const { accountSid } = await serviceOf(reads, actor)
  const bySid = isSidOf('addressConfiguration', name) ? await reads.addressConfiguration(accountSid, name) : undefined
  const found = bySid ?? (await reads.addressConfigurationOf(accountSid, canonicalAddress(name)))
  return found ?? new Refusal('resource-not-found')
}

/** The settings with what was given in place of what was there; what fits another target than the one that holds is left out. */
function settle(before: AutoCreation, given: GivenAutoCreation): AutoCreation | Refusal {
  const target = targetOf(before.target, given)
  if (target instanceof Refusal) return target
  return {
    enabled: given.enabled ?? before.enabled,
    serviceSid: given.serviceSid === undefined ? before.serviceSid : given.serviceSid,
    target,
  }
}

function targetOf(before: AutoCreationTarget, given: GivenAutoCreation): AutoCreationTarget | Refusal {
  const type = given.type ?? before.type
  if (type === 'default') return { type }
  if (type === 'studio') {
    const kept = before.type === 'studio' ? before : undefined
    const flowSid = given.flowSid ?? kept?.flowSid
    const retryCount = given.retryCount ?? kept?.retryCount ?? 0
    return flowSid === undefined ? new Refusal('webhook-flow-invalid') : { type, flowSid, retryCount }
  }
  const kept = before.type === 'webhook' ? before : undefined
  const url = given.url ?? kept?.url ?? null
  const [method, filters] = [given.method ?? kept?.method ?? 'POST', given.filters ?? kept?.filters ?? []]
  const refusal = checkConfiguration({ target: type, postUrl: url, filters, triggers: [], flowSid: null }) ?? checkUrl(url)
  return refusal ?? { type, url: url as string, method, filters }
}

async function serviceNamed(reads: Reads, { serviceSid }: GivenAutoCreation): Promise<ServiceRecord | undefined> {
  return serviceSid ? await reads.service(serviceSid) : undefined
}

/** What is absent and what is another account's are told apart by nothing (G7). */
function checkService(
  { accountSid }: ServiceRecord,
  { serviceSid }: GivenAutoCreation,
  named: ServiceRecord | undefined,
): Refusal | undefined {
  const isForeign = Boolean(serviceSid) && named?.accountSid !== accountSid
  return isForeign ? new Refusal('parameter-invalid', { field: 'AutoCreation.ConversationServiceSid' }) : undefined
}

function checkName(friendlyName: string | null | undefined): Refusal | undefined {
  const limit = LIMITS.friendlyNameCharacters
  return friendlyName && friendlyName.length > limit ? new Refusal('friendly-name-too-long', { limit }) : undefined
}

function countryOf(code: string): string | Refusal {
  return /^[A-Za-z]{2}$/.test(code) ? code.toUpperCase() : new Refusal('parameter-invalid', { field: 'AddressCountry' })
}
