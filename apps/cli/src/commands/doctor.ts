import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { type Reach, readConfig, readReach } from '../config.ts'
import { credentialsFile, knownCredentials } from '../credentials.ts'
import { lookAtDataFolder } from '../doctor/data-folder.ts'
import type { Finding } from '../doctor/finding.ts'
import { lookAtNetwork } from '../doctor/network.ts'
import { lookAtCredentials, lookAtMode, lookAtNode, lookAtProblems, lookAtPush } from '../doctor/set-up.ts'
import type { Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'

const HELP = `
Looks at Node, configuration, credentials, keys, data folder, disk, clock, database, port and public URL of a server with the
configuration of this environment, whether it runs or not, and changes nothing. Where neither CONVERSA_MODE nor a credential
is set, a data folder that \`npm start\` made is looked at as \`npm start\` uses it: for development.

Examples:
  conversa doctor
  CONVERSA_MODE=production conversa doctor --json

Ends with 0 when a server can run like this, warnings or not, with 1 when it cannot, with 2 when it was called wrongly.`

/** Adds `conversa doctor`. */
export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('say what is wrong with this set-up, and how to mend it')
    .option('--json', 'answer in JSON, for programs')
    .addHelpText('after', HELP)
    .action(async ({ json }: { readonly json?: boolean }) => {
      const findings = await lookAround(terminal.env)
      const faults = findings.filter(({ level }) => level === 'fault').length
      if (json) terminal.print(JSON.stringify({ findings }, null, 2))
      else {
        terminal.print(textTable(['', 'WHAT', 'HOW IT IS'], findings.map(rowOf)))
        for (const { check, mend } of findings) if (mend !== undefined) terminal.print(`\n${check}: ${mend}`)
        terminal.say(faults === 0 ? 'a server can run like this' : `${faults} to mend`)
      }
      terminal.exit(faults === 0 ? 0 : 1)
    })
}

const MARKS = { fine: 'ok', warning: 'warning', fault: 'FAULT' } as const

function rowOf({ level, check, message }: Finding): string[] {
  return [MARKS[level], check, message]
}

async function lookAround(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const node = lookAtNode(process.version)
  const reach = readReach(env)
  const isDevelopment = !('problems' in reach) && !env.CONVERSA_MODE && isOfDevelopment(reach)
  const config = readConfig(env, isDevelopment ? { CONVERSA_MODE: 'development' } : {})
  if ('problems' in config) {
    // What can be read of it nevertheless says where the data is.
    const data = 'problems' in reach ? [] : await lookAtData(reach)
    return [node, ...lookAtProblems(config.problems), ...data]
  }
  const known = await knownCredentials(config.dataDirectory, config.credentials).catch(() => config.credentials)
  const credentials = 'problems' in known ? lookAtProblems(known.problems) : lookAtCredentials(config, known)
  const mode = lookAtMode(config, isDevelopment)
  return [
    node,
    mode,
    ...credentials,
    ...lookAtPush(config),
    ...(await lookAtData(config)),
    ...(await lookAtNetwork(config, Date.now)),
  ]
}

/** Whether `npm start`, which sets the mode where nobody does, made this data folder, and nothing is set for production. */
function isOfDevelopment({ dataDirectory, credentials }: Reach): boolean {
  return Object.keys(credentials).length === 0 && existsSync(credentialsFile(dataDirectory))
}

async function lookAtData({
  databaseUrl,
  dataDirectory,
}: Pick<Reach, 'dataDirectory'> & { readonly databaseUrl?: string | undefined }): Promise<Finding[]> {
  if (databaseUrl === undefined) return lookAtDataFolder(dataDirectory, Date.now())
  const { lookAtPostgres } = await import('../doctor/postgres.ts')
  return lookAtPostgres(databaseUrl)
}
