import { mintAccessToken } from '@conversa/server'

/** Whose data a measurement is about. */
export const TENANT = {
  CONVERSA_ACCOUNT_SID: `AC${'a'.repeat(32)}`,
  CONVERSA_AUTH_TOKEN: 'b'.repeat(32),
  CONVERSA_API_KEY_SID: `SK${'c'.repeat(32)}`,
  CONVERSA_API_KEY_SECRET: 'd'.repeat(32),
  CONVERSA_SERVICE_SID: `IS${'e'.repeat(32)}`,
} as const

const DAY = 86_400

/** An access token of the tenant, without asking a server for it. */
export function tokenOf(identity: string): Promise<string> {
  return mintAccessToken({
    accountSid: TENANT.CONVERSA_ACCOUNT_SID,
    keySid: TENANT.CONVERSA_API_KEY_SID,
    keySecret: TENANT.CONVERSA_API_KEY_SECRET,
    serviceSid: TENANT.CONVERSA_SERVICE_SID,
    identity,
    ttlSeconds: DAY,
    now: Date.now(),
  })
}
