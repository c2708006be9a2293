import { expect, test } from 'vitest'
import { originOf } from './origin.ts'

test.each([
  ['https://chat.example/base', 'other.example', 'https://chat.example/base'],
  [undefined, 'chat.example:8080', 'http://chat.example:8080'],
  [undefined, '[::1]:8080', 'http://[::1]:8080'],
  [undefined, 'chat.example/with/a?path', 'http://chat.example'],
  [undefined, 'no host at all', 'http://localhost'],
  [undefined, undefined, 'http://localhost'],
])('with the public URL %s, who named us %s reaches us at %s', (publicUrl, host, origin) => {
  expect(originOf(publicUrl, host)).toBe(origin)
})
