import { fork } from 'node:child_process'
import { once } from 'node:events'

/**
 * Runs a program from source in a process of its own, to its end.
 *
 * @param flags for Node, beside those that running from source needs
 * @returns what it told by its one message
 * @throws when it ended without a word
 */
export async function toldBy<Told>(program: URL, args: readonly string[] = [], flags: readonly string[] = []): Promise<Told> {
  const child = fork(program, [...args], { execArgv: ['--conditions=conversa-source', ...flags] })
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${program.pathname} ended with ${code}`)))
  const [told] = await Promise.race([once(child, 'message'), failed])
  await failed.catch(() => {})
  return told as Told
}
