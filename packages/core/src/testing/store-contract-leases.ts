import { describe, expect, onTestFinished, test } from 'vitest'
import { LeaseLost } from '../ports/store.ts'
import type { OpenedStore } from './store-contract.ts'

/** Milliseconds for which nothing ends within a test. */
const LONG = 600_000

/** What a store keeps of which node does what. */
export function storeLeasesContract(open: () => Promise<OpenedStore>): void {
  describe('leases', () => {
    const begin = async () => {
      const { store } = await open()
      onTestFinished(() => store.close())
      const { leases } = store
      if (!leases) throw new Error('there are no leases')
      return { leases, require: (name: string, token: number) => store.transact([], (tx) => tx.requireLease(name, token)) }
    }

    test('are kept while they are held, and end with their holder', async () => {
      const { leases, require } = await begin()
      const token = Number(await leases.hold('a', LONG))
      expect(await leases.hold('a', LONG)).toBe(token)
      await require('a', token)
      await leases.release('a')
      const next = Number(await leases.hold('a', LONG))
      expect(next).toBeGreaterThan(token)
      await expect(require('a', token)).rejects.toThrow(LeaseLost)
      await require('a', next)
    })

    test('are forgotten when they ended long ago, and whoever takes one then has a token that nobody had', async () => {
      const { leases, require } = await begin()
      const [ended, held] = [Number(await leases.hold('ended', LONG)), Number(await leases.hold('held', LONG))]
      await leases.release('ended')
      expect(await leases.sweep(LONG)).toBe(0)
      await require('ended', ended)
      expect(await leases.sweep(0)).toBe(1)
      await expect(require('ended', ended)).rejects.toThrow(LeaseLost)
      await require('held', held)
      expect(await leases.hold('ended', LONG)).toBeGreaterThan(Math.max(ended, held))
      await expect(require('ended', ended)).rejects.toThrow(LeaseLost)
    })

    test('that are taken while it is swept stay with their taker', async () => {
      const { leases, require } = await begin()
      const tokens: number[] = []
      for (let round = 0; round < 30; round++) {
        const [token] = await Promise.all([leases.hold('a', LONG), leases.sweep(0), leases.sweep(0)])
        await require('a', Number(token))
        tokens.push(Number(token))
        await leases.release('a')
      }
      expect(tokens).toEqual([...new Set(tokens)].sort((one, other) => one - other))
    })
  })
}
