import type { Command, Query, Result } from '@conversa/protocol'
import type { Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import { type ContentTypes, type ContentVariables, placesIn, richestDataOf, valueIn, wordsOf } from '../records/content-data.ts'
import { readVariables } from '../records/content-variables.ts'
import type { ContentTemplateRecord, MessageContent, MessageRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { accessInside, serviceOf } from './access.ts'
import { approvableType } from './content-template.ts'

/** What a template makes of a message: what it says in words, and what it was made from. */
export interface MadeContent {
  readonly body: string
  readonly content: MessageContent
}

/** A template that a carrier has approved, and what goes into its places. */
export interface ChannelTemplate {
  /** What the carrier calls it. */
  readonly name: string
  readonly language: string
  /** The form that was approved, with its places, and of what kind it is. */
  readonly type: NonNullable<ReturnType<typeof approvableType>>
  readonly content: NonNullable<ContentTypes[ChannelTemplate['type']]>
  readonly variables: ContentVariables
}

/**
 * Makes a message from the template that a command names.
 *
 * @returns undefined when it names none; or why nothing can be made: every place has to be filled, by the command or by the template
 */
export async function madeContent(
  reads: Reads,
  actor: Actor,
  { contentSid, contentVariables }: Pick<Command<'message.send'>, 'contentSid' | 'contentVariables'>,
): Promise<MadeContent | Refusal | undefined> {
  if (contentSid === undefined) return contentVariables === undefined ? undefined : new Refusal('content-sid-missing')
  const given = readVariables(contentVariables)
  if (given instanceof Refusal) return given
  const { accountSid } = await serviceOf(reads, actor)
  const template = await reads.contentTemplate(accountSid, contentSid)
  if (!template) return new Refusal('content-template-not-found')
  const all = { ...template.variables, ...given }
  const values = placesOf(template.types).map((name) => [name, valueIn(all, name)] as const)
  const open = values.find(([, value]) => value === undefined)
  if (open) return new Refusal('content-variables-invalid', { variable: open[0] })
  const variables = Object.fromEntries(values as readonly (readonly [string, string])[])
  return { body: wordsOf(template.types, variables), content: { sid: template.sid, variables } }
}

const placesOf = (types: ContentTypes): readonly string[] => placesIn(JSON.stringify(types))

/**
 * The approved template that a message is to be sent as, outside of the app.
 *
 * @returns undefined where it goes out as it is: it was made from none, or that one is gone or not approved, or somebody changed what it says
 */
export async function channelTemplate(
  reads: Reads,
  accountSid: string,
  message: MessageRecord,
): Promise<ChannelTemplate | undefined> {
  const made = message.media.length === 0 ? await templateOf(reads, accountSid, message) : undefined
  const type = made && approvableType(made.template.types)
  if (!made?.template.approval || !type) return undefined
  const { types, language, approval } = made.template
  return { name: approval.name, language, type, content: types[type] as ChannelTemplate['content'], variables: made.variables }
}

/** What a template made of a message besides its text, for whoever may read it. */
export async function getMessageContent(
  reads: Reads,
  actor: Actor,
  { conversationSid, index }: Query<'message.content'>,
): Promise<Result<'message.content'> | Refusal> {
  const found = await accessInside(reads, actor, conversationSid)
  if (found instanceof Refusal) return found
  const message = await reads.message(conversationSid, index)
  if (!message || message.removed) return new Refusal('message-not-found')
  const { accountSid } = await serviceOf(reads, actor)
  const made = await templateOf(reads, accountSid, message)
  return { content: made ? richestDataOf(made.template.types, made.variables) : null }
}

/**
 * The template that a message was made from, and what fills its places.
 *
 * @returns undefined where it was made from none, or that one is gone, or somebody changed what it says
 */
async function templateOf(
  reads: Reads,
  accountSid: string,
  { content, body }: MessageRecord,
): Promise<{ readonly template: ContentTemplateRecord; readonly variables: ContentVariables } | undefined> {
  const template = content ? await reads.contentTemplate(accountSid, content.sid) : undefined
  if (!content || !template || wordsOf(template.types, content.variables) !== body) return undefined
  return { template, variables: content.variables }
}
