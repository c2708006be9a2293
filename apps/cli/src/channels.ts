import { HttpConnector } from '@conversa/adapters/http-connector'
import { Simulator } from '@conversa/adapters/simulator'
import type { Account, ChannelAdapter, ChannelPorts } from '@conversa/core'
import { IncomingFile, systemClock } from '@conversa/server'
import type { Config } from './config.ts'
import type { ChannelSettings } from './config-channels.ts'

/**
 * Who carries messages to people outside of the app: what the configuration names, and in development the simulator for all
 * addresses that nothing else speaks for.
 */
export function createChannels({ mode, settings }: Pick<Config, 'mode' | 'settings'>, account: Account): ChannelPorts {
  const routes = settings.channels.map((channel) => ({ account, adapter: adapterOf(channel), addresses: channel.addresses }))
  const simulated = { account, adapter: createSimulator(), addresses: ['*'] }
  return { routes: mode === 'development' ? [...routes, simulated] : routes, inspect }
}

/** Phones and mailboxes in this process. */
function createSimulator(): Simulator {
  return new Simulator({ now: systemClock.now, newId: () => crypto.randomUUID() })
}

/** Looks at what comes from outside as at what anybody uploads. */
export const inspect: ChannelPorts['inspect'] = (content, declared) => new IncomingFile(content, declared)

function adapterOf(channel: ChannelSettings): ChannelAdapter {
  const { name, url, secret } = channel
  return new HttpConnector({ name, url, secret, now: systemClock.now })
}
