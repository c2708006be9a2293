import type { ContentData } from '@conversa/protocol'

/*
 * The forms that a template has, as back ends give them, and what they say in words. Which kinds there are is what the vendor's
 * conversations take (its page on error 50542).
 */

/** What a reader may press. */
export type ContentAction =
  | { readonly type: 'URL'; readonly title: string; readonly url: string }
  | { readonly type: 'PHONE_NUMBER'; readonly title: string; readonly phone: string }
  | { readonly type: 'QUICK_REPLY'; readonly title: string; readonly id?: string }

/** The forms of a template, by the kind of content. */
export interface ContentTypes {
  readonly 'twilio/text'?: { readonly body: string }
  readonly 'twilio/media'?: { readonly body?: string; readonly media: readonly string[] }
  readonly 'twilio/location'?: { readonly latitude: number; readonly longitude: number; readonly label?: string }
  readonly 'twilio/quick-reply'?: { readonly body: string; readonly actions: readonly { title: string; id?: string }[] }
  readonly 'twilio/call-to-action'?: { readonly body: string; readonly actions: readonly ContentAction[] }
  readonly 'twilio/list-picker'?: {
    readonly body: string
    readonly button: string
    readonly items: readonly { id: string; item: string; description?: string }[]
  }
  readonly 'twilio/card'?: {
    readonly title: string
    readonly subtitle?: string
    readonly media?: readonly string[]
    readonly actions?: readonly ContentAction[]
  }
}

export type ContentType = keyof ContentTypes
type ContentOf<Type extends ContentType> = NonNullable<ContentTypes[Type]>

/** What goes into the places of a template, by their names. */
export type ContentVariables = Readonly<Record<string, string>>

/** What each kind says where only words can be shown, and as a client is told of it. */
const KINDS: {
  readonly [Type in ContentType]: {
    readonly words: (content: ContentOf<Type>) => readonly (string | undefined)[]
    readonly data: (content: ContentOf<Type>, rawData: string) => ContentData
  }
} = {
  'twilio/text': {
    words: ({ body }) => [body],
    data: ({ body }, rawData) => ({ type: 'text', body, rawData }),
  },
  'twilio/media': {
    words: ({ body, media }) => [body, ...media],
    data: ({ body, media }, rawData) => ({ type: 'media', ...(body !== undefined && { body }), media: [...media], rawData }),
  },
  'twilio/location': {
    words: ({ label, latitude, longitude }) => [label, `${latitude}, ${longitude}`],
    data: ({ latitude, longitude, label }, rawData) => ({
      type: 'location',
      latitude,
      longitude,
      ...(label !== undefined && { label }),
      rawData,
    }),
  },
  'twilio/quick-reply': {
    words: ({ body }) => [body],
    data: ({ body, actions }, rawData) => ({
      type: 'quickReply',
      body,
      replies: actions.map(({ title, id }) => ({ title, ...(id !== undefined && { id }) })),
      rawData,
    }),
  },
  'twilio/call-to-action': {
    words: ({ body, actions }) => [body, ...actions.map(actionWords)],
    data: ({ body, actions }, rawData) => ({ type: 'callToAction', body, actions: actions.map(actionData), rawData }),
  },
  'twilio/list-picker': {
    words: ({ body, items }) => [body, ...items.map(({ item }) => item)],
    data: ({ body, button, items }, rawData) => ({ type: 'listPicker', body, button, items: items.map(clone), rawData }),
  },
  'twilio/card': {
    words: ({ title, subtitle, media = [], actions = [] }) => [title, subtitle, ...media, ...actions.map(actionWords)],
    data: ({ title, subtitle, media = [], actions = [] }, rawData) => ({
      type: 'card',
      title,
      ...(subtitle !== undefined && { subtitle }),
      media: [...media],
      actions: actions.map(actionData),
      rawData,
    }),
  },
}

/** The forms that a template has, in the order in which they were given. */
export const typesOf = (types: ContentTypes): readonly ContentType[] => Object.keys(types) as ContentType[]

/** One form as clients are told of it. */
export function contentDataOf<Type extends ContentType>(types: ContentTypes, type: Type): ContentData {
  const content = types[type] as ContentOf<Type>
  return KINDS[type].data(content, JSON.stringify(content))
}

/** Of several forms the first of these shows most. */
const RICHEST: readonly ContentType[] = [
  'twilio/card',
  'twilio/list-picker',
  'twilio/call-to-action',
  'twilio/quick-reply',
  'twilio/media',
  'twilio/location',
  'twilio/text',
]

/** The richest form of a template with its places filled, as clients are told of it. */
export function richestDataOf(types: ContentTypes, variables: ContentVariables): ContentData | null {
  const type = RICHEST.find((each) => types[each] !== undefined)
  if (type === undefined) return null
  const fill = (_: string, value: unknown) => (typeof value === 'string' ? filled(value, variables) : value)
  return contentDataOf(JSON.parse(JSON.stringify(types), fill), type)
}

/** What a template says in words: its text, or what its first form says. */
export function wordsOf(types: ContentTypes, variables: ContentVariables): string {
  const type = types['twilio/text'] ? 'twilio/text' : typesOf(types)[0]
  return type === undefined ? '' : filled(wordsOfType(types, type), variables)
}

function wordsOfType<Type extends ContentType>(types: ContentTypes, type: Type): string {
  return KINDS[type]
    .words(types[type] as ContentOf<Type>)
    .filter(Boolean)
    .join('\n')
}

/** The names of places in a text, each once, in their order. */
export function placesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PLACE)].map(([, name]) => name as string))]
}

/** A text with its places filled; a place without a value stays as it is. */
export function filled(text: string, variables: ContentVariables): string {
  return text.replaceAll(PLACE, (place, name: string) => valueIn(variables, name) ?? place)
}

/** What goes into a place; the name of it comes from outside. */
export const valueIn = (variables: ContentVariables, name: string): string | undefined =>
  Object.hasOwn(variables, name) ? variables[name] : undefined

const PLACE = /\{\{(\w+)\}\}/g

const actionWords = (action: ContentAction): string | undefined => {
  if (action.type === 'URL') return `${action.title}: ${action.url}`
  return action.type === 'PHONE_NUMBER' ? `${action.title}: ${action.phone}` : undefined
}

type ActionData = Extract<ContentData, { type: 'card' }>['actions'][number]

function actionData(action: ContentAction, index: number): ActionData {
  const rawData = JSON.stringify(action)
  const { title } = action
  if (action.type === 'URL') return { type: 'url', title, url: action.url, rawData }
  if (action.type === 'PHONE_NUMBER') return { type: 'phone', title, phone: action.phone, rawData }
  return { type: 'reply', title, ...(action.id !== undefined && { id: action.id }), index, rawData }
}

const clone = <Value extends object>(value: Value): Value => ({ ...value })
