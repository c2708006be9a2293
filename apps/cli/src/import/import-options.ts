import { isSidOf } from '@conversa/protocol'
import { IMPORT_VARIABLES } from '../config.ts'
import { readPublicUrl } from '../config-values.ts'
import type { Patience, SourceAddress } from './source-client.ts'

/** What the command line says; what it does not say, the environment may. */
export interface ImportOptions {
  readonly from?: string | undefined
  readonly media?: string | undefined
  readonly account?: string | undefined
  readonly token?: string | undefined
  readonly service?: readonly string[] | undefined
  readonly parallel?: string | undefined
  readonly tries?: string | undefined
  readonly json?: boolean | undefined
  readonly webhooks?: boolean | undefined
}

/** The same, understood. */
export interface ImportPlan {
  readonly address: SourceAddress
  /** All of the account when it is empty. */
  readonly services: readonly string[]
  readonly atOnce: number
  readonly patience: Partial<Patience>
  readonly isJson: boolean
  readonly withWebhooks: boolean
}

const MEDIA_SERVICES: Readonly<Record<string, string>> = { 'https://conversations.twilio.com': 'https://mcs.us1.twilio.com' }

const MOST_AT_ONCE = 64

/** Reads the options of an import: all problems at once, and none repeats a value, which may be a secret. */
export function readImportOptions(
  env: NodeJS.ProcessEnv,
  given: ImportOptions,
): ImportPlan | { readonly problems: readonly string[] } {
  const problems: string[] = []
  const url = (name: string, text: string | undefined): string => {
    const reading = readPublicUrl(text ?? '')
    if ('value' in reading) return reading.value
    problems.push(`${name} must ${reading.must}`)
    return ''
  }
  const from = url('--from', given.from ?? env[IMPORT_VARIABLES.from])
  const account = given.account ?? env[IMPORT_VARIABLES.account] ?? ''
  if (!isSidOf('account', account) && !isSidOf('apiKey', account)) {
    problems.push(`--account (or ${IMPORT_VARIABLES.account}) must be the SID of an account or of an API key`)
  }
  const secret = given.token ?? env[IMPORT_VARIABLES.token] ?? ''
  if (secret === '')
    problems.push(`${IMPORT_VARIABLES.token} (or --token, which others on this machine can see) must be the secret`)
  const services = given.service ?? []
  if (!services.every((sid) => isSidOf('service', sid))) problems.push('--service must be IS and 32 hexadecimal digits')
  const atOnce = countOf('--parallel', given.parallel ?? '4', MOST_AT_ONCE, problems)
  const tries = countOf('--tries', given.tries ?? '8', 100, problems)
  const mediaUrl = given.media === undefined ? (MEDIA_SERVICES[from] ?? from) : url('--media', given.media)
  if (problems.length > 0) return { problems }
  return {
    address: { url: from, mediaUrl, account, secret },
    services,
    atOnce,
    patience: { atOnce: 2 * atOnce, tries },
    isJson: given.json ?? false,
    withWebhooks: given.webhooks ?? true,
  }
}

function countOf(name: string, text: string, most: number, problems: string[]): number {
  const count = Number(text)
  if (/^\d{1,3}$/.test(text) && count >= 1 && count <= most) return count
  problems.push(`${name} must be a whole number from 1 to ${most}`)
  return 1
}
