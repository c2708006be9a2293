/** What a command of the program has of the world around it. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv
  /** A line for whoever watches: goes to standard error. */
  readonly say: (line: string) => void
  /** What was asked for, and nothing else: goes to standard output, with a line break at its end. */
  readonly print: (text: string) => void
  /** Says how the program is to end: 0 done, 1 it did not work, 2 it was called or set up wrongly. */
  readonly exit: (code: ExitCode) => void
}

/** How the program ends. */
export type ExitCode = 0 | 1 | 2

/** Says what is wrong with how the program was called or set up. */
export function complain(problems: readonly string[], { say }: Pick<Terminal, 'say'>): ExitCode {
  for (const problem of problems) say(problem)
  return 2
}
