import { useCallback, useEffect, useRef, useState } from 'react'

export type Status = 'queued' | 'sent' | 'delivered' | 'read' | 'undelivered' | 'failed'
export type Automatic = 'none' | 'delivered' | 'read'

export interface SimulatedFile {
  readonly contentType: string
  readonly filename: string | null
  readonly size: number
  /** Null of those that the person sent. */
  readonly url: string | null
}

export interface SimulatedMessage {
  readonly id: string
  readonly isReceived: boolean
  readonly proxyAddress: string
  readonly author: string
  readonly subject: string | null
  readonly body: string | null
  readonly files: readonly SimulatedFile[]
  readonly status: Status | null
  readonly at: number
}

export interface SimulatedPerson {
  readonly address: string
  readonly channel: 'sms' | 'whatsapp' | 'email' | 'rcs'
  readonly messages: readonly SimulatedMessage[]
}

/** All phones and mailboxes, as they are at a version. */
export interface Simulation {
  readonly version: number
  readonly automatic: Automatic
  readonly isDown: boolean
  readonly people: readonly SimulatedPerson[]
}

const ROOT = '/channels/simulator'
/** Milliseconds between two looks. */
const PAUSE = 700
const AWAY = 'The server cannot be reached.'

/** What somebody of the simulator wants said. */
export interface Writing {
  readonly address: string
  readonly proxyAddress: string
  readonly body: string
  readonly subject: string | null
  readonly files: readonly WrittenFile[]
}

/** A file within JSON. */
export interface WrittenFile {
  readonly filename: string
  readonly contentType: string
  /** Base64. */
  readonly data: string
}

/** Reads a file as it goes within JSON. */
export async function written(file: File): Promise<WrittenFile> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return { filename: file.name, contentType: file.type || 'application/octet-stream', data: btoa(text) }
}

/**
 * Follows the simulator.
 *
 * @returns what there is now, undefined before the first look; what does not work; and a way to change something, which answers
 * whether it was done
 */
export function useSimulation(): {
  readonly simulation: Simulation | undefined
  readonly problem: string
  readonly post: (path: 'settings' | 'report' | 'message', fields: object) => Promise<boolean>
} {
  const [simulation, setSimulation] = useState<Simulation>()
  const [problem, setProblem] = useState('')
  const following = useRef<Following>(undefined)
  useEffect(() => {
    following.current = new Following(setSimulation, setProblem)
    return () => following.current?.end()
  }, [])
  const post = useCallback(async (path: string, fields: object) => {
    const failure = await postTo(path, fields)
    setProblem(failure)
    void following.current?.look()
    return failure === ''
  }, [])
  return { simulation, problem, post }
}

/** Looks again and again, as long as it is not ended. */
class Following {
  readonly #show: (simulation: Simulation) => void
  readonly #complain: (problem: string) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #version = 0
  #isAway = false
  #isOver = false

  constructor(show: (simulation: Simulation) => void, complain: (problem: string) => void) {
    this.#show = show
    this.#complain = complain
    void this.look()
  }

  end(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  async look(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      const reply = await fetch(`${ROOT}/state?after=${this.#version}`)
      const simulation: Simulation | undefined = reply.status === 200 ? await reply.json() : undefined
      if (this.#isOver) return
      if (this.#isAway) this.#complain('')
      this.#isAway = false
      // An answer that was overtaken is older than what is shown.
      if (simulation && simulation.version > this.#version) {
        this.#version = simulation.version
        this.#show(simulation)
      }
    } catch {
      this.#isAway = true
      this.#complain(AWAY)
    }
    clearTimeout(this.#timer)
    if (!this.#isOver) this.#timer = setTimeout(() => void this.look(), PAUSE)
  }
}

/** @returns why it was not done; empty when it was */
async function postTo(path: string, fields: object): Promise<string> {
  try {
    const headers = { 'content-type': 'application/json' }
    const reply = await fetch(`${ROOT}/${path}`, { method: 'POST', headers, body: JSON.stringify(fields) })
    if (reply.ok) return ''
    const { message } = await reply.json()
    return typeof message === 'string' ? message : 'That did not work.'
  } catch {
    return AWAY
  }
}
