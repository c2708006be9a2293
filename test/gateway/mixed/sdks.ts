import { Client as OurClient } from '@conversa/client'
import type { Client } from '@twilio/conversations'
import { gatewayOf, VENDORS } from '../vendor.ts'

/** An SDK that shares a room with the others. The types of the vendor's newest are good enough for all. */
interface Sdk {
  readonly name: string
  /** Somebody's client, initialized. */
  begin(token: string, url: string): Promise<Client>
}

/** Every SDK that a server serves at the same time: one more is one more line. */
export const SDKS: readonly Sdk[] = [
  { name: 'ours', begin: async (token, url) => (await OurClient.create(token, { url })) as unknown as Client },
  ...(['3.0.1', '2.4.0'] as const).map((name) => ({
    name,
    begin: async (token: string, url: string) => {
      const client = new VENDORS[name](token, gatewayOf(url) as never)
      await initialized(client)
      await client.getSubscribedConversations()
      return client
    },
  })),
]

/** Settles when a client of the vendor's has loaded what is its own. */
function initialized(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.on('initialized', () => resolve())
    client.on('initFailed', ({ error }) => reject(new Error(error?.message ?? 'not initialized')))
  })
}
