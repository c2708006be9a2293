/** A string that carries the kind of thing it names in its type, so that a participant's id cannot stand for a message's. */
type Branded<Kind extends string> = string & { readonly __kind?: Kind }

export type AccountSid = Branded<'account'>
export type ServiceSid = Branded<'service'>
export type ConversationSid = Branded<'conversation'>
export type MessageSid = Branded<'message'>
export type ParticipantSid = Branded<'participant'>
export type UserSid = Branded<'user'>
export type RoleSid = Branded<'role'>
export type MediaSid = Branded<'media'>
export type ReceiptSid = Branded<'receipt'>

/** What the two letters in front of a SID stand for (rest-and-semantics 1.1). */
export const SID_PREFIX = {
  account: 'AC',
  apiKey: 'SK',
  service: 'IS',
  conversation: 'CH',
  message: 'IM',
  participant: 'MB',
  user: 'US',
  role: 'RL',
  media: 'ME',
  receipt: 'DY',
  pushRegistration: 'BS',
  webhook: 'WH',
  pushCredential: 'CR',
  addressConfiguration: 'IG',
  contentTemplate: 'HX',
} as const

export type SidKind = keyof typeof SID_PREFIX

const SID = /^[A-Z]{2}[0-9a-fA-F]{32}$/

/** Whether a text has the form of a SID of any kind: two capitals and 32 hexadecimal digits. */
export function looksLikeSid(text: string): boolean {
  return SID.test(text)
}

/** Whether a text has the form of a SID of this kind. */
export function isSidOf(kind: SidKind, text: string): boolean {
  return text.startsWith(SID_PREFIX[kind]) && SID.test(text)
}
