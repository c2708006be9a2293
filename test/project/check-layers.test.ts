import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findProblems } from '../../scripts/check-layers.js'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'check-layers-'))
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

/** What the check says about a tree with one file. */
function check(path: string, text: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  return findProblems(root)
}

const allowed: [path: string, text: string][] = [
  [
    'packages/core/src/commands/message.ts',
    "import type { Message } from '@conversa/protocol'\nimport { permits } from '../records/permissions.ts'",
  ],
  [
    'packages/adapters/src/sqlite/index.ts',
    "import { DatabaseSync } from 'node:sqlite'\nimport type { Store } from '@conversa/core'",
  ],
  ['packages/core/src/core.ts', "import { FanOut } from './fan-out/fan-out.ts'"],
  ['packages/core/src/testing/law.ts', "import { FanOut } from '../fan-out/fan-out.ts'"],
  ['packages/protocol/src/schema/message.ts', "import { Type } from 'typebox'"],
  ['packages/server/src/operator/dead-letter.ts', "import { Type } from 'typebox'"],
  ['packages/core/src/testing/store-contract.ts', "import { test } from 'vitest'\nimport fc from 'fast-check'"],
  ['packages/server/src/socket/request.ts', "import { COMMANDS } from '@conversa/protocol/schema'"],
  ['packages/client/src/client.test.ts', "import { test } from 'vitest'\nimport { once } from 'node:events'"],
  ['packages/client/src/client.ts', "export * from '@conversa/protocol'"],
  [
    'apps/cli/src/compose.ts',
    "import { memoryStore } from '@conversa/adapters/memory'\nimport { Client } from '@conversa/client'",
  ],
  ['apps/web/src/main.ts', "import { Client } from '@conversa/client'"],
  [
    'test/end-to-end/send.test.ts',
    "import { memoryStore } from '@conversa/adapters/memory'\nimport { createTestServer } from 'conversa'",
  ],
]

test.each(allowed)('%s may say %j', (path, text) => {
  expect(check(path, text)).toEqual([])
})

const refused: [path: string, text: string, problem: string][] = [
  ['packages/protocol/src/event.ts', "import '@conversa/core'", 'protocol imports no other package'],
  [
    'packages/core/src/execution/execute.ts',
    "\n\nexport * from '@conversa/server'",
    "3: '@conversa/server': core imports only protocol",
  ],
  [
    'packages/core/src/execution/execute.ts',
    "const store = await import('@conversa/adapters/memory')",
    'core imports only protocol',
  ],
  ['packages/core/src/execution/execute.ts', "type Store = import('@conversa/adapters').Store", 'core imports only protocol'],
  ['packages/core/src/execution/execute.ts', "import '../../../protocol/src/ids.ts'", 'reaches into protocol by a path'],
  [
    'packages/core/src/commands/message.ts',
    "import { FanOut } from '../fan-out/fan-out.ts'",
    'commands imports only records, ports: take it as a parameter',
  ],
  ['packages/core/src/records/records.ts', "import type { Store } from '../ports/store.ts'", 'records imports no other folder'],
  ['packages/core/src/verify/verify.ts', "import { Core } from '../core.ts'", 'verify imports only records, ports'],
  ['packages/core/src/views/view.ts', "import { messageView } from '../commands/views.ts'", 'the folder views has no place'],
  ['packages/core/src/clock.ts', "import 'node:timers'", 'core runs anywhere'],
  ['packages/core/src/clock.ts', "import 'ws'", 'core has no dependencies'],
  ['packages/core/src/testing/clock.ts', "import 'node:timers'", 'core runs anywhere'],
  ['packages/core/src/message.test.ts', "import '@conversa/adapters/memory'", 'core imports only protocol'],
  ['packages/server/src/http.ts', "import '@conversa/adapters/sqlite'", 'server imports only protocol, core'],
  ['packages/server/src/http.ts', "import '@conversa/gateway'", 'server imports only protocol, core'],
  ['packages/gateway/src/session.ts', "import '@conversa/server'", 'gateway imports only protocol, core'],
  ['packages/client/src/client.ts', "import '@conversa/core'", 'client imports only protocol'],
  ['packages/client/src/client.ts', "import type { Socket } from 'node:net'", 'client runs anywhere'],
  ['packages/client/src/client.ts', "import 'events'", 'client runs anywhere'],
  ['packages/client/src/client.ts', "import 'react'", 'client has no dependencies'],
  ['packages/server/src/rest.ts', "import { Value } from 'typebox/value'", 'typebox belongs to packages/protocol/src/schema'],
  ['packages/client/src/message.ts', "import type { Message } from '@conversa/protocol/schema'", 'only servers check input'],
  ['packages/protocol/src/view.ts', "import 'typebox'", 'typebox belongs to packages/protocol/src/schema'],
  ['apps/web/src/main.ts', "import 'conversa'", 'web imports only protocol, client'],
  ['apps/web/src/main.ts', "import '../../../test/world.ts'", 'reaches out of its package'],
  ['test/end-to-end/send.test.ts', "import '../../packages/core/src/execution/execute.ts'", 'reaches into core by a path'],
  ['packages/core/src/utils.ts', '', '"utils.ts" does not say what is inside'],
  ['packages/server/src/common/log.ts', '', '"common" does not say what is inside'],
  ['packages/mailer/src/index.ts', '', 'the package mailer has no layer'],
]

test.each(refused)('%s may not say %j', (path, text, problem) => {
  expect(check(path, text)).toEqual([expect.stringMatching(`^${path}:.*${problem}`)])
})

test('a problem fails the command', () => {
  check('packages/core/src/clock.ts', "import 'node:timers'")
  const command = spawnSync(process.execPath, ['scripts/check-layers.js', root], { encoding: 'utf8' })
  expect(command.stdout).toContain("packages/core/src/clock.ts:1: 'node:timers'")
  expect(command.status).toBe(1)
})
