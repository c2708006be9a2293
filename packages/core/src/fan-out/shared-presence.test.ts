import { describe, expect, test } from 'vitest'
import type { PresenceMessage } from '../ports/bus.ts'
import { SharedPresence } from './shared-presence.ts'

const anna = { serviceSid: 'IS1', identity: 'anna' }

/** Nodes whose messages arrive at once, unless the bus is down, and a time that is moved by hand. */
class World {
  readonly #nodes = new Map<string, SharedPresence>()
  readonly #timers: { at: number; run: () => void }[] = []
  readonly #silent = new Set<string>()
  #now = 0
  isUp = true

  node(name: string): { readonly presence: SharedPresence; readonly moved: boolean[] } {
    const after = (milliseconds: number, run: () => void) => {
      const timer = { at: this.#now + milliseconds, run }
      this.#timers.push(timer)
      return () => void this.#timers.splice(this.#timers.indexOf(timer), 1)
    }
    const presence = new SharedPresence(name, after, (...messages) => this.#carry(name, messages))
    this.#nodes.set(name, presence)
    const moved: boolean[] = []
    presence.watch((key) => moved.push(presence.isPresent(key)))
    presence.start()
    return { presence, moved }
  }

  /** A node dies without a word. */
  silence(name: string): void {
    this.#silent.add(name)
  }

  pass(milliseconds: number): void {
    for (const end = this.#now + milliseconds; this.#now < end; ) {
      this.#now += 1000
      for (const timer of this.#timers.filter(({ at }) => at <= this.#now)) {
        this.#timers.splice(this.#timers.indexOf(timer), 1)
        timer.run()
      }
    }
  }

  #carry(from: string, messages: readonly PresenceMessage[]): void {
    if (!this.isUp || this.#silent.has(from)) return
    for (const [name, node] of this.#nodes) {
      if (name !== from && !this.#silent.has(name)) for (const message of messages) node.hear(message)
    }
  }
}

describe('presence on several nodes', () => {
  test('a user is present as long as any node has them, and told once', () => {
    const world = new World()
    const [one, two] = [world.node('one'), world.node('two')]
    one.presence.enter(anna)
    two.presence.enter(anna)
    one.presence.leave(anna)
    expect([one.presence.isPresent(anna), two.presence.isPresent(anna)]).toEqual([true, true])
    two.presence.leave(anna)
    expect([one.moved, two.moved]).toEqual([
      [true, false],
      [true, false],
    ])
  })

  test('a node that comes later learns who is there', () => {
    const world = new World()
    const one = world.node('one')
    one.presence.enter(anna)
    expect(world.node('two').presence.isPresent(anna)).toBe(true)
  })

  test('more users than one message holds are all learnt', () => {
    const world = new World()
    const one = world.node('one')
    const users = Array.from({ length: 2500 }, (_, at) => ({ ...anna, identity: `u${at}` }))
    for (const user of users) one.presence.enter(user)
    const two = world.node('two')
    expect(users.every((user) => two.presence.isPresent(user))).toBe(true)
  })

  test('what was lost is asked for with the next sign of life', () => {
    const world = new World()
    const [one, two] = [world.node('one'), world.node('two')]
    world.isUp = false
    one.presence.enter(anna)
    world.isUp = true
    world.pass(5000)
    expect(two.presence.isPresent(anna)).toBe(true)
    world.isUp = false
    one.presence.leave(anna)
    world.isUp = true
    world.pass(5000)
    expect(two.moved).toEqual([true, false])
  })

  test('nobody is present any more on a node that is gone, with or without a word', () => {
    const world = new World()
    const [one, two, three] = [world.node('one'), world.node('two'), world.node('three')]
    one.presence.enter(anna)
    one.presence.stop()
    expect([two.presence.isPresent(anna), three.presence.isPresent(anna)]).toEqual([false, false])
    two.presence.enter(anna)
    expect(three.presence.isPresent(anna)).toBe(true)
    world.silence('two')
    world.pass(30_000)
    expect(three.moved).toEqual([true, false, true, false])
  })
})
