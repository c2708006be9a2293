import { ERRORS } from '@conversa/protocol'
import { Refusal } from './refusal.ts'

/** Answers whose time is over that go with each new one: more than come in, so that they end. */
export const FORGOTTEN_AT_ONCE = 4

/** A refusal as it is kept in place of an answer. No answer has a field of this name. */
export interface KeptRefusal {
  readonly refused: ConstructorParameters<typeof Refusal>
}

/** What is refused for now is not kept: whoever repeats the request later is to get an answer. */
export function isLasting({ name }: Refusal): boolean {
  return ERRORS[name].retry === 'never'
}

export function toKept({ name, detail }: Refusal): KeptRefusal {
  return { refused: [name, detail] }
}

/** @returns undefined when what was kept is an answer */
export function keptRefusal(said: object): Refusal | undefined {
  return 'refused' in said ? new Refusal(...(said as KeptRefusal).refused) : undefined
}
