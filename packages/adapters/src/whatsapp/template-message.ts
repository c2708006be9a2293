import { type ChannelTemplate, filled, placesIn } from '@conversa/core'

/** What a file is at the end of an address; all else is a picture. */
const KINDS: readonly (readonly [RegExp, 'video' | 'document'])[] = [
  [/\.(mp4|3gp|3gpp)$/i, 'video'],
  [/\.(pdf|docx?|xlsx?|pptx?|txt)$/i, 'document'],
]

/** The parts of a form that have places of their own in WhatsApp. */
interface Parts {
  readonly body: string
  readonly media: string | undefined
  readonly buttons: readonly { readonly type?: string; readonly id?: string; readonly url?: string }[]
}

/**
 * A message of the API's that is sent as an approved template: its name, and what goes into its places in the order in which the API
 * counts them. What has no place in it is known to the API already.
 */
export function templateMessage(template: ChannelTemplate): object {
  const { body, media, buttons } = partsOf(template)
  const header = media === undefined ? [] : [{ type: 'header', parameters: [mediaParameter(filled(media, template.variables))] }]
  const inBody = parametersOf(template, body)
  const components = [
    ...header,
    ...(inBody.length > 0 ? [{ type: 'body', parameters: inBody }] : []),
    ...buttons.flatMap((button, index) => buttonOf(template, button, index)),
  ]
  return { name: template.name, language: { code: template.language }, ...(components.length > 0 && { components }) }
}

/** A card has its title where others have their text, and its subtitle never changes. */
function partsOf({ content }: ChannelTemplate): Parts {
  const {
    body,
    title = '',
    media,
    actions = [],
  } = content as {
    readonly body?: string
    readonly title?: string
    readonly media?: readonly string[]
    readonly actions?: Parts['buttons']
  }
  return { body: body ?? title, media: media?.[0], buttons: actions }
}

/** Numbered places go in the order of their numbers; others are named. */
function parametersOf({ variables }: ChannelTemplate, text: string): readonly object[] {
  const names = placesIn(text)
  const isNumbered = names.every((name) => /^\d+$/.test(name))
  const inOrder = isNumbered ? [...names].sort((one, other) => Number(one) - Number(other)) : names
  return inOrder.map((name) => ({ type: 'text', ...(!isNumbered && { parameter_name: name }), text: variables[name] ?? '' }))
}

function mediaParameter(link: string): object {
  const path = link.split(/[?#]/, 1)[0] ?? ''
  const type = KINDS.find(([ending]) => ending.test(path))?.[1] ?? 'image'
  return { type, [type]: { link } }
}

/** What a reply says of itself when it is pressed, and the end of an address that differs from message to message. */
function buttonOf(template: ChannelTemplate, { type, id, url }: Parts['buttons'][number], at: number): readonly object[] {
  const button = (sub_type: string, parameter: object) => [
    { type: 'button', sub_type, index: String(at), parameters: [parameter] },
  ]
  if (url !== undefined) {
    const [place] = placesIn(url)
    return place === undefined ? [] : button('url', { type: 'text', text: template.variables[place] ?? '' })
  }
  const isReply = type === undefined || type === 'QUICK_REPLY'
  return isReply && id !== undefined ? button('quick_reply', { type: 'payload', payload: filled(id, template.variables) }) : []
}
