import { createImport, openStore } from '../compose.ts'
import { readConfig } from '../config.ts'
import { credentialsOf } from '../credentials.ts'
import type { Screen } from '../progress-line.ts'
import { complain, type ExitCode } from '../terminal.ts'
import { type ImportOptions, readImportOptions } from './import-options.ts'
import { importServices } from './import-services.ts'
import { Progress } from './progress.ts'
import { Report } from './report.ts'
import { Source } from './source.ts'
import { SourceClient, SourceRefused, SourceUnavailable } from './source-client.ts'

/** Where an import speaks: lines and progress for people, and the report for programs. */
export interface ImportVoice {
  readonly screen: Screen
  report(json: string): void
}

/**
 * `conversa import`: moves what another server of this REST API holds into the store of this one, which must not be running.
 *
 * @param given options of the command line
 * @returns the exit code: 0 when everything that was listed is here, 1 when not everything is, 2 when it could not begin
 */
export async function importFrom(env: NodeJS.ProcessEnv, given: ImportOptions, voice: ImportVoice): Promise<ExitCode> {
  const progress = new Progress(voice.screen)
  const say = (line: string) => progress.say(line)
  const options = readImportOptions(env, given)
  const config = readConfig(env)
  const problems = ['problems' in options ? options.problems : [], 'problems' in config ? config.problems : []].flat()
  if ('problems' in options || 'problems' in config) return complain(problems, { say })
  const credentials = await credentialsOf(config)
  if ('problems' in credentials) return complain(credentials.problems, { say })
  const store = await openStore(config).catch((error: unknown) => (error as Error).message)
  if (typeof store === 'string')
    return complain([store, 'the store must be nobody else’s meanwhile: stop the server first, and all nodes of it'], { say })
  const report = new Report(options.address.url)
  try {
    const importer = await createImport(config, store)
    const source = new Source(new SourceClient(options.address, options.patience))
    const { accountSid } = credentials.credentials
    const { withWebhooks, atOnce, services } = options
    await importServices({ importer, source, accountSid, withWebhooks, atOnce, progress, report }, services)
  } catch (error) {
    if (!(error instanceof SourceRefused || error instanceof SourceUnavailable)) throw error
    say(error.message)
    say('what came over is kept: the same command goes on from there')
    return 1
  } finally {
    await store.close()
  }
  for (const line of report.lines()) say(line)
  if (options.isJson) voice.report(JSON.stringify(report, null, 2))
  return report.isVerified ? 0 : 1
}
