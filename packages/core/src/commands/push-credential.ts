import { LIMITS } from '@conversa/protocol'
import type { Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import type { PushCredentialRecord, PushSecret } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { serviceOf } from './access.ts'
import type { GivenPushSecret } from './back-end-command.ts'
import { Changes } from './changes.ts'
import { handler, settingsScope } from './handler.ts'

/*
 * What an account pushes with (rest-and-semantics 1.4). The secrets go in and are never shown again: who asks gets a view without
 * them, so that no answer, no answer that is kept for a repeated request, and no log can hold them.
 */

/** A credential as back ends see it. */
export interface PushCredential extends Omit<PushCredentialRecord, 'secret'> {
  readonly type: PushSecret['type']
  readonly sandbox: boolean
}

/** @returns the credential without its secrets */
export function pushCredentialView({ secret, ...shown }: PushCredentialRecord): PushCredential {
  return { ...shown, type: secret.type, sandbox: secret.type === 'apn' && secret.sandbox }
}

export const createPushCredential = handler<'pushCredential.create', { readonly accountSid: string }>({
  scopes: () => [],
  facts: (reads, actor) => serviceOf(reads, actor),
  decide({ accountSid }, { friendlyName, secret: given }, { now, makeSid }) {
    const secret = settled(given.type, undefined, given)
    const refusal = checkName(friendlyName) ?? (secret instanceof Refusal ? secret : undefined)
    if (refusal) return refusal
    const changes = new Changes()
    const sid = makeSid('pushCredential')
    const dates = { dateCreated: now, dateUpdated: now }
    changes.pushCredentialSaved({ sid, accountSid, friendlyName: friendlyName || null, secret: secret as PushSecret, ...dates })
    return { changes, result: { pushCredentialSid: sid } }
  },
})

/** What is given replaces. A credential of another type needs all secrets of that one. */
export const updatePushCredential = handler<'pushCredential.update', PushCredentialRecord>({
  scopes: settingsScope,
  facts: (reads, actor, { pushCredentialSid }) => findPushCredential(reads, actor, pushCredentialSid),
  decide(present, { friendlyName, secret: given }, { now }) {
    const secret = settled(given.type ?? present.secret.type, present.secret, given)
    const refusal = checkName(friendlyName) ?? (secret instanceof Refusal ? secret : undefined)
    if (refusal) return refusal
    const changes = new Changes()
    const named = friendlyName === undefined ? present : { ...present, friendlyName: friendlyName || null }
    changes.pushCredentialSaved({ ...named, secret: secret as PushSecret, dateUpdated: now })
    return { changes, result: {} }
  },
})

export const deletePushCredential = handler<'pushCredential.delete', PushCredentialRecord>({
  scopes: settingsScope,
  facts: (reads, actor, { pushCredentialSid }) => findPushCredential(reads, actor, pushCredentialSid),
  decide(present) {
    const changes = new Changes()
    changes.pushCredentialRemoved(present)
    return { changes, result: {} }
  },
})

/** @returns the credential, or a refusal when the account of the actor has none with this SID */
export async function findPushCredential(reads: Reads, actor: Actor, sid: string): Promise<PushCredentialRecord | Refusal> {
  const { accountSid } = await serviceOf(reads, actor)
  return (await reads.pushCredential(accountSid, sid)) ?? new Refusal('resource-not-found')
}

const LOOKED_AT_ONCE = 100

/**
 * What an account pushes with to a device: what its token named, if the account has that and it is of the channel; else its newest
 * credential of that type, so that a new one takes over when it is there.
 *
 * @param named the SID that a token named
 * @returns undefined when the account has none: then nothing can be pushed to it
 */
export async function credentialFor(
  reads: Reads,
  accountSid: string,
  channel: PushSecret['type'],
  named: string | null = null,
): Promise<PushCredentialRecord | undefined> {
  const wanted = named === null ? undefined : await reads.pushCredential(accountSid, named)
  if (wanted?.secret.type === channel) return wanted
  let newest: PushCredentialRecord | undefined
  for (let after: string | undefined, isMore = true; isMore; ) {
    const some = await reads.pushCredentials(accountSid, after, LOOKED_AT_ONCE)
    newest = some.findLast(({ secret }) => secret.type === channel) ?? newest
    after = some.at(-1)?.sid
    isMore = some.length === LOOKED_AT_ONCE
  }
  return newest
}

/** The secrets of a type, from what was given and what was there; without one of them nothing can be pushed. */
function settled(
  type: PushSecret['type'],
  present: PushSecret | undefined,
  { certificate, privateKey, sandbox, apiKey, secret }: GivenPushSecret,
): PushSecret | Refusal {
  const before = present?.type === type ? present : undefined
  switch (type) {
    case 'apn': {
      const apn = before?.type === 'apn' ? before : undefined
      const whole = {
        type,
        certificate: certificate || apn?.certificate,
        privateKey: privateKey || apn?.privateKey,
        sandbox: sandbox ?? apn?.sandbox ?? false,
      }
      if (!whole.certificate) return new Refusal('parameter-invalid', { field: 'Certificate' })
      if (!whole.privateKey) return new Refusal('parameter-invalid', { field: 'PrivateKey' })
      return whole as PushSecret
    }
    case 'gcm': {
      const key = apiKey || (before?.type === 'gcm' ? before.apiKey : undefined)
      return key ? { type, apiKey: key } : new Refusal('parameter-invalid', { field: 'ApiKey' })
    }
    case 'fcm': {
      const key = secret || (before?.type === 'fcm' ? before.secret : undefined)
      return key ? { type, secret: key } : new Refusal('parameter-invalid', { field: 'Secret' })
    }
    // Nobody gives keys for browsers: whoever renames the credential leaves them as they are.
    case 'web':
      return before ?? new Refusal('parameter-invalid', { field: 'Type' })
  }
}

function checkName(friendlyName: string | null | undefined): Refusal | undefined {
  const limit = LIMITS.credentialNameCharacters
  return friendlyName && friendlyName.length > limit ? new Refusal('friendly-name-too-long', { limit }) : undefined
}
