import { runProgram } from 'conversa/program'
import type { ProgramRun } from './run-program.ts'

/**
 * Calls the program within this process, as its own file does.
 *
 * @param env all variables that it sees
 * @param heard hears what it says to whoever watches, line by line
 */
export async function call(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  heard: (line: string) => void = () => {},
): Promise<ProgramRun> {
  const said = { code: 0, stdout: '', stderr: '' }
  await runProgram(args, {
    env,
    say: (line) => {
      said.stderr += `${line}\n`
      heard(line)
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
