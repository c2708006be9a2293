import type { Context } from '../commands/handler.ts'
import { credentialFor } from '../commands/push-credential.ts'
import type { Reads, Store } from '../ports/store.ts'
import type { PushCredentialRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'

interface KeysContext extends Pick<Context, 'now' | 'makeSid'> {
  readonly store: Store
  readonly makeKeys: () => { readonly publicKey: string; readonly privateKey: string }
}

/**
 * The public key that browsers subscribe with, in base64url. It is made when the first one asks, and kept as a credential of the
 * account: whoever removes that has new ones made, and browsers have to subscribe anew.
 */
export async function webPushKey(serviceSid: string, { store, now, makeSid, makeKeys }: KeysContext): Promise<string | Refusal> {
  const find = async (reads: Reads) => {
    const service = await reads.service(serviceSid)
    return service && { service, credential: await credentialFor(reads, service.accountSid, 'web') }
  }
  const known = await store.read(find)
  if (!known) return new Refusal('resource-not-found')
  if (known.credential) return publicKeyOf(known.credential)
  const { accountSid } = known.service
  // Two who ask at once get the same.
  const scope = { addresses: { address: 'keys of web push', proxyAddress: accountSid } }
  return store.transact([scope], async (tx) => {
    const present = await credentialFor(tx, accountSid, 'web')
    if (present) return publicKeyOf(present)
    const secret = { type: 'web', ...makeKeys() } as const
    const dates = { dateCreated: now, dateUpdated: now }
    tx.savePushCredential({ sid: makeSid('pushCredential'), accountSid, friendlyName: 'Web Push', secret, ...dates })
    return secret.publicKey
  })
}

function publicKeyOf({ secret }: PushCredentialRecord): string {
  if (secret.type !== 'web') throw new Error('unable to give a key: the credential is not one for browsers')
  return secret.publicKey
}
