import { type DeadLetterFilter, OUTBOX_KINDS, type OutboxEntry, type OutboxKind, Refusal } from '@conversa/core'
import { type Static, Type } from 'typebox'
import { type OperatorOperation, operatorRow } from './operator-operation.ts'

const LIST = '/DeadLetters'
const ONE = `${LIST}/{Id}`
const NO_FIELDS = Type.Object({})
const PAGE = { usual: 50, most: 500 } as const

/** Which of them: a webhook of an account or a service goes by the SID of its owner. */
const WHICH = {
  Kind: Type.Optional(Type.Unsafe<OutboxKind>({ type: 'string', enum: OUTBOX_KINDS, description: 'Only those of this kind' })),
  WebhookSid: Type.Optional(Type.String({ pattern: '^(?:AC|IS|WH)[0-9a-fA-F]{32}$', description: 'Only those of this webhook' })),
  ProxyAddress: Type.Optional(
    Type.String({ minLength: 1, maxLength: 320, description: 'Only those from this address of the account' }),
  ),
}

const WHICH_OF = Type.Object(WHICH)

const PAGE_OF = Type.Object({
  ...WHICH,
  PageSize: Type.Optional(
    Type.Integer({ minimum: 1, maximum: PAGE.most, description: `How many; ${PAGE.usual} unless it says otherwise` }),
  ),
  After: Type.Optional(
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Behind this one: `next` of the page before' }),
  ),
})

const filterOf = ({ Kind, WebhookSid, ProxyAddress }: Static<typeof WHICH_OF>): DeadLetterFilter => ({
  kind: ProxyAddress === undefined ? Kind : 'channel',
  destination: WebhookSid ?? ProxyAddress,
})

/** A dead letter in a list: what tells it apart, without what somebody wrote. */
function show(entry: OutboxEntry): object {
  const { id, kind, eventId, attempts, dateCreated } = entry
  const tried = { attempts, date_created: new Date(dateCreated).toISOString() }
  return { id, kind, event_id: eventId, ...about(entry), ...tried }
}

function about(entry: OutboxEntry): object {
  const { destination, subject } = entry
  switch (entry.kind) {
    case 'webhook': {
      const { url, method, fields } = entry.payload
      return { event_type: fields.EventType, webhook_sid: destination, subject_sid: subject, url, method }
    }
    case 'channel': {
      const ours = { proxy_address: destination, address: subject }
      if ('word' in entry.payload) return { ...ours, conversation_sid: null, message_index: null, participant_sid: null }
      const { conversationSid, index, participantSid } = entry.payload
      const message = { conversation_sid: conversationSid, message_index: index, participant_sid: participantSid }
      return { ...ours, ...message }
    }
    case 'notice':
      return { conversation_sid: subject, event_type: entry.payload.about.type }
    case 'push': {
      const { conversationSid, registrationSid } = entry.payload
      return { push_service: destination, binding_sid: registrationSid, conversation_sid: conversationSid }
    }
  }
}

const idOf = ({ path }: { readonly path: Readonly<Record<string, string>> }): number =>
  /^[1-9]\d{0,15}$/.test(path.Id ?? '') ? Number(path.Id) : 0

/** What never arrived: a look at it, and another try. */
export const DEAD_LETTER_OPERATIONS: readonly OperatorOperation[] = [
  operatorRow({
    name: 'DeadLetter.list',
    method: 'GET',
    path: LIST,
    about: 'What webhooks never took and addresses outside of the app never got, oldest event first',
    fields: PAGE_OF,
    async run({ core, account, fields: { PageSize = PAGE.usual, After = 0, ...which } }) {
      const { items, more } = await core.deadLetters.list(account.sid, After, PageSize, filterOf(which))
      return { status: 200, body: { dead_letters: items.map(show), next: more ? (items.at(-1)?.id ?? null) : null } }
    },
  }),
  operatorRow({
    name: 'DeadLetter.fetch',
    method: 'GET',
    path: ONE,
    about: 'One of them, and the fields that a webhook was to be told',
    fields: NO_FIELDS,
    async run(call) {
      const found = await call.core.deadLetters.find(call.account.sid, idOf(call))
      return found instanceof Refusal
        ? found
        : { status: 200, body: { ...show(found), ...(found.kind === 'webhook' && { fields: found.payload.fields }) } }
    },
  }),
  operatorRow({
    name: 'DeadLetter.replay',
    method: 'POST',
    path: `${ONE}/Replay`,
    about: 'Tries one again at once, with all its tries before it',
    fields: NO_FIELDS,
    async run(call) {
      const found = await call.core.deadLetters.replay(call.account.sid, idOf(call))
      return found instanceof Refusal ? found : { status: 202, body: show(found) }
    },
  }),
  operatorRow({
    name: 'DeadLetter.replayAll',
    method: 'POST',
    path: `${LIST}/Replay`,
    about: 'Tries all of them again at once, or those of one webhook or from one address',
    fields: WHICH_OF,
    async run({ core, account, fields }) {
      return { status: 202, body: { replayed: await core.deadLetters.replayAll(account.sid, filterOf(fields)) } }
    },
  }),
]
