import { runProgram } from 'conversa/program'
import type { ProgramRun } from './run-program.ts'

/**
 * Calls the program within this process, as its own file does.
 *
 * @param env all variables that it sees
 */
export async function call(args: readonly string[], env: Readonly<Record<string, string>>): Promise<ProgramRun> {
  const said = { code: 0, stdout: '', stderr: '' }
  await runProgram(args, {
    env,
    say: (line) => {
      said.stderr += `${line}\n`
    },
    print: (text) => {
      said.stdout += `${text}\n`
    },
    exit: (code) => {
      said.code = code
    },
  })
  return said
}
