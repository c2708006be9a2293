import { mintAccessToken } from '@conversa/server'
import { type Command, InvalidArgumentError } from 'commander'
import { readReach } from '../config.ts'
import { readSid } from '../config-values.ts'
import { knownCredentials } from '../credentials.ts'
import { complain, type ExitCode, type Terminal } from '../terminal.ts'

/** Seconds: the longest life that the server accepts. */
const LONGEST_LIFE = 86_400

const HELP = `
The key is the one of CONVERSA_API_KEY_SID and CONVERSA_API_KEY_SECRET, with CONVERSA_ACCOUNT_SID and
CONVERSA_SERVICE_SID, or the one that a development server keeps in its data folder (CONVERSA_DATA). The server is
not asked: whoever has the key can let anybody in.

Examples:
  conversa token alice
  conversa token alice --ttl 86400
  conversa token alice --service IS0123456789abcdef0123456789abcdef --json

Ends with 0, or with 2 when it was called wrongly or there is no key.`

interface TokenOptions {
  readonly ttl: number
  readonly service?: string
  readonly json?: boolean
}

/** Adds `conversa token`. */
export function addToken(program: Command, terminal: Terminal): void {
  program
    .command('token')
    .description('make an access token for somebody, with the configured key')
    .argument('<identity>', 'who signs in with it')
    .option('--ttl <seconds>', `how long it lives, up to ${LONGEST_LIFE}`, readLife, 3600)
    .option('--service <sid>', 'the service to sign in to (CONVERSA_SERVICE_SID)')
    .option('--json', 'answer in JSON, for programs')
    .addHelpText('after', HELP)
    .action(async (identity: string, options: TokenOptions) => terminal.exit(await run(identity, options, terminal)))
}

async function run(identity: string, { ttl, service, json }: TokenOptions, terminal: Terminal): Promise<ExitCode> {
  const config = readReach(terminal.env)
  if ('problems' in config) return complain(config.problems, terminal)
  const known = await knownCredentials(config.dataDirectory, config.credentials)
  if ('problems' in known) return complain(known.problems, terminal)
  const given = service === undefined ? undefined : readSid('service', 'IS')(service)
  if (given && 'must' in given) return complain([`--service must ${given.must}`], terminal)
  const { accountSid, apiKeySid: keySid, apiKeySecret: keySecret } = known
  const serviceSid = given?.value ?? known.serviceSid
  if (!accountSid || !keySid || !keySecret || !serviceSid) {
    const missing = 'no key: set CONVERSA_ACCOUNT_SID, CONVERSA_API_KEY_SID, CONVERSA_API_KEY_SECRET and CONVERSA_SERVICE_SID'
    return complain([`${missing}, or CONVERSA_DATA to the data folder of a development server`], terminal)
  }
  if (identity === '') return complain(['the identity must not be empty'], terminal)
  const now = Date.now()
  const token = await mintAccessToken({ accountSid, keySid, keySecret, serviceSid, identity, ttlSeconds: ttl, now })
  const expires = new Date((Math.floor(now / 1000) + ttl) * 1000).toISOString()
  terminal.print(json ? JSON.stringify({ token, identity, service_sid: serviceSid, expires }) : token)
  return 0
}

function readLife(text: string): number {
  const seconds = Number(text)
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= LONGEST_LIFE) return seconds
  throw new InvalidArgumentError(`It must be a whole number of seconds from 1 to ${LONGEST_LIFE}.`)
}
