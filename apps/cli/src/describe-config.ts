import type { Config } from './config.ts'

/**
 * The configuration for a reader, one line per fact. Of a secret it says whether it is set, of an address with a password all but
 * that.
 *
 * @param config what the server starts with
 * @returns lines without a line break at the end
 */
export function describeConfig(config: Config): string {
  const { credentials, settings } = config
  const facts: Record<string, string> = {
    mode: config.mode,
    'listens on': `${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`,
    'data folder': config.dataDirectory,
    database: config.databaseUrl === undefined ? 'SQLite in the data folder' : withoutSecrets(config.databaseUrl),
    bus: config.natsUrl === undefined ? 'none (one node)' : config.natsUrl.split(',').map(withoutSecrets).join(', '),
    'public URL': config.publicUrl ?? 'as the request says',
    'log level': config.logLevel,
    'account SID': credentials.accountSid ?? UNSET,
    'auth token': masked(credentials.authToken),
    'API key SID': credentials.apiKeySid ?? UNSET,
    'API key secret': masked(credentials.apiKeySecret),
    'service SID': credentials.serviceSid ?? UNSET,
    'allowed origins': settings.allowedOrigins.join(', ') || 'its own',
  }
  return Object.entries(facts)
    .map(([name, fact]) => `${name.padEnd(16)}${fact}`)
    .join('\n')
}

const UNSET = '(not set)'

function masked(secret: string | undefined): string {
  return secret === undefined ? UNSET : '********'
}

/** Queries may hold passwords too (`?password=`), and a bus takes a token in place of a user. */
export function withoutSecrets(address: string): string {
  const { protocol, host, pathname, username, password } = new URL(address)
  return `${protocol}//${username || password ? '********@' : ''}${host}${pathname}`
}
