import { createRequire } from 'node:module'
import * as ours from '@conversa/client'
import * as vendors3 from '@twilio/conversations'
import * as vendors2 from 'twilio-conversations-2'

/** The classes whose members are compared. */
const CLASSES = [
  'Client',
  'Conversation',
  'Message',
  'Media',
  'MessageBuilder',
  'UnsentMessage',
  'CancellablePromise',
  'ContentTemplateVariable',
  'Participant',
  'User',
  'RestPaginator',
]

/** What these have is the same everywhere. */
const BASES = ['Emitter', 'ReplayEventEmitter', 'EventEmitter', 'Wrapper', 'Promise']

/** What promises have, what an SDK does inside, and ways for other products of the vendor. */
const INTERNAL = [
  'CancellablePromise.catch',
  'CancellablePromise.finally',
  'CancellablePromise.of',
  'CancellablePromise.then',
  'Client.initialize',
  'Client.parsePushNotificationChatData',
  'Client.populateInitRegistrations',
  'Client.subscribeToPushNotifications',
  'Client.unsubscribeFromPushNotifications',
  'Conversation.preprocessUpdate',
]

type Class = { readonly name: string; readonly prototype: object }
type Classes = Readonly<Record<string, Class | undefined>>

const MODULES: Readonly<Record<string, Classes>> = {
  Conversa: ours as unknown as Classes,
  '3.0.1': vendors3 as unknown as Classes,
  '2.4.0': vendors2 as unknown as Classes,
  '1.1.0': classesOf1(),
}

/** 1.x exports some of its classes only. */
function classesOf1(): Classes {
  const require = createRequire(import.meta.url)
  const named = ['Client', 'Conversation', 'Message', 'Media', 'Participant', 'User', 'RestPaginator']
  return Object.fromEntries(named.map((name) => [name, require(`twilio-conversations-1/lib/${name.toLowerCase()}`)[name]]))
}

/** The public methods that an SDK has, like `Conversation.add`. @param sdk its name */
export function methodsOf(sdk: string): string[] {
  const found = CLASSES.flatMap((name) => methodsIn(MODULES[sdk]?.[name]).map((method) => `${name}.${method}`))
  return [...new Set(found)].filter((member) => !INTERNAL.includes(member)).sort()
}

/** The events that are told, like `Conversation.updated`: constants of our classes have their names. */
export function events(): string[] {
  const found = CLASSES.flatMap((name) => {
    const statics = Object.entries(Object.getOwnPropertyDescriptors(MODULES.Conversa?.[name] ?? {}))
    return statics.filter(([event, { value }]) => value === event).map(([event]) => `${name}.${event}`)
  })
  return found.sort()
}

function methodsIn(type: Class | undefined): string[] {
  if (!type?.prototype || BASES.includes(type.name)) return []
  const own = [type.prototype, type].flatMap((holder) => Object.entries(Object.getOwnPropertyDescriptors(holder)))
  const methods = own.filter(
    ([name, { value, enumerable }]) => typeof value === 'function' && !enumerable && !/^(_|constructor$|observed$)/.test(name),
  )
  return [...methods.map(([name]) => name), ...methodsIn(Object.getPrototypeOf(type))]
}
