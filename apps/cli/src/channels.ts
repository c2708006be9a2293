import { readFileSync } from 'node:fs'
import { EmailChannel } from '@conversa/adapters/email'
import { HttpConnector } from '@conversa/adapters/http-connector'
import { Simulator } from '@conversa/adapters/simulator'
import type { Account, ChannelAdapter, ChannelPorts } from '@conversa/core'
import { IncomingFile, systemClock } from '@conversa/server'
import type { Config } from './config.ts'
import type { ChannelSettings } from './config-channels.ts'
import type { EmailChannelSettings } from './config-email.ts'

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
  if (channel.type === 'email') return emailOf(channel)
  const { name, url, secret } = channel
  return new HttpConnector({ name, url, secret, now: systemClock.now })
}

/** @throws when the files of its certificate cannot be read */
function emailOf({ listen, ...settings }: EmailChannelSettings): EmailChannel {
  if (!listen) return new EmailChannel(settings)
  const { tls, ...others } = listen
  const read = (path: string) => readFileSync(path, 'utf8')
  return new EmailChannel({
    ...settings,
    listen: { ...others, ...(tls && { tls: { key: read(tls.keyFile), cert: read(tls.certFile) } }) },
  })
}
