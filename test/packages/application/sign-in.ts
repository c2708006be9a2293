import { Client, type ClientOptions, type ConnectionState, type State } from '@twilio/conversations'

export interface Account {
  readonly identity: string
  fetchToken(): Promise<string>
}

export type Say = (text: string) => void

/** What a person sees of the connection. */
export function describeConnection(state: ConnectionState): string {
  switch (state) {
    case 'connected':
      return 'online'
    case 'connecting':
    case 'retrying':
      return 'connecting…'
    case 'denied':
      return 'sign in again'
    case 'error':
    case 'unknown':
    case 'disconnecting':
    case 'disconnected':
      return 'offline'
  }
}

/** Signs in as the vendor advises today: construct, then wait for the event. */
export async function signIn(account: Account, say: Say): Promise<Client> {
  const options: ClientOptions = { logLevel: 'warn' }
  options.region = 'us1'
  const client = new Client(await account.fetchToken(), options)
  client.setMaxListeners(50)
  keepToken(client, account, say)
  client.on('connectionStateChanged', (state: ConnectionState) => say(describeConnection(state)))
  client.on(Client.connectionError, ({ terminal, message }) => {
    if (terminal) say(message)
  })
  await new Promise<void>((resolve, reject) => {
    client.once('initialized', resolve)
    client.once('initFailed', ({ error }) => reject(new Error(error?.message ?? 'unable to sign in')))
  })
  client.onWithReplay('stateChanged', (state: State) => say(state))
  return client
}

/** Signs in as applications did before. */
export async function signInOlder(token: string): Promise<Client> {
  const client = await Client.create(token)
  const versions: string[] = [Client.version, client.version]
  return versions[0] === versions[1] ? client : client.updateToken(token)
}

function keepToken(client: Client, account: Account, say: Say): void {
  const renew = async () => {
    try {
      await client.updateToken(await account.fetchToken())
    } catch (error) {
      say(error instanceof Error ? error.message : String(error))
    }
  }
  client.on('tokenAboutToExpire', renew)
  client.on('tokenExpired', () => void renew())
}

export async function signOut(client: Client): Promise<void> {
  client.removeAllListeners()
  await client.shutdown()
}
