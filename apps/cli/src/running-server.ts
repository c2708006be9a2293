import type { Command } from 'commander'
import { readReach } from './config.ts'
import { readPublicUrl } from './config-values.ts'
import { knownCredentials } from './credentials.ts'
import { complain, type ExitCode, type Terminal } from './terminal.ts'

/** Options of every command that talks to a running server. */
export interface ServerOptions {
  readonly url?: string
  readonly json?: boolean
}

/** Adds those options. There is none for the secret: whoever lists the processes of a machine would read it. */
export function addServerOptions(command: Command): Command {
  return command
    .option('--url <url>', 'where the server is (what HOST and PORT say)')
    .option('--json', 'answer in JSON, for programs')
}

/** For the help: whose credentials are used. */
export const CREDENTIALS_HELP = `
The account is the one of CONVERSA_ACCOUNT_SID and CONVERSA_AUTH_TOKEN, or the one that a development server
keeps in its data folder (CONVERSA_DATA).`

/** The same for what is of all accounts. */
export const OPERATOR_HELP = `
It needs the operator's token of the server, CONVERSA_OPERATOR_TOKEN. A development server without one takes the auth
token of its account, which it keeps in its data folder (CONVERSA_DATA).`

/** Whose a command is: it is about one account, or about the server as a whole. */
type Role = 'account' | 'operator'

/**
 * Runs a command on the server that runs with the configuration of this environment.
 *
 * @param run gets the server and says how the command ended
 */
export async function onServer(
  terminal: Terminal,
  { url }: ServerOptions,
  run: (server: RunningServer) => Promise<ExitCode>,
  role: Role = 'account',
): Promise<void> {
  const server = await reach(terminal.env, url, role)
  terminal.exit('problems' in server ? complain(server.problems, terminal) : await run(server))
}

async function reach(
  env: NodeJS.ProcessEnv,
  url: string | undefined,
  role: Role,
): Promise<RunningServer | { readonly problems: readonly string[] }> {
  const config = readReach(env)
  if ('problems' in config) return config
  const named = url === undefined ? undefined : readPublicUrl(url)
  if (named && 'must' in named) return { problems: [`--url must ${named.must}`] }
  if (!named && config.port === 0) return { problems: ['PORT is 0, which is any port: say where the server is with --url'] }
  const known = await knownCredentials(config.dataDirectory, config.credentials)
  if ('problems' in known) return known
  const { accountSid, authToken } = known
  const [name, secret] =
    role === 'operator' ? ['operator', config.operatorToken ?? authToken] : ([accountSid, authToken] as const)
  if (name === undefined || secret === undefined) return { problems: [MISSING[role]] }
  return RunningServer.at(named?.value ?? localUrl(config.host, config.port), name, secret)
}

const DEVELOPMENT = 'or CONVERSA_DATA to the data folder of a development server'
const MISSING: Readonly<Record<Role, string>> = {
  account: `no credentials: set CONVERSA_ACCOUNT_SID and CONVERSA_AUTH_TOKEN, ${DEVELOPMENT}`,
  operator: `no credentials: set CONVERSA_OPERATOR_TOKEN, ${DEVELOPMENT}`,
}

/** A server that listens on every address is reached on this machine. */
function localUrl(host: string, port: number): string {
  const name = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** Where the doors are that commands use. */
const [OPERATOR, REST] = ['/conversa/v1', '/v1']

/** The operator's door of a running server. Every method throws when the server is not reached or says no; the message says why. */
export class RunningServer {
  readonly url: string
  readonly #authorization: string
  readonly #base: string

  private constructor(url: string, authorization: string, base: string) {
    this.url = url
    this.#authorization = authorization
    this.#base = base
  }

  static at(url: string, name: string, secret: string): RunningServer {
    return new RunningServer(url, `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`, OPERATOR)
  }

  /** The REST API of the same server, as back ends use it. */
  get rest(): RunningServer {
    return new RunningServer(this.url, this.#authorization, REST)
  }

  /** Asks for something. @param path under that of the door */
  async get<Answer>(path: string, query: Fields = {}): Promise<Answer> {
    const text = String(formOf(query))
    return (await (await this.request('GET', text === '' ? path : `${path}?${text}`)).json()) as Answer
  }

  /** Lets something be done. @param path under that of the door */
  async post<Answer>(path: string, fields: Fields = {}): Promise<Answer> {
    return (await (await this.request('POST', path, formOf(fields))).json()) as Answer
  }

  /** The same with the answer as it comes, for what is long. @returns an answer of success */
  async request(method: 'GET' | 'POST' | 'DELETE', path: string, body?: URLSearchParams): Promise<Response> {
    const headers = { authorization: this.#authorization }
    const answer = await fetch(this.url + this.#base + path, { method, headers, ...(body && { body }) }).catch((error) => {
      throw new Error(`unable to reach the server at ${this.url}: ${reasonOf(error)}; is it running?`)
    })
    if (!answer.ok) throw await ServerRefusal.of(answer)
    return answer
  }
}

/** Names and values of a form or a query; what is undefined is left out. */
export type Fields = Readonly<Record<string, string | number | undefined>>

function formOf(fields: Fields): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.append(name, String(value))
  return form
}

/** The server said no. */
export class ServerRefusal extends Error {
  readonly status: number

  private constructor(status: number, message: string) {
    super(message)
    this.status = status
  }

  static async of(answer: Response): Promise<ServerRefusal> {
    const said = await answer.json().catch(() => ({}))
    const { code, message } = said as { code?: number; message?: string }
    return new ServerRefusal(
      answer.status,
      `the server refused with ${answer.status}${code ? ` (${code})` : ''}: ${message ?? 'no reason given'}`,
    )
  }
}

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? String(error)
}
