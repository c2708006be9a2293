import { Window } from 'happy-dom'
import { act, createElement, type FunctionComponent, type ReactNode, StrictMode } from 'react'
import { onTestFinished, vi } from 'vitest'

/*
 * A page without a browser. Sockets, timers and fetch stay those of Node: only what React draws with is taken from here.
 */

const window = new Window({ url: 'http://localhost/' })
Object.assign(globalThis, { window, document: window.document })

/** React looks for a page when it is loaded. */
const { createRoot } = await import('react-dom/client')
const { flushSync } = await import('react-dom')

/** Lets React finish what follows from some work. What happens by itself meanwhile is none of its business. */
async function acting<T>(work: () => Promise<T> | T): Promise<T> {
  let result: T | undefined
  Reflect.set(globalThis, 'IS_REACT_ACT_ENVIRONMENT', true)
  try {
    await act(async () => {
      result = await work()
    })
  } finally {
    Reflect.set(globalThis, 'IS_REACT_ACT_ENVIRONMENT', false)
  }
  return result as T
}

/** A component that is mounted, and what its hook gave at every rendering. */
export interface Mounted<T> {
  /** What the hook gave last. */
  readonly now: T
  readonly renderings: readonly T[]
  unmount(): void
}

/**
 * Mounts a component that calls a hook, in strict mode.
 *
 * @param hook what it calls
 * @param wrap what is around it
 */
export function mount<T>(hook: () => T, wrap: (inside: ReactNode) => ReactNode = (inside) => inside): Mounted<T> {
  const renderings: T[] = []
  const Probe: FunctionComponent = () => {
    renderings.push(hook())
    return null
  }
  const { body } = window.document
  const root = createRoot(body.appendChild(window.document.createElement('div')) as unknown as Element)
  flushSync(() => root.render(createElement(StrictMode, null, wrap(createElement(Probe)))))
  let isMounted = true
  const unmount = () => {
    if (isMounted) flushSync(() => root.unmount())
    isMounted = false
  }
  onTestFinished(unmount)
  return {
    get now() {
      return renderings.at(-1) as T
    },
    renderings,
    unmount,
  }
}

/** Waits until what was rendered is as it should be. */
export async function eventually(check: () => void): Promise<void> {
  const look = async () => {
    await acting(() => {})
    check()
  }
  await vi.waitFor(look, { timeout: 30_000, interval: 10 })
}

/** Does something that makes components render, and lets them. */
export const doing = acting
