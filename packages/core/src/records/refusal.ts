import { ERRORS, type ErrorBody, type ErrorName, errorBody } from '@conversa/protocol'
import type { Permission, Rights } from './permissions.ts'

/** A command or a query that was not carried out, for a reason that its caller can read. A refusal is a value; faults are thrown. */
export class Refusal {
  readonly name: ErrorName
  readonly detail: Readonly<Record<string, string | number>> | undefined

  /**
   * @param name the row of the error table
   * @param detail what belongs to this case: no message bodies, no tokens
   */
  constructor(name: ErrorName, detail?: Readonly<Record<string, string | number>>) {
    this.name = name
    this.detail = detail
  }

  /** Whether the same may be taken later. */
  get isPassing(): boolean {
    return ERRORS[this.name].retry === 'later'
  }

  /** Whether it is for good, and may be kept: whoever repeats what was refused for now is to get an answer. */
  get isLasting(): boolean {
    return ERRORS[this.name].retry === 'never'
  }

  /** The refusal as it travels. */
  body(): ErrorBody {
    return errorBody(this.name, this.detail)
  }
}

/**
 * Refuses unless the permission is there; the refusal names what is missing.
 *
 * @returns a refusal, or undefined when allowed
 */
export function requirePermission(rights: Rights, permission: Permission): Refusal | undefined {
  return rights.may(permission) ? undefined : new Refusal('permission-missing', { permission })
}
