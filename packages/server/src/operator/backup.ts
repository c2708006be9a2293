import { Readable } from 'node:stream'
import { Refusal } from '@conversa/core'
import { Type } from 'typebox'
import { type OperatorOperation, serverRow } from './operator-operation.ts'

/** Copies of all that the server keeps. */
export const BACKUP_OPERATIONS: readonly OperatorOperation[] = [
  serverRow({
    name: 'Backup.fetch',
    method: 'GET',
    path: '/Backup',
    about: 'Everything that the server keeps, of one moment after the request, as one file; `conversa restore` reads it',
    fields: Type.Object({
      Files: Type.Optional(Type.Boolean({ description: 'With the files of messages; true unless it says otherwise' })),
    }),
    takesLong: true,
    async run({ core, fields: { Files = true } }) {
      const backup = await core.backUp(Files)
      if (backup instanceof Refusal) return backup
      return { status: 200, body: Readable.from(backup), type: 'application/vnd.sqlite3' }
    },
  }),
]
