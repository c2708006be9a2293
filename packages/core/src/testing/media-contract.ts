import type { Media } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import type { MediaLimits } from '../commands/media.ts'
import type { Core } from '../core.ts'
import type { Upload } from '../media/media-upload.ts'
import { StorageFull } from '../ports/blobs.ts'
import type { MediaRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import type { BeginWorld } from './core-contract.ts'
import { CoreWorld, Person, Refused, refusalOf, sid } from './core-world.ts'
import { bytesOf, contentOf } from './world-blobs.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

/** An upload of a text, whose letters are its digest. */
function uploadOf(text: string, fields: Partial<Upload> = {}): Upload {
  const bytes = new TextEncoder().encode(text)
  return {
    key: undefined,
    filename: 'note.txt',
    category: 'media',
    announced: bytes.length,
    content: contentOf(bytes),
    found: async () => ({ contentType: 'text/plain', digest: text }),
    ...fields,
  }
}

async function upload({ world, actor }: Person, text = 'hello', fields: Partial<Upload> = {}): Promise<Media> {
  const media = await world.core.receiveMedia(actor, uploadOf(text, fields))
  if (media instanceof Refusal) throw new Refused(media)
  return media
}

const tryToUpload = async (core: Core, { actor }: Person, given: Upload) => refusalOf(await core.receiveMedia(actor, given))

const recordOf = (world: CoreWorld, mediaSid: string) => world.store.read((reads) => reads.media(mediaSid))

/** A content whose end the test decides. */
function openContent(): {
  content: AsyncIterable<Uint8Array>
  began: Promise<void>
  end: () => void
  breakOff: (error: Error) => void
} {
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  async function* content(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(1)
    begun.resolve()
    await ended.promise
  }
  return { content: content(), began: begun.promise, end: ended.resolve, breakOff: ended.reject }
}

/** What becomes of files: rest-and-semantics 3.4; reliability B30, B34, B35. */
export function mediaContract(begin: BeginWorld): void {
  const room = async () => {
    const world = await begin()
    const [anna, ben, outsider] = [await world.user('anna'), await world.user('ben'), await world.user('otto')]
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    const send = (
      person: Person,
      media: string[],
      fields: { body?: string | null; subject?: string | null; key?: string } = {},
    ) => person.try({ type: 'message.send', conversationSid, body: null, media, ...fields })
    return { world, anna, ben, outsider, conversationSid, send }
  }
  const limited = async (limits: Partial<MediaLimits>) => {
    const scene = await room()
    return { ...scene, core: scene.world.coreWith(limits) }
  }

  describe('an upload', () => {
    test('is kept, and waits for its message', async () => {
      const { world, anna } = await room()
      const media = await upload(anna, 'hello', { key: 'k', filename: '../../etc/pass\u202ewd.txt', category: 'history' })
      const shown = { sid: expect.stringMatching(/^ME[0-9a-f]{32}$/), contentType: 'text/plain', size: 5, filename: 'passwd.txt' }
      expect(media).toEqual({ ...shown, category: 'history' })
      expect(await recordOf(world, media.sid)).toEqual({
        ...media,
        serviceSid: world.serviceSid,
        owner: 'anna',
        state: 'pending',
        digest: 'hello',
        key: 'k',
        dateCreated: world.now,
        message: null,
      } satisfies MediaRecord)
      expect(await bytesOf(await world.core.readMedia(media.sid))).toEqual([...new TextEncoder().encode('hello')])
      expect(await bytesOf(await world.core.readMedia(media.sid, { first: 1, last: 3 }))).toEqual([101, 108, 108])
    })

    test('of nothing is a file too', async () => {
      const { anna } = await room()
      expect(await upload(anna, '')).toMatchObject({ size: 0 })
    })

    test('with a key that is known answers the first one and keeps nothing', async () => {
      const { world, anna, ben } = await room()
      const first = await upload(anna, 'hello', { key: 'k' })
      expect(await upload(anna, 'hello', { key: 'k', filename: 'again.txt' })).toEqual(first)
      expect([...world.blobs.files.keys()]).toEqual([first.sid])
      expect((await upload(ben, 'hello', { key: 'k' })).sid).not.toBe(first.sid)
    })

    test('with a key that is known and other bytes is refused', async () => {
      const { world, anna } = await room()
      await upload(anna, 'hello', { key: 'k' })
      expect(await tryToUpload(world.core, anna, uploadOf('hallo', { key: 'k' }))).toBe('key-reused')
      expect(world.blobs.files.size).toBe(1)
    })

    test('that comes twice at once is one file, whichever ends first', async () => {
      const { world, anna } = await room()
      const [slow, quick] = [openContent(), openContent()]
      const given = { key: 'k', found: async () => ({ contentType: 'a/b', digest: 'same' }) }
      const first = world.core.receiveMedia(anna.actor, uploadOf('', { ...given, content: slow.content }))
      const second = world.core.receiveMedia(anna.actor, uploadOf('', { ...given, content: quick.content }))
      await Promise.all([slow.began, quick.began])
      quick.end()
      const kept = (await second) as Media
      slow.end()
      expect(await first).toEqual(kept)
      expect([...world.blobs.files.keys()]).toEqual([kept.sid])
      expect(await world.store.read((reads) => reads.unsentMediaBytes({ serviceSid: world.serviceSid, identity: 'anna' }))).toBe(
        1,
      )
    })

    test('that breaks off leaves nothing and gives its room back', async () => {
      const { world, anna } = await room()
      const { content, began, breakOff } = openContent()
      const broken = world.core.receiveMedia(anna.actor, uploadOf('', { content }))
      await began
      breakOff(new Error('the sender went away'))
      await expect(broken).rejects.toThrow('the sender went away')
      expect(world.blobs.files.size).toBe(0)
      const owner = { serviceSid: world.serviceSid, identity: 'anna' }
      expect(await world.store.read((reads) => reads.unsentMediaBytes(owner))).toBe(0)
      expect(await world.store.read((reads) => reads.mediaToCollect({ uploading: 1e15, pending: 1e15 }, 10))).toEqual([])
    })

    test('on a full disk is refused with a code of its own, and the next one is taken', async () => {
      const { world, anna } = await room()
      world.blobs.failsNext = { write: new StorageFull() }
      expect(await tryToUpload(world.core, anna, uploadOf('hello'))).toBe('storage-full')
      expect(await upload(anna)).toMatchObject({ size: 5 })
    })

    test('may have as many bytes as a file may have, announced or not', async () => {
      const { world, core, anna } = await limited({ fileBytes: 5 })
      for (const announced of [5, undefined]) {
        expect(await tryToUpload(core, anna, uploadOf('12345', { announced }))).toMatchObject({ size: 5 })
        expect(await tryToUpload(core, anna, uploadOf('123456', { announced: announced && 6 }))).toBe('media-too-large')
      }
      // The announcement lied.
      expect(await tryToUpload(core, anna, uploadOf('123456', { announced: 1 }))).toBe('media-too-large')
      expect(world.blobs.files.size).toBe(2)
    })

    test('of one user waits for no more than some of them at once', async () => {
      const { core, anna, ben } = await limited({ uploadsAtOnce: 2 })
      const open = [openContent(), openContent()]
      const underWay = open.map(({ content }) => core.receiveMedia(anna.actor, uploadOf('', { content })))
      await Promise.all(open.map(({ began }) => began))
      expect(await tryToUpload(core, anna, uploadOf('x'))).toBe('too-many-requests')
      expect(await tryToUpload(core, ben, uploadOf('x'))).toMatchObject({ size: 1 })
      for (const { end } of open) end()
      await Promise.all(underWay)
      expect(await tryToUpload(core, anna, uploadOf('x'))).toMatchObject({ size: 1 })
    })

    test('finds room or not, however many claim it at once; what is not announced claims all that it may have', async () => {
      const { core, anna, ben } = await limited({ pendingBytes: 10, fileBytes: 4, uploadsAtOnce: 20 })
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => tryToUpload(core, anna, uploadOf('abc'))))
      expect(outcomes.filter((outcome) => outcome === 'media-pending-limit')).toHaveLength(17)
      expect(await tryToUpload(core, anna, uploadOf('a'))).toMatchObject({ size: 1 })
      expect(await tryToUpload(core, anna, uploadOf(''))).toMatchObject({ size: 0 })
      expect(await tryToUpload(core, anna, uploadOf('', { announced: undefined }))).toBe('media-pending-limit')
      expect(await tryToUpload(core, ben, uploadOf('a'))).toMatchObject({ size: 1 })
    })

    test('makes room when it is sent', async () => {
      const { core, anna, send } = await limited({ pendingBytes: 5 })
      const media = (await core.receiveMedia(anna.actor, uploadOf('hello'))) as Media
      expect(await tryToUpload(core, anna, uploadOf('a'))).toBe('media-pending-limit')
      await send(anna, [media.sid])
      expect(await tryToUpload(core, anna, uploadOf('hello'))).toMatchObject({ size: 5 })
    })
  })

  describe('a message with files', () => {
    test('has them for everybody, in the order of the sender', async () => {
      const { world, anna, ben, conversationSid, send } = await room()
      const files = [await upload(anna, 'one'), await upload(anna, 'two', { category: 'body' }), await upload(anna, 'three')]
      const recorder = await ben.listen()
      const sids = files.map((file) => file.sid).reverse()
      await send(anna, sids, { body: 'look', subject: 'Re: files' })
      const expected = { body: 'look', subject: 'Re: files', media: files.toReversed() }
      expect(await ben.messages(conversationSid)).toEqual([expect.objectContaining(expected)])
      expect(recorder.take()).toEqual([expect.objectContaining({ message: expect.objectContaining(expected) })])
      const message = { conversationSid, index: 0 }
      for (const one of sids) expect(await recordOf(world, one)).toMatchObject({ state: 'sent', message })
    })

    test('needs no text, and an empty one is none', async () => {
      const { anna, conversationSid, send } = await room()
      for (const body of [null, '']) await send(anna, [(await upload(anna)).sid], { body, subject: '' })
      const bare = { body: null, subject: null }
      expect(await anna.messages(conversationSid)).toEqual([expect.objectContaining(bare), expect.objectContaining(bare)])
    })

    test('is one message when it is sent again with its key', async () => {
      const { anna, conversationSid, send } = await room()
      const media = await upload(anna)
      const first = await send(anna, [media.sid], { key: 'k' })
      expect(await send(anna, [media.sid], { key: 'k' })).toEqual(first)
      expect(await anna.messages(conversationSid)).toHaveLength(1)
    })

    test('takes each file once, also when two come at the same time', async () => {
      const { world, anna, conversationSid, send } = await room()
      const media = await upload(anna)
      const outcomes = await Promise.all([send(anna, [media.sid]), send(anna, [media.sid])])
      expect(outcomes.map(refusalOf).filter((outcome) => outcome === 'media-already-used')).toHaveLength(1)
      expect(await anna.messages(conversationSid)).toHaveLength(1)
      const twice = await upload(anna)
      expect(refusalOf(await send(anna, [twice.sid, twice.sid]))).toBe('media-already-used')
      expect(await recordOf(world, twice.sid)).toMatchObject({ state: 'pending' })
    })

    test('takes nobody else’s file, from here or elsewhere, and says the same as of none', async () => {
      const { world, ben, anna, send } = await room()
      const neighbours = await CoreWorld.on(world.store, 2)
      const neighbour = await neighbours.user('anna')
      const elsewhere = await upload(neighbour)
      const foreign = await upload(ben)
      const own = await upload(anna)
      for (const mediaSid of [foreign.sid, elsewhere.sid, sid('ME', 12345)]) {
        const refusal = (await send(anna, [own.sid, mediaSid])) as Refusal
        expect([refusal.name, refusal.detail]).toEqual(['media-not-found', { sid: mediaSid }])
      }
      expect(await recordOf(world, own.sid)).toMatchObject({ state: 'pending' })
    })

    test('of a back end takes every file of its service', async () => {
      const { world, anna, conversationSid, send } = await room()
      expect(await send(world.backEnd, [(await upload(anna)).sid])).toMatchObject({ index: 0 })
      const inTheNameOfBen = new Person(world, { kind: 'back-end', serviceSid: world.serviceSid, identity: 'ben' })
      expect(await send(inTheNameOfBen, [(await upload(world.backEnd)).sid])).toMatchObject({ index: 1 })
      expect(await anna.messages(conversationSid)).toMatchObject([{ author: 'system' }, { author: 'ben' }])
    })

    test('may have so many files and so many bytes', async () => {
      const { core, anna, conversationSid } = await limited({ perMessage: 2, messageBytes: 6 })
      const send = async (...texts: string[]) => {
        const media = []
        for (const text of texts) media.push((await upload(anna, text)).sid)
        return refusalOf(await core.execute(anna.actor, { type: 'message.send', conversationSid, body: null, media }))
      }
      expect(await send('a', 'b', 'c')).toBe('media-too-many')
      expect(await send('1234', '567')).toBe('media-too-large')
      expect(await send('123', '456')).toMatchObject({ index: 0 })
    })

    test('needs a permission for files, and one for text if it has any', async () => {
      const { world, anna, conversationSid } = await room()
      const member = async (identity: string, permissions: ('sendMessage' | 'sendMediaMessage')[]) => {
        const person = await world.userWith(identity, ['joinConversation'])
        await person.join(conversationSid)
        const roleSid = await world.role({ type: 'conversation', permissions })
        await world.store.transact([{ conversation: conversationSid }], async (tx) => {
          const participant = await tx.participantOf(conversationSid, identity)
          if (participant) tx.saveParticipant({ ...participant, roleSid })
        })
        const [text, file] = [{ body: 'text' }, { body: null, media: [(await upload(person)).sid] }]
        const send = { type: 'message.send', conversationSid } as const
        const outcomes = [
          await person.try({ ...send, ...text }),
          await person.try({ ...send, ...file, ...text }),
          await person.try({ ...send, ...file }),
        ]
        return outcomes.map((outcome) => (outcome instanceof Refusal ? (outcome.detail?.permission ?? outcome.name) : 'ok'))
      }
      expect(await member('writer', ['sendMessage'])).toEqual(['ok', 'sendMediaMessage', 'sendMediaMessage'])
      expect(await member('painter', ['sendMediaMessage'])).toEqual(['sendMessage', 'sendMessage', 'ok'])
      expect(await member('both', ['sendMessage', 'sendMediaMessage'])).toEqual(['ok', 'ok', 'media-already-used'])
      expect(await anna.messages(conversationSid)).toHaveLength(4)
    })

    test('that is refused leaves its files waiting', async () => {
      const { world, anna, outsider, send } = await room()
      const media = await upload(outsider)
      expect(refusalOf(await send(outsider, [media.sid]))).toBe('not-a-participant')
      const own = await upload(anna)
      expect(refusalOf(await send(anna, [own.sid], { body: 'x'.repeat(40_000) }))).toBe('body-too-long')
      for (const one of [media, own]) expect(await recordOf(world, one.sid)).toMatchObject({ state: 'pending' })
    })
  })

  describe('an address', () => {
    test('is given to who may read the message, and dies with their membership, the message and the conversation', async () => {
      const { world, anna, ben, outsider, conversationSid, send } = await room()
      const files = [await upload(anna), await upload(anna, 'two')]
      await send(anna, [files[0]!.sid])
      await send(anna, [files[1]!.sid])
      const member = (await ben.view(conversationSid)).membership!.participantSid
      const [first, second] = files.map((file) => ({ sid: file.sid, member, expiresAt: 0 }))
      const expiresAt = world.now + 10 * 60 * 1000
      const address = { sid: files[0]!.sid, url: `/${files[0]!.sid}/${member}/${expiresAt}`, expiresAt }
      expect(await ben.ask({ type: 'media.urls', conversationSid, index: 0 })).toEqual({ urls: [address] })
      expect(await ben.ask({ type: 'media.urls', sids: [files[0]!.sid] })).toEqual({ urls: [address] })
      expect(refusalOf(await outsider.tryToAsk({ type: 'media.urls', conversationSid, index: 0 }))).toBe('not-a-participant')
      expect(refusalOf(await outsider.tryToAsk({ type: 'media.urls', sids: [files[0]!.sid] }))).toBe('media-not-found')

      const have = async () => [await world.core.grantedMedia(first!), await world.core.grantedMedia(second!)].map(Boolean)
      expect(await have()).toEqual([true, true])
      await anna.do({ type: 'message.remove', conversationSid, index: 0 })
      expect(await have()).toEqual([false, true])
      await ben.leave(conversationSid)
      expect(await have()).toEqual([false, false])
      await ben.join(conversationSid)
      expect(await have()).toEqual([false, false])
      const { participantSid } = (await anna.view(conversationSid)).membership!
      const hers = { ...second!, member: participantSid }
      expect(await world.core.grantedMedia(hers)).toMatchObject({ sid: hers.sid })
      await anna.do({ type: 'conversation.delete', conversationSid })
      expect(await world.core.grantedMedia(hers)).toBeUndefined()
      expect(await world.core.grantedMedia({ ...hers, member: undefined })).toBeUndefined()
    })

    test('of a waiting file is given to its owner alone', async () => {
      const { world, anna, ben } = await room()
      const media = await upload(anna)
      const expiresAt = world.now + 10 * 60 * 1000
      const url = `/${media.sid}/anybody/${expiresAt}`
      expect(await anna.ask({ type: 'media.urls', sids: [media.sid] })).toEqual({ urls: [{ sid: media.sid, url, expiresAt }] })
      expect(refusalOf(await ben.tryToAsk({ type: 'media.urls', sids: [media.sid] }))).toBe('media-not-found')
      expect(await world.core.grantedMedia({ sid: media.sid, member: undefined, expiresAt })).toMatchObject({ sid: media.sid })
    })

    test('is given to nobody of another service, who learns nothing', async () => {
      const { world, anna, send } = await room()
      const neighbours = await CoreWorld.on(world.store, 2)
      const neighbour = await neighbours.serviceAdmin('anna')
      const [sent, waiting] = [await upload(anna), await upload(anna)]
      await send(anna, [sent.sid])
      const refused = async (mediaSid: string) => {
        const refusal = await neighbour.tryToAsk({ type: 'media.urls', sids: [mediaSid] })
        return JSON.stringify(refusal).replace(mediaSid, '')
      }
      const ofNone = await refused(sid('ME', 7))
      for (const one of [sent, waiting]) expect(await refused(one.sid)).toBe(ofNone)
    })

    test('is asked for by message or by SIDs; a message without files has none', async () => {
      const { anna, conversationSid } = await room()
      await anna.send(conversationSid, 'text')
      expect(await anna.ask({ type: 'media.urls', conversationSid, index: 0 })).toEqual({ urls: [] })
      expect(refusalOf(await anna.tryToAsk({ type: 'media.urls', conversationSid, index: 1 }))).toBe('message-not-found')
      for (const half of [{ conversationSid }, { index: 0 }, {}]) {
        expect(refusalOf(await anna.tryToAsk({ type: 'media.urls', ...half }))).toBe('parameter-invalid')
      }
    })
  })

  describe('collecting', () => {
    test('takes what waited for a day, and nothing that was sent', async () => {
      const { world, anna, conversationSid, send } = await room()
      const [old, sent] = [await upload(anna, 'old', { key: 'k' }), await upload(anna)]
      await send(anna, [sent.sid])
      world.pass(DAY)
      const young = await upload(anna)
      expect(await world.core.collectMedia()).toBe(0)
      world.pass(1)
      expect(await world.core.collectMedia()).toBe(1)
      expect([...world.blobs.files.keys()]).toEqual([sent.sid, young.sid])
      expect(await recordOf(world, old.sid)).toBeUndefined()
      expect(refusalOf(await send(anna, [old.sid]))).toBe('media-not-found')
      expect((await upload(anna, 'old', { key: 'k' })).sid).not.toBe(old.sid)
      expect(await anna.messages(conversationSid)).toHaveLength(1)
    })

    test('takes the files of removed messages; their keys are free again', async () => {
      const { world, anna, conversationSid, send } = await room()
      const media = [await upload(anna, 'a', { key: 'k' }), await upload(anna, 'b')]
      await send(
        anna,
        media.map((file) => file.sid),
        { body: 'x', subject: 'y' },
      )
      await anna.do({ type: 'message.remove', conversationSid, index: 0 })
      expect(refusalOf(await anna.tryToAsk({ type: 'media.urls', sids: [media[0]!.sid] }))).toBe('media-not-found')
      expect(await world.core.collectMedia()).toBe(2)
      expect(world.blobs.files.size).toBe(0)
      expect((await upload(anna, 'a', { key: 'k' })).sid).not.toBe(media[0]!.sid)
      const tombstone = await world.store.read((reads) => reads.message(conversationSid, 0))
      expect(tombstone).toMatchObject({ body: null, subject: null, media: [], removed: true })
    })

    test('takes the files of a removed conversation', async () => {
      const { world, anna, conversationSid, send } = await room()
      for (let count = 0; count < 3; count++) await send(anna, [(await upload(anna)).sid])
      const waiting = await upload(anna)
      await anna.do({ type: 'conversation.delete', conversationSid })
      await expect.poll(() => world.core.collectMedia().then(() => world.blobs.files.size)).toBe(1)
      expect([...world.blobs.files.keys()]).toEqual([waiting.sid])
    })

    test('leaves alone what comes in, however long it takes', async () => {
      const { world, anna } = await room()
      const { content, began, end } = openContent()
      const underWay = world.core.receiveMedia(anna.actor, uploadOf('', { content }))
      await began
      world.pass(2 * DAY)
      expect(await world.core.collectMedia()).toBe(0)
      end()
      expect(await underWay).toMatchObject({ size: 1 })
    })

    test('takes what an earlier process had begun to take in', async () => {
      const { world, anna } = await room()
      const { content, began, end } = openContent()
      const underWay = world.core.receiveMedia(anna.actor, uploadOf('', { content }))
      await began
      world.pass(1)
      const restarted = world.coreWith({})
      expect(await restarted.collectMedia()).toBe(1)
      // Had it only been thought dead, its end would be refused, and nothing would be left.
      end()
      expect(refusalOf(await underWay)).toBe('unavailable')
      expect(world.blobs.files.size).toBe(0)
    })

    test('goes on where it failed', async () => {
      const { world, anna, conversationSid, send } = await room()
      await send(anna, [(await upload(anna)).sid])
      await anna.do({ type: 'message.remove', conversationSid, index: 0 })
      world.blobs.failsNext = { remove: new Error('the disk is gone') }
      await expect(world.core.collectMedia()).rejects.toThrow('the disk is gone')
      expect(world.blobs.files.size).toBe(1)
      expect(await world.core.collectMedia()).toBe(1)
      expect(world.blobs.files.size).toBe(0)
    })

    test('takes hundreds, step by step', async () => {
      const { world, anna } = await limited({})
      for (let count = 0; count < 250; count++) await upload(anna, '')
      world.pass(DAY + 1)
      expect(await world.core.collectMedia()).toBe(250)
      expect(world.blobs.files.size).toBe(0)
    })
  })

  test('a delta shows the files of a message, and none of a removed one', async () => {
    const { anna, conversationSid, send } = await room()
    const { revision } = await anna.view(conversationSid)
    const kept = await upload(anna)
    await send(anna, [kept.sid], { subject: 's' })
    await send(anna, [(await upload(anna)).sid], { subject: 's' })
    await anna.do({ type: 'message.remove', conversationSid, index: 1 })
    const answer = await anna.ask({ type: 'conversation.resume', since: [{ conversationSid, revision }] })
    expect(answer.conversations[0]).toMatchObject({
      delta: [
        { type: 'message.added', message: { media: [kept], subject: 's' } },
        { type: 'message.added', message: { media: [], subject: null }, removed: true },
        { type: 'message.removed' },
      ],
    })
  })
}
