import { StoreUnavailable } from '@conversa/core'
import { expect, test } from 'vitest'
import { Connections } from '../connection.ts'
import { ReadQueue } from './read-queue.ts'

test('a database whose name leads nowhere is one that is away, and may be tried again', async () => {
  const connections = new Connections({ url: 'postgres://database.invalid/conversa', connections: 1, patience: 1000 })
  const reads = new ReadQueue(connections, { readers: 1, waiting: 1, patience: 300 })
  await expect(reads.read((connection) => connection.run('SELECT 1'))).rejects.toBeInstanceOf(StoreUnavailable)
  await connections.close()
})
