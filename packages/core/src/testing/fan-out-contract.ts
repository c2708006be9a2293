import type { Event } from '@conversa/protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Reads, Store } from '../ports/store.ts'
import { CoreWorld, type OpenStore, type Person, Recorder, refusalOf } from './core-world.ts'

/** Who hears what: G7, and what is between joining and listening. */
export function fanOutContract(open: OpenStore): void {
  const room = async () => {
    const world = await CoreWorld.begin(open)
    const [anna, ben, carl] = [await world.user('anna'), await world.user('ben'), await world.user('carl')]
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    return { world, anna, ben, carl, conversationSid }
  }
  const rename = (person: Person, conversationSid: string, friendlyName: string) =>
    person.do({ type: 'conversation.update', conversationSid, friendlyName })

  test('all devices of all members hear everything, nobody else anything', async () => {
    const { world, anna, ben, carl, conversationSid } = await room()
    const inside = [await anna.listen(), await ben.listen(), await ben.listen()]
    const outside = [await carl.listen(), await (await world.serviceAdmin()).listen()]
    await ben.send(conversationSid, 'hello')
    await rename(anna, conversationSid, 'x')
    await anna.do({ type: 'message.remove', conversationSid, index: 0 })
    for (const recorder of inside) {
      expect(recorder.takeTypes()).toEqual(['message.added', 'conversation.updated', 'message.removed'])
    }
    for (const recorder of outside) expect(recorder.heard).toEqual([])
  })

  test('who joins hears of their membership first, and of everything after it', async () => {
    const { anna, carl, conversationSid } = await room()
    const [hers, his] = [await anna.listen(), await carl.listen()]
    await anna.send(conversationSid, 'before')
    await carl.join(conversationSid)
    await anna.send(conversationSid, 'after')
    const [added, message, ...rest] = his.take()
    expect(added).toMatchObject({ type: 'membership.added', conversation: await viewBefore(carl, conversationSid, 'after') })
    expect(message).toMatchObject({ type: 'message.added', message: { body: 'after' } })
    expect(rest).toEqual([])
    expect(hers.takeTypes()).toEqual(['message.added', 'participant.joined', 'message.added'])
  })

  test.each(['leaves', 'is removed'])('who %s hears that and nothing more', async (how) => {
    const { anna, ben, conversationSid } = await room()
    const [his, hisOther, hers] = [await ben.listen(), await ben.listen(), await anna.listen()]
    const by = how === 'leaves' ? ben : anna
    await by.do({ type: 'participant.remove', conversationSid, participant: 'ben' })
    await anna.send(conversationSid, 'secret')
    await rename(anna, conversationSid, 'secret')
    await anna.do({ type: 'conversation.delete', conversationSid })
    for (const recorder of [his, hisOther])
      expect(recorder.take()).toMatchObject([{ type: 'membership.removed', reason: 'left' }])
    expect(hers.takeTypes()[0]).toBe('participant.left')
  })

  test('who is removed hears nothing of what is said at the same moment', async () => {
    const { anna, ben, conversationSid } = await room()
    const his = await ben.listen()
    await Promise.all([
      anna.send(conversationSid, 'before'),
      anna.do({ type: 'participant.remove', conversationSid, participant: 'ben' }),
      anna.send(conversationSid, 'after'),
      rename(anna, conversationSid, 'after'),
    ])
    expect(his.takeTypes()).toEqual(['message.added', 'membership.removed'])
  })

  test('a session that detaches hears nothing more, and the others still do', async () => {
    const { anna, ben, conversationSid } = await room()
    const [one, two] = [await ben.listen(), await ben.listen()]
    one.attachment.detach()
    one.attachment.detach()
    await anna.send(conversationSid, 'hello')
    expect(one.heard).toEqual([])
    expect(two.takeTypes()).toEqual(['message.added'])
    two.attachment.detach()
    await anna.send(conversationSid, 'hello')
    expect(two.heard).toEqual([])
    const three = await ben.listen()
    await anna.send(conversationSid, 'hello')
    expect(three.takeTypes()).toEqual(['message.added'])
    one.attachment.detach()
    await anna.send(conversationSid, 'hello')
    expect(three.takeTypes()).toEqual(['message.added'])
  })

  test('a session may detach from within what it hears', async () => {
    const { anna, ben, conversationSid } = await room()
    const heard: string[] = []
    const attachment = await anna.world.core.attach(ben.actor, {
      deliver: ({ type }) => {
        heard.push(type)
        attachment.detach()
      },
      lost: () => {},
    })
    const other = await ben.listen()
    await anna.send(conversationSid, 'one')
    await anna.send(conversationSid, 'two')
    expect(heard).toEqual(['message.added'])
    expect(other.takeTypes()).toEqual(['message.added', 'message.added'])
  })

  describe('watching', () => {
    const watch = async (person: Person, recorder: Recorder, conversationSid: string) =>
      person.world.core.watch(person.actor, { type: 'conversation.get', conversationSid, subscribe: true }, recorder.attachment)
    /** What happens to a conversation that somebody watches. */
    const happen = async (anna: Person, conversationSid: string) => {
      await anna.send(conversationSid, 'secret')
      await anna.do({ type: 'message.update', conversationSid, index: 0, body: 'still secret' })
      await rename(anna, conversationSid, 'x')
      await anna.do({ type: 'participant.add', conversationSid, identity: 'emil' })
      await anna.do({ type: 'readHorizon.set', conversationSid, index: 0 })
      await anna.do({ type: 'participant.remove', conversationSid, participant: 'emil' })
      await anna.do({ type: 'message.remove', conversationSid, index: 0 })
      await anna.do({ type: 'conversation.delete', conversationSid })
    }
    const everything: Event['type'][] = [
      'message.added',
      'message.updated',
      'conversation.updated',
      'participant.joined',
      'participant.updated',
      'participant.left',
      'message.removed',
      'conversation.deleted',
    ]

    test('who may join hears of the face only', async () => {
      const { anna, carl, conversationSid } = await room()
      const recorder = await carl.listen()
      expect(await watch(carl, recorder, conversationSid)).toEqual({ conversation: await carl.view(conversationSid) })
      await happen(anna, conversationSid)
      expect(recorder.takeTypes()).toEqual(['conversation.updated', 'conversation.deleted'])
    })

    test('a service admin hears everything', async () => {
      const { world, anna, conversationSid } = await room()
      const admin = await world.serviceAdmin()
      const [recorder, idle] = [await admin.listen(), await admin.listen()]
      await watch(admin, recorder, conversationSid)
      await happen(anna, conversationSid)
      expect(recorder.takeTypes()).toEqual(everything)
      expect(idle.heard).toEqual([])
    })

    test('who may not see it hears nothing', async () => {
      const { world, anna, conversationSid } = await room()
      const stranger = await world.userWith('stranger', [])
      const recorder = await stranger.listen()
      const answer = await watch(stranger, recorder, conversationSid)
      expect(refusalOf(answer)).toBe('conversation-not-found')
      await happen(anna, conversationSid)
      expect(recorder.heard).toEqual([])
    })

    test('a member who watches hears everything once', async () => {
      const { anna, ben, conversationSid } = await room()
      const recorder = await ben.listen()
      await watch(ben, recorder, conversationSid)
      await anna.send(conversationSid, 'hello')
      await rename(anna, conversationSid, 'x')
      expect(recorder.takeTypes()).toEqual(['message.added', 'conversation.updated'])
    })

    test.each(['before joining', 'after joining'])('who watched %s and is removed hears nothing more', async (when) => {
      const { world, anna, carl, conversationSid } = await room()
      const admin = await world.serviceAdmin()
      for (const person of [carl, admin]) {
        const recorder = await person.listen()
        if (when === 'before joining') await watch(person, recorder, conversationSid)
        await person.join(conversationSid)
        if (when === 'after joining') await watch(person, recorder, conversationSid)
        await anna.send(conversationSid, 'hello')
        recorder.take()
        await anna.do({ type: 'participant.remove', conversationSid, participant: person.identity })
        expect(recorder.takeTypes()).toEqual(['membership.removed'])
        await anna.send(conversationSid, 'secret')
        await rename(anna, conversationSid, `without ${person.identity}`)
        expect(recorder.heard).toEqual([])
      }
    })

    test('who is removed while they begin to watch does not hear what members hear', async () => {
      const { store, hold } = withHeldReads(await open())
      onTestFinished(() => store.close())
      const world = await CoreWorld.on(store)
      const [anna, carl] = [await world.user('anna'), await world.user('carl')]
      const conversationSid = await anna.converse()
      await anna.add(conversationSid, carl)
      const recorder = await carl.listen()
      const held = hold()
      const watching = watch(carl, recorder, conversationSid)
      await held.taken
      await anna.do({ type: 'participant.remove', conversationSid, participant: 'carl' })
      held.release()
      await watching
      recorder.take()
      await anna.send(conversationSid, 'secret')
      expect(recorder.heard).toEqual([])
    })

    test('who stops hears nothing more', async () => {
      const { world, anna, conversationSid } = await room()
      const admin = await world.serviceAdmin()
      const [one, two, three] = [await admin.listen(), await admin.listen(), await admin.listen()]
      for (const recorder of [one, two, three]) await watch(admin, recorder, conversationSid)
      one.attachment.unwatch(conversationSid)
      one.attachment.unwatch(conversationSid)
      two.attachment.detach()
      await anna.send(conversationSid, 'hello')
      expect([one, two, three].map((recorder) => recorder.takeTypes())).toEqual([[], [], ['message.added']])
    })

    test('begins before it is answered, so that nothing falls in between', async () => {
      const { world, anna, conversationSid } = await room()
      const admin = await world.serviceAdmin()
      const recorder = await admin.listen()
      for (let turn = 0; turn < 20; turn++) {
        recorder.attachment.unwatch(conversationSid)
        const watching = watch(admin, recorder, conversationSid)
        const sends = [1, 2, 3].map(() => anna.send(conversationSid, `${turn}`))
        const answer = await watching
        await Promise.all(sends)
        if (!('conversation' in answer)) throw new Error('refused')
        const { revision } = answer.conversation
        const missed = recorder.take().filter((event) => 'revision' in event && event.revision > revision)
        const now = (await admin.view(conversationSid)).revision
        expect(missed.map((event) => 'revision' in event && event.revision)).toEqual(
          Array.from({ length: now - revision }, (_, at) => revision + at + 1),
        )
      }
    })
  })

  describe('attaching while the memberships are still being read', () => {
    const slowRoom = async () => {
      const { store, hold } = withHeldReads(await open())
      onTestFinished(() => store.close())
      const world = await CoreWorld.on(store)
      const [anna, ben] = [await world.user('anna'), await world.user('ben')]
      const conversationSid = await anna.converse()
      return { hold, anna, ben, conversationSid }
    }
    const says = async (anna: Person, conversationSid: string) => {
      await anna.send(conversationSid, 'afterwards')
    }

    test('hears of a conversation that was joined meanwhile', async () => {
      const { hold, anna, ben, conversationSid } = await slowRoom()
      const held = hold()
      const attaching = Recorder.attach(ben)
      await held.taken
      await anna.add(conversationSid, ben)
      held.release()
      const recorder = await attaching
      expect(recorder.takeTypes()).toEqual(['membership.added'])
      await says(anna, conversationSid)
      expect(recorder.takeTypes()).toEqual(['message.added'])
    })

    test('does not hear of one that was left meanwhile', async () => {
      const { hold, anna, ben, conversationSid } = await slowRoom()
      await anna.add(conversationSid, ben)
      const held = hold()
      const attaching = Recorder.attach(ben)
      await held.taken
      await ben.leave(conversationSid)
      held.release()
      const recorder = await attaching
      expect(recorder.takeTypes()).toEqual(['membership.removed'])
      await says(anna, conversationSid)
      expect(recorder.heard).toEqual([])
    })

    test('does not hear of one that was deleted meanwhile', async () => {
      const { hold, anna, ben, conversationSid } = await slowRoom()
      await anna.add(conversationSid, ben)
      const held = hold()
      const attaching = Recorder.attach(ben)
      await held.taken
      await anna.do({ type: 'conversation.delete', conversationSid })
      held.release()
      expect((await attaching).takeTypes()).toEqual(['membership.removed'])
    })

    test('hears of one that was left and joined again meanwhile', async () => {
      const { hold, anna, ben, conversationSid } = await slowRoom()
      await anna.add(conversationSid, ben)
      const held = hold()
      const attaching = Recorder.attach(ben)
      await held.taken
      await ben.leave(conversationSid)
      await anna.add(conversationSid, ben)
      held.release()
      const recorder = await attaching
      recorder.take()
      await says(anna, conversationSid)
      expect(recorder.takeTypes()).toEqual(['message.added'])
    })

    test('does not hear of one that was joined and left meanwhile', async () => {
      const { hold, anna, ben, conversationSid } = await slowRoom()
      const held = hold()
      const attaching = Recorder.attach(ben)
      await held.taken
      await anna.add(conversationSid, ben)
      await ben.leave(conversationSid)
      held.release()
      const recorder = await attaching
      recorder.take()
      await says(anna, conversationSid)
      expect(recorder.heard).toEqual([])
    })

    test('a second device waits for the same', async () => {
      const { hold, anna, ben, conversationSid } = await slowRoom()
      await anna.add(conversationSid, ben)
      const held = hold()
      const attaching = [Recorder.attach(ben), Recorder.attach(ben)]
      await held.taken
      held.release()
      const recorders = await Promise.all(attaching)
      await says(anna, conversationSid)
      for (const recorder of recorders) expect(recorder.takeTypes()).toEqual(['message.added'])
    })

    test('a user whose memberships could not be read can come back, and the failed session hears nothing', async () => {
      const { hold, anna, ben, conversationSid } = await slowRoom()
      await anna.add(conversationSid, ben)
      const failed = new Recorder(anna)
      const held = hold()
      const attaching = ben.world.core.attach(ben.actor, failed)
      await held.taken
      held.fail(new Error('the disk is gone'))
      await expect(attaching).rejects.toThrow('the disk is gone')
      const recorder = await ben.listen()
      await says(anna, conversationSid)
      expect(recorder.takeTypes()).toEqual(['message.added'])
      expect(failed.heard).toEqual([])
    })
  })
}

async function viewBefore(person: Person, conversationSid: string, body: string) {
  const view = await person.view(conversationSid)
  const messages = await person.messages(conversationSid)
  const before = messages.filter((message) => message.body !== body).at(-1)
  const lastMessage = before ? { index: before.index, dateCreated: before.dateCreated } : null
  return { ...view, revision: view.revision - 1, messagesCount: view.messagesCount - 1, lastMessage }
}

interface Held {
  /** The read has seen what it sees. */
  readonly taken: Promise<void>
  release(): void
  fail(error: Error): void
}

/** A store whose next read can be made to arrive late, as it does over a network: it has seen an older state by then. */
function withHeldReads(store: Store): { store: Store; hold: () => Held } {
  let gate: { taken: () => void; opened: Promise<void> } | undefined
  const hold = (): Held => {
    const taken = Promise.withResolvers<void>()
    const opened = Promise.withResolvers<void>()
    gate = { taken: taken.resolve, opened: opened.promise }
    return { taken: taken.promise, release: opened.resolve, fail: opened.reject }
  }
  const read = async <T>(work: (reads: Reads) => T | Promise<T>): Promise<T> => {
    const held = gate
    gate = undefined
    const result = await store.read(work)
    held?.taken()
    await held?.opened
    return result
  }
  return {
    hold,
    store: {
      epoch: store.epoch,
      read,
      transact: (scopes, work) => store.transact(scopes, work),
      writable: () => store.writable(),
      close: () => store.close(),
    },
  }
}
