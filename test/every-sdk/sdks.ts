import * as ours from '@conversa/client'
import * as vendors3 from '@twilio/conversations'
import * as vendors1 from 'twilio-conversations-1'
import * as vendors2 from 'twilio-conversations-2'
import { LACKING } from './lacking.ts'

/** The types of the newest of the vendor's are good enough for all. */
export type { Client, Conversation, Media, Message, Participant, User } from '@twilio/conversations'

type Client = vendors3.Client
type ClientClass = typeof vendors3.Client

/** One SDK, with the only things in which an application has to know which one it uses. */
export interface Sdk {
  readonly name: string
  readonly Client: ClientClass
  readonly ContentTemplateVariable: typeof vendors3.ContentTemplateVariable
  /** What a client is told of where the server is. */
  options(url: string): object
  /** Begins a client in the way of its time. @returns when it can be used */
  create(token: string, options: object): Promise<Client>
  /** Settles when a client has loaded its list: the vendor's reject into nothing when they end before. */
  loaded(client: Client): Promise<unknown>
  /** The documented code of a rejection. */
  codeOf(error: unknown): number | undefined
  /** Whether it asks for files over TLS alone, wherever the server is. */
  readonly needsTls: boolean
}

const gatewayOf = (url: string) => ({ Twilsock: { uri: `${url.replace(/^http/, 'ws')}/v3/wsconnect` } })
const codeIn = (value: unknown) => (value as { code?: number } | undefined)?.code
const codeOfBody = (error: unknown) => codeIn((error as { body?: unknown }).body) ?? codeIn(error)

const listed = (client: Client) => client.getSubscribedConversations()

/** In 1.x nothing but a search waits for the list. */
const searched = (client: Client) => client.getConversationBySid('none').catch(() => undefined)

/** 2.x and 3.x warn of `Client.create`. */
const constructed = (type: ClientClass) => (token: string, options: object) =>
  new Promise<Client>((resolve, reject) => {
    const client = new type(token, options)
    client.on('initialized', () => resolve(client))
    client.on('initFailed', ({ error }) => reject(new Error(error?.message ?? 'not initialized')))
  })
const created = (type: ClientClass) => (token: string, options: object) => type.create(token, options)

/** The classes that a scenario makes objects of itself. */
type Classes = Pick<Sdk, 'Client' | 'ContentTemplateVariable'>

/** Ours, and the vendor's as npm has them. */
export const SDKS: readonly Sdk[] = [
  sdk('Conversa', ours, ({ Client }) => ({ options: (url) => ({ url }), create: created(Client), codeOf: codeIn })),
  sdk('3.0.1', vendors3),
  sdk('2.4.0', vendors2),
  sdk('1.1.0', vendors1, ({ Client }) => ({ create: created(Client), loaded: searched, codeOf: codeIn, needsTls: true })),
]

/** The vendor's alone. */
export const VENDORS = SDKS.filter(({ name }) => name !== 'Conversa')

/** @param differences from the newest of the vendor's */
function sdk(name: string, module: object, differences: (classes: Classes) => Partial<Sdk> = () => ({})): Sdk {
  const classes = module as Classes
  const { Client, ContentTemplateVariable } = classes
  const newest = { options: gatewayOf, create: constructed(Client), loaded: listed, codeOf: codeOfBody, needsTls: false }
  return { name, Client, ContentTemplateVariable, ...newest, ...differences(classes) }
}

/** Whether an SDK has a member, like `Conversation.add`. */
export function hasMember({ name }: Sdk, member: string): boolean {
  return !Object.values(LACKING[name] ?? {}).some((members) => members.includes(member))
}
