import { describe, expect, test } from 'vitest'
import { readChannels } from './config-channels.ts'

const CHANNEL = {
  type: 'http',
  name: 'sms-eu',
  addresses: ['+15559990000'],
  url: 'https://connector.example/send',
  secret: 'a secret of some thirty characters',
}

describe('channels in the configuration file', () => {
  test('are taken as they are', () => {
    expect(readChannels([])).toEqual([])
    const other = { ...CHANNEL, name: 'other', addresses: ['whatsapp:+15559990000', '*'] }
    expect(readChannels([CHANNEL, other])).toEqual([CHANNEL, other])
  })

  test.each<[string, unknown]>([
    ['no list', CHANNEL],
    ['no object', ['sms-eu']],
    ['an unknown type', [{ ...CHANNEL, type: 'carrier-pigeon' }]],
    ['a name that is no part of an address', [{ ...CHANNEL, name: 'SMS EU' }]],
    ['the name of the simulator', [{ ...CHANNEL, name: 'simulator' }]],
    ['no address', [{ ...CHANNEL, addresses: [] }]],
    ['addresses that are none', [{ ...CHANNEL, addresses: [1] }]],
    ['a url that is none', [{ ...CHANNEL, url: 'connector' }]],
    ['a url of another kind', [{ ...CHANNEL, url: 'file:///etc/passwd' }]],
    ['a secret that can be guessed', [{ ...CHANNEL, secret: 'secret' }]],
    ['more than there is', [{ ...CHANNEL, retries: 3 }]],
    ['two of one name', [CHANNEL, { ...CHANNEL, addresses: ['+15559990001'] }]],
    ['two for one address', [CHANNEL, { ...CHANNEL, name: 'other' }]],
  ])('are refused: %s', (_why, value) => {
    expect(readChannels(value)).toBeUndefined()
  })
})
