import { describe, expect, test } from 'vitest'
import { nearestName } from './nearest-name.ts'

const known = ['CONVERSA_MODE', 'CONVERSA_DATA', 'CONVERSA_DATABASE_URL', 'CONVERSA_ACCOUNT_SID']

describe('nearestName', () => {
  test.each([
    ['CONVERSA_DATABSE_URL', 'CONVERSA_DATABASE_URL'],
    ['CONVERSA_ACCOUNTSID', 'CONVERSA_ACCOUNT_SID'],
    ['conversa_mode', 'CONVERSA_MODE'],
    ['CONVERSA_MODE', 'CONVERSA_MODE'],
  ])('%s means %s', (name, expected) => {
    expect(nearestName(name, known)).toBe(expected)
  })

  test('nothing is near', () => {
    expect(nearestName('XYZ', known)).toBeUndefined()
    expect(nearestName('', known)).toBeUndefined()
    expect(nearestName('CONVERSA_MODE', [])).toBeUndefined()
  })
})
