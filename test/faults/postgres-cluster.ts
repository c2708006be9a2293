import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './nats-process.ts'

const BINARIES = process.env.POSTGRES_BIN ?? '/usr/lib/postgresql/15/bin'

/** Why a PostgreSQL of a test's own cannot be started; undefined when it can. */
export const withoutCluster = existsSync(join(BINARIES, 'initdb'))
  ? undefined
  : `there is no initdb in ${BINARIES} (POSTGRES_BIN says where it is)`

interface Owner {
  readonly uid: number
  readonly gid: number
}

/** A PostgreSQL of a test's own, which it may crash. */
export class PostgresCluster implements AsyncDisposable {
  readonly url: string
  readonly #folder: string
  readonly #owner: Owner | undefined
  readonly #options: string

  private constructor(folder: string, port: number, owner: Owner | undefined) {
    this.#folder = folder
    this.#owner = owner
    this.#options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`
    this.url = `postgres://conversa@127.0.0.1:${port}/postgres`
  }

  static async start(): Promise<PostgresCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'conversa-postgres-'))
    const owner = await ownerOfCluster()
    if (owner) await chown(folder, owner.uid, owner.gid)
    const cluster = new PostgresCluster(folder, await freePort(), owner)
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
    await this.crash().catch(() => {})
    await rm(this.#folder, { recursive: true, force: true })
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
