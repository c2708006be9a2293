import { Type } from 'typebox'
import type { Operation } from './operation.ts'

/** Verbs with the method and the end of the path that they mean. */
const VERBS = {
  list: ['GET', ''],
  create: ['POST', ''],
  fetch: ['GET', '/{Sid}'],
  update: ['POST', '/{Sid}'],
  delete: ['DELETE', '/{Sid}'],
} as const satisfies Record<string, readonly [Operation['method'], string]>

/** What the rest of the description has and this server has not yet: it answers that there is no such resource. */
function later(resource: string, path: string, reach: Operation['reach'], verbs: readonly (keyof typeof VERBS)[]): Operation[] {
  return verbs.map((verb) => {
    const [method, end] = VERBS[verb]
    const place = { path: path + end, reach }
    return { name: `${resource}.${verb}`, method, ...place, fields: Type.Object({}), status: 200, run: undefined }
  })
}

const ALL = ['list', 'create', 'fetch', 'update', 'delete'] as const

export const LATER_OPERATIONS: readonly Operation[] = [
  ...later('AddressConfiguration', '/Configuration/Addresses', 'account', ALL),
]
