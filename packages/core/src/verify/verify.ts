import type { BlobInventory, Finding, FindingKind, Inventory } from '../ports/inventory.ts'
import type { Awaitable } from '../ports/store.ts'
import type { MediaRecord, UserRecord } from '../records/records.ts'
import { holes } from './revision-holes.ts'
import { verifyConversation } from './verify-conversation.ts'

/** How much was looked at. */
export interface Verified {
  services: number
  users: number
  conversations: number
  messages: number
  files: number
}

/**
 * Recounts everything from the rows and compares it with what is kept beside them: counters, unread counts, indexes, revisions,
 * references, look-ups by name, files. It changes nothing.
 *
 * @param inventory of a store that nobody writes to meanwhile
 * @param blobs where the files are; those are not looked at without it
 * @param watch hears now and then how much was looked at, and is waited for
 * @returns what is wrong, as it is found
 */
export async function* verify(
  inventory: Inventory,
  blobs: BlobInventory | undefined,
  watch: (looked: Readonly<Verified>) => Awaitable<void> = () => {},
): AsyncGenerator<Finding> {
  const looked: Verified = { services: 0, users: 0, conversations: 0, messages: 0, files: 0 }
  let isDamaged = false
  try {
    for await (const damage of inventory.damages()) {
      isDamaged ||= damage.kind === 'damaged'
      yield damage
    }
    yield* recount(inventory, blobs, looked, watch)
  } catch (error) {
    if (!isDamaged) throw error
    // Where something is damaged, nothing has to be of the form that it is read by.
    yield finding('damaged', 'store', `the rest cannot be looked at: ${(error as Error).message}`)
  }
}

async function* recount(
  inventory: Inventory,
  blobs: BlobInventory | undefined,
  looked: Verified,
  watch: (looked: Readonly<Verified>) => Awaitable<void>,
): AsyncGenerator<Finding> {
  const services = new Set<string>()
  for await (const service of inventory.services()) {
    services.add(service.sid)
    looked.services++
    const roles = await inventory.reads.roles(service.sid)
    const defaults = [service.defaultServiceRoleSid, service.defaultConversationRoleSid, service.defaultCreatorRoleSid]
    if (!defaults.every((sid) => roles.has(sid))) yield finding('reference', service.sid, 'one of its default roles is not there')
  }
  for await (const user of inventory.users()) {
    looked.users++
    yield* verifyUser(inventory, user, services)
    await watch(looked)
  }
  for await (const conversation of inventory.conversations()) {
    looked.conversations++
    if (!services.has(conversation.serviceSid)) yield finding('reference', conversation.sid, 'its service is not there')
    yield* verifyConversation(inventory, conversation, () => looked.messages++)
    await watch(looked)
  }
  yield* verifyMedia(inventory, blobs, () => looked.files++)
  await watch(looked)
}

async function* verifyUser(inventory: Inventory, user: UserRecord, services: ReadonlySet<string>): AsyncGenerator<Finding> {
  const { reads } = inventory
  const { sid, serviceSid, identity, roleSid, revision } = user
  if (!services.has(serviceSid)) return yield finding('reference', sid, 'its service is not there')
  if (!(await reads.roles(serviceSid)).has(roleSid)) yield finding('reference', sid, 'its role is not there')
  if ((await reads.user({ serviceSid, identity }))?.sid !== sid) yield finding('lookup', sid, 'it is not found by its identity')
  if ((await reads.userBySid(serviceSid, sid))?.identity !== identity) yield finding('lookup', sid, 'it is not found by its SID')
  for (const message of await holes(inventory.userRevisions(user), revision)) yield finding('revision', sid, message)
}

/** Files against their records, and records against the messages that have them. */
async function* verifyMedia(inventory: Inventory, blobs: BlobInventory | undefined, looked: () => void): AsyncGenerator<Finding> {
  const known = new Set<string>()
  for await (const media of inventory.media()) {
    known.add(media.sid)
    looked()
    const missing = await fileFault(blobs, media)
    if (missing) yield finding('media', media.sid, missing)
    if (media.state === 'sent' && !(await isInItsMessage(inventory, media))) {
      yield finding('media', media.sid, 'it counts as sent, and no message has it')
    }
  }
  if (!blobs) return
  for await (const sid of blobs.sids()) {
    if (!known.has(sid)) yield finding('media', sid, 'there is a file without a record')
  }
}

async function fileFault(blobs: BlobInventory | undefined, { sid, state, size }: MediaRecord): Promise<string | undefined> {
  if (!blobs || (state !== 'pending' && state !== 'sent')) return undefined
  const found = await blobs.size(sid)
  if (found === undefined) return 'its file is not there'
  return found === size ? undefined : `its file has ${found} bytes, and its record says ${size}`
}

async function isInItsMessage({ reads }: Inventory, { sid, message }: MediaRecord): Promise<boolean> {
  if (!message) return false
  const found = await reads.message(message.conversationSid, message.index)
  return found?.media.some((media) => media.sid === sid) ?? false
}

function finding(kind: FindingKind, subject: string, message: string): Finding {
  return { kind, subject, message }
}
