import { useMemo } from 'react'
import type { Conversation, Message, Participant, User } from '../index.ts'
import { type Source, useSource } from './source.ts'

/*
 * Objects of the SDK change in place. A view is what one of them shows at one moment: another view whenever that differs, the same
 * one as long as it does not.
 */

const CONVERSATION = [
  'sid',
  'uniqueName',
  'friendlyName',
  'attributes',
  'createdBy',
  'dateCreated',
  'dateUpdated',
  'lastReadMessageIndex',
  'lastMessage',
  'notificationLevel',
  'status',
  'state',
] as const satisfies readonly (keyof Conversation)[]

const MESSAGE = [
  'sid',
  'index',
  'author',
  'body',
  'attributes',
  'dateCreated',
  'dateUpdated',
  'lastUpdatedBy',
  'participantSid',
  'type',
  'subject',
  'aggregatedDeliveryReceipt',
] as const satisfies readonly (keyof Message)[]

const PARTICIPANT = [
  'sid',
  'identity',
  'roleSid',
  'attributes',
  'dateCreated',
  'dateUpdated',
  'lastReadMessageIndex',
  'lastReadTimestamp',
  'isTyping',
  'type',
  'bindings',
] as const satisfies readonly (keyof Participant)[]

const USER = ['identity', 'friendlyName', 'attributes', 'isOnline', 'isNotifiable'] as const satisfies readonly (keyof User)[]

const UPDATED = ['updated']
const CONVERSATION_EVENTS = ['updated', 'removed']
const PARTICIPANT_EVENTS = ['updated', 'typingStarted', 'typingEnded']

/** What a conversation shows. */
export type ConversationView = Pick<Conversation, (typeof CONVERSATION)[number]>
/** What a message shows. */
export type MessageView = Pick<Message, (typeof MESSAGE)[number]>
/** What a participant shows. */
export type ParticipantView = Pick<Participant, (typeof PARTICIPANT)[number]>
/** What a user shows. */
export type UserView = Pick<User, (typeof USER)[number]>

/** What a conversation shows now. */
export function useConversationView(conversation: Conversation): ConversationView {
  return useView(conversation, CONVERSATION, CONVERSATION_EVENTS)
}

/** What a message shows now. */
export function useMessageView(message: Message): MessageView {
  return useView(message, MESSAGE, UPDATED)
}

/** What a participant shows now. */
export function useParticipantView(participant: Participant): ParticipantView {
  return useView(participant, PARTICIPANT, PARTICIPANT_EVENTS)
}

/** What a user shows now. */
export function useUserView(user: User): UserView {
  return useView(user, USER, UPDATED)
}

/** Any emitter of the SDK; the names above are checked by the objects that they belong to. */
interface Telling {
  on(name: string, listener: () => void): unknown
  off(name: string, listener: () => void): unknown
}

function useView<T extends object, Key extends keyof T>(
  object: T,
  keys: readonly Key[],
  events: readonly string[],
): Pick<T, Key> {
  return useSource(useMemo(() => viewOf(object, keys, events), [object, keys, events]))
}

/** Compares anew at each look, so that nothing is missed that happened before there was a listener. */
function viewOf<T extends object, Key extends keyof T>(
  object: T,
  keys: readonly Key[],
  events: readonly string[],
): Source<Pick<T, Key>> {
  const read = () => Object.fromEntries(keys.map((key) => [key, object[key]])) as Pick<T, Key>
  const emitter = object as unknown as Telling
  let last = read()
  return {
    snapshot() {
      const now = read()
      if (keys.some((key) => !isSame(last[key], now[key]))) last = now
      return last
    },
    subscribe(listener) {
      const entry = () => listener()
      for (const name of events) emitter.on(name, entry)
      return () => {
        for (const name of events) emitter.off(name, entry)
      }
    },
  }
}

/** Attributes stay the same object until they change; what is made at each look (dates and small objects) is compared by content. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return false
  if (one instanceof Date) return other instanceof Date && one.getTime() === other.getTime()
  const keys = fieldsOf(one)
  return keys.length === fieldsOf(other).length && keys.every((key) => isSame(Reflect.get(one, key), Reflect.get(other, key)))
}

/** What an object of a class keeps to itself it shows by getters. */
function fieldsOf(object: object): string[] {
  const own = Object.keys(object)
  const prototype = Object.getPrototypeOf(object)
  return own.length > 0 || prototype === Object.prototype ? own : Object.getOwnPropertyNames(prototype)
}
