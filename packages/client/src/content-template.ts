import type { Session } from './session/session.ts'

/* Templates that messages can be made from: an account has them, and their forms come from the server as applications see them. */

export type ContentDataReply = { readonly title: string; readonly id?: string }

export type ContentDataActionUrl = {
  readonly type: 'url'
  readonly title: string
  readonly url: string
  readonly rawData: string
}

export type ContentDataActionPhone = {
  readonly type: 'phone'
  readonly title: string
  readonly phone: string
  readonly rawData: string
}

export type ContentDataActionReply = {
  readonly type: 'reply'
  readonly title: string
  readonly id?: string
  readonly index: number
  readonly rawData: string
}

export type ContentDataActionOther = { readonly type: 'other'; readonly rawData: string }

/** What a reader can do with a message. */
export type ContentDataAction = ContentDataActionUrl | ContentDataActionPhone | ContentDataActionReply | ContentDataActionOther

export type ContentDataListItem = { readonly id: string; readonly item: string; readonly description?: string }

export type ContentDataText = { readonly type: 'text'; readonly body: string; readonly rawData: string }

export type ContentDataMedia = {
  readonly type: 'media'
  readonly body?: string
  readonly media: string[]
  readonly rawData: string
}

export type ContentDataLocation = {
  readonly type: 'location'
  readonly longitude: number
  readonly latitude: number
  readonly label?: string
  readonly rawData: string
}

export type ContentDataQuickReply = {
  readonly type: 'quickReply'
  readonly body: string
  readonly replies: ContentDataReply[]
  readonly rawData: string
}

export type ContentDataCallToAction = {
  readonly type: 'callToAction'
  readonly body: string
  readonly actions: ContentDataAction[]
  readonly rawData: string
}

export type ContentDataListPicker = {
  readonly type: 'listPicker'
  readonly body: string
  readonly button: string
  readonly items: ContentDataListItem[]
  readonly rawData: string
}

export type ContentDataCard = {
  readonly type: 'card'
  readonly title: string
  readonly subtitle?: string
  readonly media: string[]
  readonly actions: ContentDataAction[]
  readonly rawData: string
}

export type ContentDataOther = { readonly type: 'other'; readonly rawData: string }

/** What a template made of a message. */
export type ContentData =
  | ContentDataText
  | ContentDataMedia
  | ContentDataLocation
  | ContentDataQuickReply
  | ContentDataCallToAction
  | ContentDataListPicker
  | ContentDataCard
  | ContentDataOther

/** A place in a template, and what goes there. */
export class ContentTemplateVariable {
  readonly name: string
  readonly value: string

  constructor(name: string, value: string) {
    this.name = name
    this.value = value
  }

  /** @returns the same place with another value */
  copyWithValue(value: string): ContentTemplateVariable {
    return new ContentTemplateVariable(this.name, value)
  }
}

/** A message with places to fill. */
export interface ContentTemplate {
  readonly sid: string
  readonly friendlyName: string
  readonly variables: ContentTemplateVariable[]
  /** Its forms, by the kind of content. */
  readonly variants: Map<string, ContentData>
  readonly dateCreated: Date
  readonly dateUpdated: Date
}

/** All templates from here on, page by page. */
export async function listTemplates(session: Session, after: string | null = null): Promise<ContentTemplate[]> {
  const { templates, next } = await session.query({ type: 'contentTemplate.list', after })
  const page = templates.map((template) => ({
    ...template,
    variables: template.variables.map(({ name, value }) => new ContentTemplateVariable(name, value)),
    variants: new Map(Object.entries(template.variants)),
    dateCreated: new Date(template.dateCreated),
    dateUpdated: new Date(template.dateUpdated),
  }))
  return next ? [...page, ...(await listTemplates(session, next))] : page
}
