import { readFileSync } from 'node:fs'
import type { EmailChannel } from '@conversa/adapters/email'
import { HttpConnector } from '@conversa/adapters/http-connector'
import { Simulator } from '@conversa/adapters/simulator'
import type { Account, ChannelAdapter, ChannelPorts } from '@conversa/core'
import { IncomingFile, type Logger, systemClock } from '@conversa/server'
import type { Config } from './config.ts'
import { answersOf } from './config-answers.ts'
import type { ChannelSettings } from './config-channels.ts'
import type { EmailChannelSettings } from './config-email.ts'

/**
 * Who carries messages to people outside of the app: what the configuration names, and in development the simulator for all
 * addresses that nothing else speaks for.
 */
export async function createChannels(
  { mode, settings }: Pick<Config, 'mode' | 'settings'>,
  account: Account,
  logger: Logger,
): Promise<ChannelPorts> {
  const routes = await Promise.all(
    settings.channels.map(async (channel) => {
      const answers = channel.type === 'http' || channel.type === 'smpp' ? answersOf(channel.answers) : undefined
      return { account, adapter: await adapterOf(channel, logger), addresses: channel.addresses, answers }
    }),
  )
  const simulated = { account, adapter: createSimulator(), addresses: ['*'], answers: answersOf() }
  return { routes: mode === 'development' ? [...routes, simulated] : routes, inspect }
}

/** Phones and mailboxes in this process. */
function createSimulator(): Simulator {
  return new Simulator({ now: systemClock.now, newId: () => crypto.randomUUID() })
}

/** Looks at what comes from outside as at what anybody uploads. */
export const inspect: ChannelPorts['inspect'] = (content, declared) => new IncomingFile(content, declared)

/** Carriers that are not configured are not loaded: their libraries would make every start longer. */
async function adapterOf(channel: ChannelSettings, logger: Logger): Promise<ChannelAdapter> {
  const { now, after } = systemClock
  switch (channel.type) {
    case 'email':
      return emailOf(channel, logger)
    case 'http':
      return new HttpConnector({ name: channel.name, url: channel.url, secret: channel.secret, now })
    case 'smpp': {
      const { url, systemId, password, systemType = '', caFile, answers: _answers, ...options } = channel
      const { hostname: host, port, protocol } = new URL(url)
      const isSecured = protocol === 'smpps:'
      const login = {
        host,
        port: Number(port || (isSecured ? 3550 : 2775)),
        isSecured,
        systemId,
        password,
        systemType,
        ca: textOf(caFile),
      }
      const changed = (reason: Error | undefined) => {
        if (reason) logger.warn({ channel: channel.name, reason: reason.message }, 'no session with the SMSC')
        else logger.info({ channel: channel.name }, 'in a session with the SMSC')
      }
      const { SmppAdapter } = await import('@conversa/adapters/smpp')
      return new SmppAdapter({ ...options, login, now, after, newId: () => crypto.randomUUID(), changed })
    }
    case 'whatsapp': {
      const { WhatsAppAdapter } = await import('@conversa/adapters/whatsapp')
      return new WhatsAppAdapter({ ...channel, now })
    }
  }
}

/** @throws when the files of a certificate cannot be read */
async function emailOf(
  { listen, relay: { caFile, ...relay }, ...settings }: EmailChannelSettings,
  logger: Logger,
): Promise<EmailChannel> {
  const { EmailChannel } = await import('@conversa/adapters/email')
  const changed = (reason: Error | undefined) => {
    if (reason) logger.warn({ channel: settings.name, reason: reason.message }, 'the relay takes no e-mail')
    else logger.info({ channel: settings.name }, 'the relay takes e-mail again')
  }
  const options = { ...settings, relay: { ...relay, ca: textOf(caFile) }, changed }
  if (!listen) return new EmailChannel(options)
  const { tls, ...others } = listen
  const key = tls && { key: readFileSync(tls.keyFile, 'utf8'), cert: readFileSync(tls.certFile, 'utf8') }
  return new EmailChannel({ ...options, listen: { ...others, ...(key && { tls: key }) } })
}

/** @throws when it cannot be read */
const textOf = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path, 'utf8'))
