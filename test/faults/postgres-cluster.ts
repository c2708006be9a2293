import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './nats-process.ts'

/** Where Debian keeps the versions of PostgreSQL. */
const VERSIONS = '/usr/lib/postgresql'

/** The programs of the newest version that is installed. */
function newest(): string {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).map(Number) : []
  return join(VERSIONS, String(Math.max(0, ...versions)), 'bin')
}

const BINARIES = process.env.POSTGRES_BIN ?? newest()

/** Why a PostgreSQL of a test's own cannot be started; undefined when it can. */
export const withoutCluster = existsSync(join(BINARIES, 'initdb'))
  ? undefined
  : `there is no initdb in ${BINARIES} (POSTGRES_BIN says where it is)`

interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Waits until nobody holds its standard input any more, which is so as well when they were killed; then ends a cluster and removes it. */
const LEASH = `cat
kill -CONT "$(head -n 1 "$0/data/postmaster.pid")"
"$1/pg_ctl" stop -D "$0/data" -m immediate
rm -rf "$0"`

/** A PostgreSQL of a test's own, which it may crash. It goes with the process that started it, however that ends. */
export class PostgresCluster implements AsyncDisposable {
  readonly url: string
  readonly #folder: string
  readonly #owner: Owner | undefined
  readonly #options: string
  readonly #leash: ChildProcess

  private constructor(folder: string, owner: Owner | undefined, port: number, settings: readonly string[]) {
    this.#folder = folder
    this.#owner = owner
    const all = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, ...settings]
    this.#options = all.map((setting) => `-c ${setting}`).join(' ')
    this.url = `postgres://conversa@127.0.0.1:${port}/postgres`
    this.#leash = leash(folder, owner)
  }

  /** @param settings those of `postgresql.conf` that are not as usual, as `name=value` */
  static async start(settings: readonly string[] = []): Promise<PostgresCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'conversa-postgres-'))
    const owner = await ownerOfCluster()
    if (owner) await chown(folder, owner.uid, owner.gid)
    const cluster = new PostgresCluster(folder, owner, await freePort(), settings)
    await cluster.#run('initdb', ['-D', join(folder, 'data'), '-U', 'conversa', '-A', 'trust', '--no-sync'])
    await cluster.#control('start')
    return cluster
  }

  /** Ends it as a crash does, without writing anything more. */
  crash(): Promise<void> {
    return this.#control('stop', '-m', 'immediate')
  }

  /** Starts it after a crash: it recovers from its log. */
  recover(): Promise<void> {
    return this.#control('start')
  }

  /** Stops all its processes where they are: connections stay, and nothing is answered. */
  async freeze(): Promise<void> {
    const postmaster = await this.#postmaster()
    // The first one first, which would begin others.
    process.kill(postmaster, 'SIGSTOP')
    for (const pid of await childrenOf(postmaster)) process.kill(pid, 'SIGSTOP')
  }

  /** Lets all of them go on. */
  async thaw(): Promise<void> {
    const postmaster = await this.#postmaster()
    for (const pid of [...(await childrenOf(postmaster)), postmaster]) process.kill(pid, 'SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.thaw().catch(() => {})
    this.#leash.ref()
    const ended = once(this.#leash, 'exit')
    this.#leash.stdin?.end()
    await ended
  }

  async #postmaster(): Promise<number> {
    return Number.parseInt(await readFile(join(this.#folder, 'data', 'postmaster.pid'), 'utf8'), 10)
  }

  #control(...command: readonly string[]): Promise<void> {
    const log = join(this.#folder, 'log')
    return this.#run('pg_ctl', ['-D', join(this.#folder, 'data'), '-l', log, '-o', this.#options, '-w', ...command])
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    const child = spawn(join(BINARIES, program), args, { stdio: 'ignore', cwd: this.#folder, ...this.#owner })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`${program} ended with ${code}`)
  }
}

/** In a session of its own: what interrupts the tests at a terminal is not for it. */
function leash(folder: string, owner: Owner | undefined): ChildProcess {
  const stdio: StdioOptions = ['pipe', 'ignore', 'ignore']
  const child = spawn('sh', ['-c', LEASH, folder, BINARIES], { stdio, cwd: tmpdir(), detached: true, ...owner })
  child.unref()
  return child
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made. */
async function ownerOfCluster(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith('postgres:'))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined) throw new Error('unable to run PostgreSQL as root, and there is no user postgres')
  return { uid: Number(uid), gid: Number(gid) }
}

async function childrenOf(parent: number): Promise<number[]> {
  const parents = (await readdir('/proc')).filter(Number).map(async (pid) => {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    // The name, in brackets, may hold anything.
    const [, , ppid] = status.slice(status.lastIndexOf(')')).split(' ')
    return { pid: Number(pid), ppid: Number(ppid) }
  })
  return (await Promise.all(parents)).filter(({ ppid }) => ppid === parent).map(({ pid }) => pid)
}
