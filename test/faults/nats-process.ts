import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'

const BINARY = process.env.NATS_SERVER ?? 'nats-server'

/** A NATS server of a test's own, which it may end and start again. */
export class NatsProcess implements AsyncDisposable {
  readonly url: string
  readonly #port: number
  #child: ChildProcess | undefined

  private constructor(port: number) {
    this.#port = port
    this.url = `nats://127.0.0.1:${port}`
  }

  /** @throws when there is no `nats-server`; NATS_SERVER says where it is */
  static async start(): Promise<NatsProcess> {
    const nats = new NatsProcess(await freePort())
    await nats.resume()
    return nats
  }

  /** Starts it, on the same port. */
  async resume(): Promise<void> {
    const child = spawn(BINARY, ['-a', '127.0.0.1', '-p', String(this.#port)], { stdio: 'ignore' })
    const failed = once(child, 'error').then(([error]) => Promise.reject(error))
    this.#child = child
    await Promise.race([failed, this.#answers()])
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    this.#child = undefined
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  async #answers(): Promise<void> {
    while (!(await isOpen(this.#port))) await after(20)
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}
