import { setImmediate } from 'node:timers/promises'
import { type Scope, StoreUnavailable } from '@conversa/core'
import { expect, onTestFinished, test } from 'vitest'
import { testSchema } from '../../testing/postgres-database.ts'
import { withPostgres } from '../../testing/postgres-suite.ts'
import { openPostgresStore } from '../postgres-store.ts'

withPostgres(() => {
  test('who waits behind a work that was given up is told with it, and begins no wait of their own', async () => {
    const { url, free } = await testSchema()
    const [holding, waiting] = [await openPostgresStore({ url }), await openPostgresStore({ url, patience: 300 })]
    onTestFinished(async () => {
      await Promise.all([holding.close(), waiting.close()])
      await free()
    })
    const scopes: Scope[] = [{ addresses: { address: '+1', proxyAddress: '+2' } }]
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const held = holding.transact(scopes, async () => {
      begun.resolve()
      await end.promise
    })
    await begun.promise
    const first = waiting.transact(scopes, () => 'first')
    // The first one has gone out to wait for the lock.
    await setImmediate()
    const second = waiting.transact(scopes, () => 'second').catch((error) => error)
    await expect(first).rejects.toBeInstanceOf(StoreUnavailable)
    end.resolve()
    await held
    expect(await second).toBeInstanceOf(StoreUnavailable)
  })
})
