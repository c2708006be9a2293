import type { Config, Credentials } from '../config.ts'
import { type Finding, fault, fine, warning } from './finding.ts'

/** The oldest Node that the server is made for. */
const NODE = 24

/** Characters that a secret has at least. */
const SECRET = 32
/** Different ones among them; random hexadecimal digits have more. */
const VARIETY = 8

export function lookAtNode(version: string): Finding {
  const [major = 0] = version.replace(/^v/, '').split('.').map(Number)
  if (major >= NODE) return fine('Node', version)
  return fault('Node', `${version} is too old`, `install Node ${NODE} or newer`)
}

/** @param isAssumed whether nobody has said it, and the data folder is one of development */
export function lookAtMode({ mode }: Config, isAssumed: boolean): Finding {
  const why = ', as `npm start` sets it: `conversa serve` wants CONVERSA_MODE, and CONVERSA_MODE=production looks for production'
  return fine('mode', isAssumed ? mode + why : mode)
}

/** @param problems what is wrong with the configuration, each said with its mend */
export function lookAtProblems(problems: readonly string[]): Finding[] {
  return problems.map((problem) =>
    fault('configuration', problem, 'correct the environment or the file that CONVERSA_CONFIG names'),
  )
}

/** Whether the credentials that are set are hard to guess; none of them is repeated. */
export function lookAtCredentials({ mode, operatorToken }: Config, credentials: Partial<Credentials>): Finding[] {
  const secrets = { CONVERSA_AUTH_TOKEN: credentials.authToken, CONVERSA_API_KEY_SECRET: credentials.apiKeySecret }
  const weak = Object.entries({ ...secrets, CONVERSA_OPERATOR_TOKEN: operatorToken }).filter(
    ([, secret]) => secret !== undefined && isWeak(secret),
  )
  const missing = Object.values(secrets).some((secret) => secret === undefined)
  if (weak.length > 0) {
    const say = mode === 'production' ? fault : warning
    return weak.map(([name]) =>
      say('credentials', `${name} is easy to guess`, `set it to what \`openssl rand -hex ${SECRET / 2}\` prints`),
    )
  }
  return [fine('credentials', missing ? 'they are made at the first start' : 'they are set')]
}

/** Which keys browsers' push services know the server by; keys that do not belong together were found before. */
export function lookAtPush({ settings, publicUrl }: Pick<Config, 'settings' | 'publicUrl'>): Finding[] {
  const { vapidPublicKey, subject } = settings.push
  if (vapidPublicKey === undefined) return [fine('keys for browsers', 'the server makes them, and keeps them in its database')]
  const keys = 'those of the configuration are used'
  if (subject === undefined && !publicUrl?.startsWith('https:')) {
    const mend = 'set push.subject in the file that CONVERSA_CONFIG names to mailto:… or https://…'
    return [warning('keys for browsers', `${keys}; some push services want to know how to reach you`, mend)]
  }
  return [fine('keys for browsers', keys)]
}

function isWeak(secret: string): boolean {
  return secret.length < SECRET || new Set(secret).size < VARIETY
}
