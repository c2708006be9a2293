import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { hasChromium } from '../end-to-end/browser.ts'
import { DESKTOP, Person } from '../web/person.ts'
import { examplesOf, ROOT } from './pages.ts'

const folder = mkdtempSync(join(tmpdir(), 'conversa-quick-start-'))
const closing: (() => Promise<unknown> | unknown)[] = []

beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

afterAll(async () => {
  for (const close of closing.reverse()) await close()
  await rm(folder, { recursive: true, force: true })
}, 300_000)

/** What the README tells to type, a command each. */
function commands(): readonly string[] {
  const first = examplesOf('README.md').find(({ language }) => language === 'sh')
  if (!first) throw new Error('README.md has no commands')
  return first.code
    .trim()
    .split('\n')
    .map((line) => line.replace('…', ROOT))
}

/** What somebody has in their environment who begins: that of this machine (certificates and proxies too), without what this run has. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|TEST|NODE_(?!EXTRA_CA)|CONVERSA_|CI$|HOST$|INIT_CWD$)/i.test(name),
  )
  const path = process.env.PATH?.split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return { ...Object.fromEntries(own), PATH: path?.join(delimiter), PORT: '0' }
}

/** A terminal. */
class Terminal {
  readonly #shell: ChildProcess
  readonly #ended: Promise<unknown>
  #output = ''
  /** Called when there is something new to look at. */
  #look = () => {}

  constructor(cwd: string) {
    this.#shell = spawn('bash', ['-e'], { cwd, env: environment(), detached: true })
    for (const stream of [this.#shell.stdout, this.#shell.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        this.#look()
      })
    this.#ended = once(this.#shell, 'close')
    void this.#ended.then(() => this.#look())
  }

  /** Types a command. */
  type(command: string): void {
    this.#shell.stdin?.write(`${command}\n`)
  }

  /** Waits for something that is said. @throws when the shell ends before */
  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#output)
      if (found) return found[1] ?? found[0]
      if (this.#shell.exitCode !== null) throw new Error(`the shell ended with ${this.#shell.exitCode}:\n${this.#output}`)
      await new Promise<void>((resolve) => {
        this.#look = resolve
      })
    }
  }

  /** Closes the window: whatever runs in it is ended. */
  async close(): Promise<void> {
    if (this.#shell.exitCode === null) process.kill(-Number(this.#shell.pid))
    await this.#ended
  }
}

/** Says how long each step took; nobody is held to it. */
class Stopwatch {
  readonly #begin = performance.now()
  #last = this.#begin

  lap(step: string): void {
    const now = performance.now()
    console.log(`${this.#seconds(now - this.#last).padStart(6)} s: ${step}`)
    this.#last = now
  }

  /** Says how long all of it took, to the end of the last step. */
  total(way: string): void {
    console.log(`${this.#seconds(this.#last - this.#begin)} s ${way}`)
  }

  #seconds(milliseconds: number): string {
    return (milliseconds / 1000).toFixed(1)
  }
}

test('the way from git clone to the first message, in the words of the README', { timeout: 900_000 }, async () => {
  const stopwatch = new Stopwatch()
  const terminal = new Terminal(folder)
  closing.push(() => terminal.close())
  const typed = commands()
  for (const [at, command] of typed.slice(0, -1).entries()) {
    terminal.type(`${command} && echo done ${at}`)
    await terminal.says(new RegExp(`^done ${at}$`, 'm'))
    stopwatch.lap(command)
  }
  terminal.type(typed.at(-1) ?? '')
  await terminal.says(/Installed in \d+ s/)
  stopwatch.lap(`${typed.at(-1)}: installed`)
  const url = await terminal.says(/^Conversa serves at (\S+)$/m)
  stopwatch.lap(`${typed.at(-1)}: serves`)

  const [alice, bob] = await Promise.all([Person.arrive('alice', DESKTOP), Person.arrive('bob', DESKTOP)])
  closing.push(alice.close, bob.close)
  await Promise.all([alice.signIn(url), bob.signIn(url)])
  stopwatch.lap('two windows, signed in')
  await alice.create('Lunch', 'bob')
  await bob.open('Lunch')
  await alice.write('Soup or salad?')
  await bob.sees('Soup or salad?')
  stopwatch.lap('the first message is there')
  stopwatch.total('from git clone to the first message')
  expect(await bob.texts()).toEqual(['Soup or salad?'])
})
