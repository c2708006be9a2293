import { type ContentTemplate, LIMITS, type Query, type Result } from '@conversa/protocol'
import type { Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import { exceedsBytes } from '../records/attributes.ts'
import { type ContentTypes, contentDataOf, typesOf } from '../records/content-data.ts'
import { checkVariables } from '../records/content-variables.ts'
import type { ContentTemplateRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { serviceAccess, serviceOf } from './access.ts'
import { Changes } from './changes.ts'
import { handler, settingsScope } from './handler.ts'

/*
 * Messages with places to fill, which an account has: what may be said to somebody on WhatsApp who has not written for a day is only
 * what WhatsApp approved before. It is approved there; here stands under which name.
 */

export const createContentTemplate = handler<'contentTemplate.create', { readonly accountSid: string }>({
  scopes: () => [],
  facts: (reads, actor) => serviceOf(reads, actor),
  decide({ accountSid }, { friendlyName, language, variables, types }, { now, makeSid }) {
    const refusal = checkName(friendlyName) ?? checkVariables(variables) ?? checkTypes(types)
    if (refusal) return refusal
    const changes = new Changes()
    const sid = makeSid('contentTemplate')
    const said = { friendlyName, language, variables, types, approval: null }
    changes.contentTemplateSaved({ sid, accountSid, ...said, dateCreated: now, dateUpdated: now })
    return { changes, result: { contentTemplateSid: sid } }
  },
})

/** Says under which name WhatsApp has approved a template; said again it replaces the name. */
export const approveContentTemplate = handler<'contentTemplate.approve', ContentTemplateRecord>({
  scopes: settingsScope,
  facts: (reads, actor, { contentTemplateSid }) => findContentTemplate(reads, actor, contentTemplateSid),
  decide(present, { name, category }, { now }) {
    if (!approvableType(present.types)) return new Refusal('content-type-unsupported')
    const changes = new Changes()
    changes.contentTemplateSaved({ ...present, approval: { name, category }, dateUpdated: now })
    return { changes, result: {} }
  },
})

export const deleteContentTemplate = handler<'contentTemplate.delete', ContentTemplateRecord>({
  scopes: settingsScope,
  facts: (reads, actor, { contentTemplateSid }) => findContentTemplate(reads, actor, contentTemplateSid),
  decide(present) {
    const changes = new Changes()
    changes.contentTemplateRemoved(present)
    return { changes, result: {} }
  },
})

/** @returns the template, or a refusal when the account of the actor has none with this SID */
export async function findContentTemplate(reads: Reads, actor: Actor, sid: string): Promise<ContentTemplateRecord | Refusal> {
  const { accountSid } = await serviceOf(reads, actor)
  return (await reads.contentTemplate(accountSid, sid)) ?? new Refusal('resource-not-found')
}

/** Templates on a page: each may have 32 KiB, and a page is to fit into a frame of a mobile client. */
const PAGE = 20

/** The templates that messages can be made from, for whoever may send some. */
export async function listContentTemplates(
  reads: Reads,
  actor: Actor,
  { after }: Query<'contentTemplate.list'>,
): Promise<Result<'contentTemplate.list'> | Refusal> {
  const found = await serviceAccess(reads, actor)
  if (found instanceof Refusal) return found
  const { accountSid } = await serviceOf(reads, actor)
  const rows = await reads.contentTemplates(accountSid, after ?? undefined, PAGE + 1)
  const page = rows.slice(0, PAGE)
  return { templates: page.map(contentTemplateView), next: rows.length > PAGE ? (page.at(-1)?.sid ?? null) : null }
}

/** A template as clients see it. */
function contentTemplateView(record: ContentTemplateRecord): ContentTemplate {
  const { sid, friendlyName, types, dateCreated, dateUpdated } = record
  const variables = Object.entries(record.variables).map(([name, value]) => ({ name, value }))
  const variants = Object.fromEntries(typesOf(types).map((type) => [type, contentDataOf(types, type)]))
  return { sid, friendlyName, variables, variants, dateCreated, dateUpdated }
}

/** What WhatsApp approves as templates; lists and places are only for who wrote within a day. */
const APPROVABLE = ['twilio/card', 'twilio/call-to-action', 'twilio/quick-reply', 'twilio/media', 'twilio/text'] as const

/** The form of a template that WhatsApp knows under its name: the richest one. @returns undefined when there is none that it approves */
export function approvableType(types: ContentTypes): (typeof APPROVABLE)[number] | undefined {
  return APPROVABLE.find((type) => types[type] !== undefined)
}

function checkName(friendlyName: string): Refusal | undefined {
  const limit = LIMITS.friendlyNameCharacters
  return friendlyName.length > limit ? new Refusal('friendly-name-too-long', { limit }) : undefined
}

function checkTypes(types: ContentTypes): Refusal | undefined {
  const isSmall = !exceedsBytes(JSON.stringify(types), LIMITS.contentTemplateBytes)
  return typesOf(types).length > 0 && isSmall ? undefined : new Refusal('parameter-invalid', { field: 'types' })
}
