import { expect, test } from 'vitest'
import { readImportOptions } from './import-options.ts'

const ACCOUNT = `AC${'a'.repeat(32)}`
const given = { from: 'https://conversations.twilio.com/', account: ACCOUNT, token: 'secret' }

test('what the command line does not say, the environment may', () => {
  const env = { CONVERSA_IMPORT_FROM: 'http://127.0.0.1:1', CONVERSA_IMPORT_ACCOUNT: ACCOUNT, CONVERSA_IMPORT_TOKEN: 'kept' }
  const address = { url: 'http://127.0.0.1:1', mediaUrl: 'http://127.0.0.1:1', account: ACCOUNT, secret: 'kept' }
  expect(readImportOptions(env, {})).toMatchObject({ address, atOnce: 4, services: [], withWebhooks: true, isJson: false })
  expect(readImportOptions(env, given)).toMatchObject({
    address: { url: 'https://conversations.twilio.com', mediaUrl: 'https://mcs.us1.twilio.com', secret: 'secret' },
  })
})

test('all that is wrong is told at once, and no secret with it', () => {
  const wrong = { ...given, from: 'ftp://x', account: 'secret', service: ['IS1'], parallel: '0', tries: 'many', media: 'nowhere' }
  const read = readImportOptions({}, wrong)
  expect(read).toMatchObject({ problems: expect.any(Array) })
  if (!('problems' in read)) return
  expect(read.problems.map((problem) => problem.split(' ', 1)[0])).toEqual([
    '--from',
    '--account',
    '--service',
    '--parallel',
    '--tries',
    '--media',
  ])
  expect(read.problems.join()).not.toContain('secret ')
  expect(readImportOptions({}, { ...given, token: '' })).toMatchObject({
    problems: [expect.stringContaining('CONVERSA_IMPORT_TOKEN')],
  })
})
