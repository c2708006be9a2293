import { type AssembledParticipant, type ConversationRecord, INQUIRIES, parseJsonObject, Refusal } from '@conversa/core'
import { type Static, Type } from 'typebox'
import { CONVERSATION_FIELDS, givenBeside, naming, showConversation } from './conversation.ts'
import { given, givenDates, list } from './fields.ts'
import { type Form, fieldReader } from './form.ts'
import { type Call, type Operation, writing } from './operation.ts'
import { attributesOf, PARTICIPANT_FIELDS } from './participant.ts'
import type { Place } from './place.ts'

const FIELDS = Type.Object({
  ...CONVERSATION_FIELDS,
  Participant: list({ description: 'For each participant a JSON object, with the fields of a participant in snake_case' }),
})

const readParticipant = fieldReader(PARTICIPANT_FIELDS)

const creating = writing<'conversation.assemble', ConversationRecord, typeof FIELDS>({
  name: 'ConversationWithParticipants.create',
  path: '/ConversationWithParticipants',
  fields: FIELDS,
  status: 201,
  command: (call) => ({
    type: 'conversation.assemble',
    participants: (call as unknown as CallWithParticipants).participants,
    ...naming(call.fields),
  }),
  given: (fields) => ({ ...givenBeside(fields), ...given({ state: fields.State }) }),
  ask: (_call, { conversationSid }) => INQUIRIES.conversation(conversationSid),
  show: showAssembled,
})

interface CallWithParticipants extends Call {
  readonly participants: readonly AssembledParticipant[]
}

/** With participants it is said to be accepted, without them it is created (rest-and-semantics 1.4); here both are done at once. */
export const ASSEMBLY_OPERATIONS: readonly Operation[] = [
  {
    ...creating,
    async run(call) {
      const participants = readParticipants((call.fields as Static<typeof FIELDS>).Participant ?? [])
      if (participants instanceof Refusal) return participants
      const withParticipants: CallWithParticipants = { ...call, participants }
      const reply = await creating.run(withParticipants)
      return reply instanceof Refusal || participants.length === 0 ? reply : { ...reply, status: 202 }
    },
  },
]

function showAssembled(record: ConversationRecord, place: Place): object {
  const shown = showConversation(record, place)
  const { export: _export, ...links } = shown.links
  return { ...shown, links }
}

function readParticipants(texts: readonly string[]): readonly AssembledParticipant[] | Refusal {
  const participants: AssembledParticipant[] = []
  for (const text of texts) {
    const form = formOf(text)
    const fields = form instanceof Refusal ? form : readParticipant(form)
    if (fields instanceof Refusal) return fields
    participants.push(assembled(fields as Static<typeof PARTICIPANT_FIELDS>))
  }
  return participants
}

function assembled(fields: Static<typeof PARTICIPANT_FIELDS>): AssembledParticipant {
  return {
    identity: fields.Identity || undefined,
    address: fields['MessagingBinding.Address'] || undefined,
    proxyAddress: fields['MessagingBinding.ProxyAddress'] || undefined,
    projectedAddress: fields['MessagingBinding.ProjectedAddress'] || undefined,
    ...given({ name: fields['MessagingBinding.Name'] || undefined, level: fields['MessagingBinding.Level'] }),
    ...attributesOf(fields),
    roleSid: fields.RoleSid,
    ...givenDates(fields),
  }
}

/**
 * The same as a form says it: `role_sid` is `RoleSid`, and what is in `messaging_binding` is `MessagingBinding.…`, nested or with a dot. What is
 * null is not given.
 */
function formOf(text: string): Form | Refusal {
  const refusal = new Refusal('parameter-invalid', { field: 'Participant' })
  const fields = parseJsonObject(text)
  if (!fields) return refusal
  const form = new Map<string, string[]>()
  for (const [name, value] of Object.entries(fields).flatMap(flattened)) {
    if (value === null) continue
    if (typeof value !== 'string' || value.includes('\0') || !value.isWellFormed()) return refusal
    form.set(
      name.replaceAll(
        /(^|_|\.)([a-z])/g,
        (_, before: string, letter: string) => (before === '.' ? '.' : '') + letter.toUpperCase(),
      ),
      [value],
    )
  }
  return form
}

function flattened([name, value]: [string, unknown]): [string, unknown][] {
  if (name !== 'messaging_binding' || typeof value !== 'object' || value === null) return [[name, value]]
  return Object.entries(value).map(([part, inner]) => [`${name}.${part}`, inner])
}
