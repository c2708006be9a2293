import type { Delivery } from '@conversa/protocol'
import { expect, test } from 'vitest'
import { Import, type ImportPlace } from '../import/import.ts'
import type { ConversationProgress } from '../import/import-progress.ts'
import type { SourceConversation, SourceMessage, SourceParticipant, SourceUser } from '../import/import-source.ts'
import { type ClientState, catchUp, comparable, fetchState } from './client-state.ts'
import type { BeginWorld } from './core-contract.ts'
import { type CoreWorld, Person, sid } from './core-world.ts'
import { contentOf } from './world-blobs.ts'

const AT = Date.UTC(2024, 0, 1)
const dates = { dateCreated: AT, dateUpdated: AT + 1000 }
const ROOM = sid('CH', 7)

const conversation: SourceConversation = {
  sid: ROOM,
  uniqueName: 'room',
  friendlyName: 'Room',
  attributes: '{"a":1}',
  state: 'active',
  messagingServiceSid: null,
  email: null,
  inactiveAt: AT + 7_200_000,
  closedAt: AT + 9_000_000,
  ...dates,
}

const message = (index: number, fields: Partial<SourceMessage> = {}): SourceMessage => ({
  sid: sid('IM', 1000 + index),
  index,
  author: 'anna',
  participantSid: sid('MB', 1),
  body: `line ${index}`,
  subject: null,
  media: [],
  attributes: '{}',
  delivery: null,
  receipts: [],
  ...dates,
  ...fields,
})

const member = (number: number, identity: string | null, fields: Partial<SourceParticipant> = {}): SourceParticipant => ({
  sid: sid('MB', number),
  identity,
  binding: null,
  projectedAddress: null,
  roleSid: null,
  attributes: '{}',
  notificationLevel: 'default',
  lastReadMessageIndex: null,
  lastReadTimestamp: null,
  ...dates,
  ...fields,
})

const PHONE = { address: '+15551230001', proxyAddress: '+15559990000', name: null, level: null }
const SENT: Delivery = { total: 1, sent: 'all', delivered: 'none', read: 'none', failed: 'none', undelivered: 'none' }
const receipt = {
  sid: sid('DY', 1),
  participantSid: sid('MB', 3),
  channelMessageSid: 'SM1',
  status: 'sent',
  errorCode: null,
} as const

interface Room {
  readonly messages: readonly SourceMessage[]
  readonly members: readonly SourceParticipant[]
  readonly conversation?: SourceConversation
}

/** What the source holds at first: indexes 0, 3 and 4 are shown, and somebody has read to 6. */
const FIRST: Room = {
  messages: [message(0), message(3, { delivery: SENT, receipts: [{ ...receipt, ...dates }] }), message(4)],
  members: [
    member(1, 'anna', { lastReadMessageIndex: 3, lastReadTimestamp: AT }),
    member(2, 'ben', { notificationLevel: 'muted', lastReadMessageIndex: 6 }),
    member(3, null, { binding: PHONE }),
  ],
}

/** What it holds later. */
const LATER: Room = {
  messages: [message(0, { body: 'edited', dateUpdated: AT + 5000 }), message(4), message(7), message(9)],
  members: [
    member(1, 'anna', { lastReadMessageIndex: 7, lastReadTimestamp: AT + 1 }),
    member(4, 'ben', { attributes: '[1]' }),
    member(5, 'carl'),
  ],
  conversation: { ...conversation, uniqueName: null, friendlyName: 'Renamed', state: 'inactive', inactiveAt: null },
}

/** An import into a world, and what its users see meanwhile. */
class Stage {
  readonly world: CoreWorld
  readonly importer: Import
  readonly anna: Person
  readonly #past: ClientState[] = []
  pass = 0

  constructor(world: CoreWorld) {
    this.world = world
    let drawn = 0
    const random = (bytes: Uint8Array) => bytes.fill(++drawn % 256)
    const { store, blobs } = world
    this.importer = new Import({ store, blobs, now: () => world.now, random, digest: shortened })
    this.anna = new Person(world, { kind: 'user', serviceSid: world.serviceSid, identity: 'anna' })
  }

  get place(): ImportPlace {
    return { serviceSid: this.world.serviceSid, conversationSid: ROOM, pass: this.pass }
  }

  async users(): Promise<void> {
    const roleSid = await this.world.roleSid('service user')
    const users = ['anna', 'ben'].map(
      (identity, at): SourceUser => ({
        sid: sid('US', at + 1),
        identity,
        roleSid,
        friendlyName: null,
        attributes: '{}',
        ...dates,
      }),
    )
    expect(await this.importer.users(this.world.serviceSid, users)).toEqual([])
  }

  /** A whole pass, in pages of two messages. */
  async bring({ messages, members, conversation: shown = conversation }: Room): Promise<ConversationProgress> {
    const { importer } = this
    const pass = await importer.beginPass(this.world.serviceSid)
    this.pass = pass.number
    let progress = progressed(await importer.begin(this.place, shown, 'anna'))
    await this.look()
    const readTo = Math.max(...members.map((one) => one.lastReadMessageIndex ?? -1))
    for (let at = 0; at < messages.length; at += 2) {
      const next = at + 2 < messages.length ? `page ${at + 2}` : null
      const page = { messages: messages.slice(at, at + 2), next, readTo, problems: [] }
      progress = progressed(await importer.messages(this.place, progress, page))
      await this.look()
    }
    progress = await importer.finish(this.place, progress, {
      conversation: shown,
      participants: members,
      webhooks: [],
      problems: [],
    })
    await importer.endPass(this.world.serviceSid, pass)
    await this.look()
    return progress
  }

  /** The law for whoever comes back: from every state that there was, the events lead to what a fresh fetch shows. */
  async look(): Promise<void> {
    const now = await fetchState(this.anna)
    for (const past of this.#past) {
      const caught = await catchUp(this.anna, past)
      expect(comparable(caught, now)).toEqual(comparable(now, caught))
    }
    this.#past.push(now)
  }

  async checked() {
    const found = []
    for await (const one of this.importer.check(this.world.serviceSid, this.pass)) found.push(one)
    return found
  }
}

/** FNV-1a: whether two texts are the same is all that matters here. */
function shortened(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash >>> 0).toString(16)
}

function progressed(step: ConversationProgress | { readonly reason: string }): ConversationProgress {
  if ('reason' in step) throw new Error(step.reason)
  return step
}

export function importContract(begin: BeginWorld): void {
  async function stage(): Promise<Stage> {
    const made = new Stage(await begin())
    await made.users()
    await made.look()
    return made
  }

  test('what is brought over is what clients see, also those that come back from any time before', async () => {
    const made = await stage()
    await made.bring(FIRST)
    expect(await made.checked()).toMatchObject([
      { differences: [], problems: [], stored: { messages: 3, receipts: 1, participants: 3 } },
    ])
    const view = await made.anna.view(ROOM)
    expect(view).toMatchObject({ messagesCount: 3, participantsCount: 3, createdBy: 'anna', lastMessage: { index: 4 } })
    expect(view.membership).toMatchObject({ lastReadMessageIndex: 3, unread: 1 })
    expect((await made.anna.messages(ROOM)).map((one) => one.sid)).toEqual([0, 3, 4].map((index) => message(index).sid))

    await made.bring(LATER)
    expect(await made.checked()).toMatchObject([{ differences: [], stored: { messages: 4, participants: 3, receipts: 0 } }])
    const later = await made.anna.view(ROOM)
    expect(later).toMatchObject({ messagesCount: 4, participantsCount: 3, state: 'inactive', uniqueName: null })
    expect(later.membership).toMatchObject({ lastReadMessageIndex: 7, unread: 1 })
  })

  test('nobody is in a conversation before its messages are there', async () => {
    const made = await stage()
    const pass = await made.importer.beginPass(made.world.serviceSid)
    made.pass = pass.number
    const begun = progressed(await made.importer.begin(made.place, conversation, null))
    await made.importer.messages(made.place, begun, { messages: [message(0)], next: 'more', readTo: -1, problems: [] })
    expect((await made.world.conversation(ROOM)).participantsCount).toBe(0)
    expect((await fetchState(made.anna)).rooms.size).toBe(0)
  })

  test('a step that is taken again changes nothing', async () => {
    const made = await stage()
    await made.bring(FIRST)
    const before = await made.world.conversation(ROOM)
    await made.bring(FIRST)
    expect(await made.world.conversation(ROOM)).toEqual(before)
    const same = await made.importer.standing(made.place)
    expect(same).toMatchObject({ stage: 'complete', pass: 2 })
  })

  test('people go on where the source ended: the next index, unread counts, the timers', async () => {
    const made = await stage()
    await made.bring(FIRST)
    expect((await made.world.conversation(ROOM)).timers).toEqual({ inactive: 7_200_000, closed: 9_000_000, since: AT })
    await made.world.backEnd.send(ROOM, 'goes on')
    expect((await made.anna.messages(ROOM)).at(-1)).toMatchObject({ index: 7, body: 'goes on' })
    expect((await made.anna.view(ROOM)).membership).toMatchObject({ unread: 2 })
  })

  test('what was changed here since is left alone', async () => {
    const made = await stage()
    await made.bring(FIRST)
    await made.world.backEnd.send(ROOM, 'goes on')
    await expect(made.bring(LATER)).rejects.toThrow('it was changed here since it was imported')
  })

  test('what is gone at the source goes here too, unless it was changed', async () => {
    const made = await stage()
    await made.bring(FIRST)
    expect(await made.importer.removeGone(made.world.serviceSid, made.pass)).toBe(0)
    expect(await made.importer.removeGone(made.world.serviceSid, made.pass + 1)).toBe(1)
    await made.look()
    expect((await fetchState(made.anna)).rooms.size).toBe(0)
  })

  test('indexes that leap too far are not believed', async () => {
    const made = await stage()
    const far = { ...FIRST, messages: [message(0), message(2_000_000_000)] }
    await expect(made.bring(far)).rejects.toThrow('the indexes of its messages leap to 2000000000')
  })

  test('a store that does not hold what was listed is found out', async () => {
    const made = await stage()
    await made.bring(FIRST)
    const stored = await made.world.store.read((reads) => reads.message(ROOM, 3))
    if (!stored) throw new Error('it is not there')
    await made.world.store.transact([], (tx) => tx.saveMessage({ ...stored, body: 'another' }))
    expect(await made.checked()).toMatchObject([{ differences: ['messages differ'] }])
    await made.world.store.transact([], (tx) => tx.saveMessage({ ...stored, removed: true }))
    expect((await made.checked())[0]?.differences).toContain('messages: 2 of 3')
  })

  test('a name that changes hands goes over, also while who had it is under way', async () => {
    const made = await stage()
    const { importer, world } = made
    const room: Room = { messages: [message(0), message(1)], members: [member(1, 'anna')] }
    await made.bring(room)
    const pass = await importer.beginPass(world.serviceSid)
    made.pass = pass.number
    const renamed = { ...conversation, uniqueName: 'renamed' }
    const begun = progressed(await importer.begin(made.place, renamed, 'anna'))
    const first = { messages: room.messages, next: 'more', readTo: -1, problems: [] }
    const underWay = progressed(await importer.messages(made.place, begun, first))

    const heir = { ...conversation, sid: sid('CH', 5) }
    const place = { ...made.place, conversationSid: heir.sid }
    const nothing = { participants: [], webhooks: [], problems: [] }
    const empty = { messages: [], next: null, readTo: -1, problems: [] }
    const read = progressed(await importer.messages(place, progressed(await importer.begin(place, heir, 'anna')), empty))
    expect((await importer.finish(place, read, { conversation: heir, ...nothing })).problems).toEqual([])

    // A run that ends here goes on with it: what the other one took from it is no change of somebody else's.
    expect(await importer.standing(made.place)).toMatchObject({ stage: 'messages' })
    const whole = progressed(await importer.messages(made.place, underWay, empty))
    expect(await importer.standing(made.place)).toMatchObject({ stage: 'members' })
    const end = { ...nothing, conversation: renamed, participants: room.members }
    expect((await importer.finish(made.place, whole, end)).problems).toEqual([])
    const named = async (conversationSid: string) => (await world.conversation(conversationSid)).uniqueName
    expect([await named(ROOM), await named(heir.sid)]).toEqual(['renamed', 'room'])
    expect((await made.checked()).map(({ differences }) => differences)).toEqual([[], []])
  })

  test('a source that says something twice, or names what belongs to others, reaches nothing', async () => {
    const made = await stage()
    const { world, importer } = made
    const other = { sid: sid('IS', 9), accountSid: sid('AC', 1), friendlyName: 'other' }
    await world.core.ensureService(other)
    const own = await world.conversation((await world.backEnd.do({ type: 'conversation.create' })).conversation.sid)
    const theirs = { serviceSid: other.sid, conversationSid: own.sid, pass: 1 }
    expect(await importer.begin(theirs, { ...conversation, sid: own.sid }, null)).toEqual({
      reason: 'another service has a conversation with this SID',
    })
    const role = (await world.store.read((reads) => reads.roles(world.serviceSid))).values().next().value
    const service = await world.core.service(other.sid)
    if (!role || !service) throw new Error('there are none')
    const stolen = { ...role, permissions: ['deleteConversation'] }
    expect(await importer.service(other.accountSid, { service, roles: [stolen], hooks: undefined })).toMatchObject([
      { isLost: true },
    ])
    expect((await world.store.read((reads) => reads.roles(world.serviceSid))).get(role.sid)).toEqual(role)

    const twice = [message(0), message(1, { sid: message(0).sid }), message(2)]
    const members = [...FIRST.members.slice(0, 1), member(1, 'ben'), member(8, 'anna')]
    const progress = await made.bring({ messages: twice, members })
    expect(progress.problems.map((one) => one.sid)).toEqual([message(0).sid, sid('MB', 1), sid('MB', 8)])
    expect(await world.conversation(ROOM)).toMatchObject({ messagesCount: 2, nextIndex: 4, participantsCount: 1 })
    const user: SourceUser = {
      sid: sid('US', 1),
      identity: 'x',
      roleSid: role.sid,
      friendlyName: null,
      attributes: '{}',
      ...dates,
    }
    expect(
      await importer.users(world.serviceSid, [user, { ...user, sid: sid('US', 5) }, { ...user, sid: sid('US', 6) }]),
    ).toHaveLength(2)
  })

  test('how somebody is reached is followed, and who they are', async () => {
    const made = await stage()
    const first = { ...FIRST, members: [...FIRST.members, member(6, null, { projectedAddress: '+15559990005' })] }
    await made.bring(first)
    const moved = { ...PHONE, proxyAddress: '+15559990009' }
    const members = [
      ...FIRST.members.slice(0, 2),
      member(3, null, { binding: moved, dateUpdated: AT + 2000 }),
      member(6, 'carl', { projectedAddress: '+15559990006' }),
    ]
    await made.bring({ ...first, members })
    expect(await made.checked()).toMatchObject([{ differences: [], problems: [{ sid: sid('MB', 6) }] }])
    const { store } = made.world
    const openAt = (proxyAddress: string) =>
      store.read((reads) => reads.openConversationsOf({ address: PHONE.address, proxyAddress }))
    expect([await openAt(PHONE.proxyAddress), await openAt(moved.proxyAddress)]).toMatchObject([[], [{ sid: ROOM }]])
    const before = await made.world.conversation(ROOM)
    await made.bring({ ...first, members })
    expect(await made.world.conversation(ROOM)).toEqual(before)
  })

  test('a message that was left out comes over later where its index is free, and else it is said why not', async () => {
    const made = await stage()
    await made.bring({ ...FIRST, messages: [message(0), message(2)], members: [] })
    const all = { ...FIRST, messages: [0, 1, 2, 3].map((index) => message(index)), members: [] }
    const progress = await made.bring(all)
    expect(progress.problems).toMatchObject([
      { sid: message(1).sid, isLost: true, reason: expect.stringMatching(/given out once/) },
    ])
    expect(await made.world.conversation(ROOM)).toMatchObject({ messagesCount: 3, nextIndex: 4 })
    await made.world.backEnd.do({ type: 'conversation.delete', conversationSid: ROOM })
    expect((await made.bring(all)).problems).toEqual([])
    expect(await made.checked()).toMatchObject([{ differences: [], stored: { messages: 4 } }])
  })

  test('a user whose SID is one of another service is listed, and everybody else comes over', async () => {
    const made = await stage()
    const { world, importer } = made
    const other = { sid: sid('IS', 9), accountSid: sid('AC', 1), friendlyName: 'other' }
    await world.core.ensureService(other)
    const roleSid = await world.roleSid('service user')
    const user = (number: number, identity: string): SourceUser => ({
      sid: sid('US', number),
      identity,
      roleSid,
      friendlyName: null,
      attributes: '{}',
      ...dates,
    })
    const reason = 'another service has a user with this SID'
    expect(await importer.users(other.sid, [user(1, 'anna'), user(7, 'dora')])).toMatchObject([{ sid: sid('US', 1), reason }])
    const [anna, dora] = await world.store.read(async (reads) => [
      await reads.user({ serviceSid: other.sid, identity: 'anna' }),
      await reads.user({ serviceSid: other.sid, identity: 'dora' }),
    ])
    expect([anna, dora]).toMatchObject([undefined, { sid: sid('US', 7) }])
  })

  test('what somebody outside of the app writes next goes on in the conversation that was brought over', async () => {
    const made = await stage()
    await made.bring(FIRST)
    const account = { sid: sid('AC', 1), serviceSid: made.world.serviceSid }
    const inbound = { address: PHONE.address, proxyAddress: PHONE.proxyAddress, body: 'still there?', channelMessageSid: 'SM9' }
    const participantSid = sid('MB', 3)
    expect(await made.world.core.receive(account, inbound)).toMatchObject({
      conversationSid: ROOM,
      participantSid,
      index: 7,
      isBeginning: false,
    })
    expect((await made.anna.messages(ROOM)).at(-1)).toMatchObject({ author: PHONE.address, participantSid, body: 'still there?' })
  })

  test('a file comes whole or not at all, and goes to its message', async () => {
    const made = await stage()
    const file = { sid: sid('ME', 1), size: 3, contentType: 'text/plain', filename: 'a.txt', category: 'media' } as const
    const found = (bytes: readonly number[]) => ({
      file: { ...file, owner: 'anna', dateCreated: AT },
      content: contentOf(bytes),
      digest: () => 'digest',
    })
    const { serviceSid, blobs } = made.world
    for (const bytes of [[1], [1, 2, 3, 4]]) {
      await expect(made.importer.file(serviceSid, found(bytes))).rejects.toThrow(/bytes/)
      expect([await made.importer.hasFile(file.sid), blobs.files.size]).toEqual([false, 0])
    }
    const withFile = { ...FIRST, messages: [message(0, { media: [file], body: null })] }
    // The bytes may come later than the message.
    await made.bring(withFile)
    expect(await made.checked()).toMatchObject([{ listed: { files: 1 }, stored: { files: 0 }, differences: ['files: 0 of 1'] }])
    await made.importer.file(serviceSid, found([1, 2, 3]))
    expect(await made.importer.hasFile(file.sid)).toBe(true)
    await made.bring(withFile)
    expect(await made.checked()).toMatchObject([{ stored: { files: 1 }, differences: [] }])
  })
}
