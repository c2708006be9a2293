import { describe, expect, test } from 'vitest'
import type { AddressConfigurationRecord, AutoCreationTarget } from '../records/records.ts'
import { autoCreationOf } from './auto-creation.ts'

const configuration = (
  target: AutoCreationTarget,
  enabled = true,
  serviceSid: string | null = null,
): AddressConfigurationRecord => ({
  sid: 'IG1',
  accountSid: 'AC1',
  type: 'sms',
  address: '+15559990000',
  addressCountry: null,
  friendlyName: null,
  autoCreation: { enabled, serviceSid, target },
  dateCreated: 1,
  dateUpdated: 1,
})

describe('a message to an address begins a conversation', () => {
  test('not where nothing is configured, and not where it is not enabled', () => {
    expect(autoCreationOf(undefined)).toBeUndefined()
    expect(autoCreationOf(configuration({ type: 'default' }, false))).toBeUndefined()
  })

  test.each<[AutoCreationTarget, object | null]>([
    [{ type: 'default' }, null],
    [
      { type: 'webhook', url: 'http://a/', method: 'GET', filters: ['onMessageAdded'] },
      { target: 'webhook', configuration: { url: 'http://a/', method: 'GET', filters: ['onMessageAdded'] } },
    ],
    [
      { type: 'studio', flowSid: 'FW1', retryCount: 2 },
      { target: 'studio', configuration: { flowSid: 'FW1' } },
    ],
  ])('%j', (target, webhook) => {
    expect(autoCreationOf(configuration(target))).toEqual({ serviceSid: undefined, webhook })
    expect(autoCreationOf(configuration(target, true, 'IS2'))).toEqual({ serviceSid: 'IS2', webhook })
  })
})
