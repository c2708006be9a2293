import { BACKUP_OPERATIONS } from './backup.ts'
import { DEAD_LETTER_OPERATIONS } from './dead-letter.ts'
import { EVENT_OPERATIONS } from './events.ts'
import type { OperatorOperation } from './operator-operation.ts'
import { OPT_OUT_OPERATIONS } from './opt-out.ts'

/** Where the operator's operations are; no path of the vendor's begins like this. */
export const OPERATOR_BASE = '/conversa/v1'

/** Everything that an operator may ask of a running server: what a program beside it could not do on its own. */
export const OPERATOR_OPERATIONS: readonly OperatorOperation[] = [
  ...DEAD_LETTER_OPERATIONS,
  ...OPT_OUT_OPERATIONS,
  ...BACKUP_OPERATIONS,
  ...EVENT_OPERATIONS,
]
