import { describe, expect, test } from 'vitest'
import { readLimits } from './config-limits.ts'

describe('readLimits', () => {
  test.each([
    [{}, {}],
    [{ preset: 'vendor' }, { rates: { service: 30, conversation: 30 }, conversationsPerIdentity: 1000 }],
    [{ actionsPerConversation: 5 }, { rates: { conversation: 5 } }],
    [{ conversationsPerIdentity: 7 }, { conversationsPerIdentity: 7 }],
    [
      { preset: 'vendor', actionsPerService: 100 },
      { rates: { service: 100, conversation: 30 }, conversationsPerIdentity: 1000 },
    ],
    [{ preset: 'vendor', actionsPerService: null, actionsPerConversation: null }, { conversationsPerIdentity: 1000 }],
  ])('%j is %j', (value, limits) => {
    expect(readLimits(value)).toEqual(limits)
  })

  test.each([
    null,
    [],
    'vendor',
    { preset: 'none' },
    { preset: 'toString' },
    { preset: 1 },
    { actionsPerService: 0 },
    { actionsPerService: 1.5 },
    { actionsPerService: '30' },
    { messages: 30 },
  ])('%j is refused', (value) => {
    expect(readLimits(value)).toBeUndefined()
  })
})
