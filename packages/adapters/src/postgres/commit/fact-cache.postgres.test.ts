import { CoreWorld } from '@conversa/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { openTestStore, withPostgres } from '../../testing/postgres-suite.ts'

/** Anna and ben in a conversation on two nodes; both have sent on the first one, which knows who they are. */
async function onTwoNodes() {
  const { store, reopen } = await openTestStore()
  const other = await reopen()
  onTestFinished(async () => void (await Promise.all([store.close(), other.close()])))
  const here = await CoreWorld.on(store, 1, { node: 1 })
  const there = await CoreWorld.on(other, 1, { node: 2 })
  const [anna, ben] = [await here.user('anna'), await here.user('ben')]
  const [annaThere, benThere] = [await there.user('anna'), await there.user('ben')]
  const conversationSid = await anna.converse()
  await anna.add(conversationSid, ben)
  for (const person of [anna, ben, anna, ben]) await person.send(conversationSid, 'known here')
  return { anna, ben, annaThere, benThere, there, conversationSid }
}

withPostgres(() => {
  test('whoever was removed on another node cannot send on the one that knew them', async () => {
    const { ben, annaThere, conversationSid } = await onTwoNodes()
    await annaThere.do({ type: 'participant.remove', conversationSid, participant: 'ben' })
    expect(await ben.try({ type: 'message.send', conversationSid, body: 'late' })).toMatchObject({ name: 'not-a-participant' })
  })

  test('whoever lost a right of their own on another node has lost it on the one that knew them', async () => {
    const { ben, there } = await onTwoNodes()
    await ben.do({ type: 'conversation.create' })
    const roleSid = await there.role({ type: 'service', permissions: [] })
    await there.submit({ about: {}, command: () => ({ type: 'user.update', identity: 'ben' }), given: { roleSid } })
    expect(await ben.try({ type: 'conversation.create' })).toMatchObject({ name: 'permission-missing' })
  })

  test('what was changed on another node about a member is not written over by the one that knew them', async () => {
    const { ben, benThere, conversationSid } = await onTwoNodes()
    // This moves the revision of the user alone, that one the revision of the conversation alone.
    await benThere.do({ type: 'membership.update', conversationSid, notificationLevel: 'muted' })
    await ben.do({ type: 'readHorizon.set', conversationSid, index: 1 })
    await benThere.do({ type: 'participant.update', conversationSid, participant: 'ben', attributes: '[1]' })
    await ben.do({ type: 'readHorizon.set', conversationSid, index: 2 })
    const { conversations } = await ben.ask({ type: 'conversation.list', limit: 9 })
    expect(conversations[0]).toMatchObject({ membership: { notificationLevel: 'muted', lastReadMessageIndex: 2 } })
    const { participants } = await ben.ask({ type: 'participant.list', conversationSid, limit: 9 })
    expect(participants.find(({ identity }) => identity === 'ben')).toMatchObject({ attributes: '[1]' })
  })

  test('a send that is repeated gets the first answer, beside new ones and after its sender has left', async () => {
    const { anna, ben, conversationSid } = await onTwoNodes()
    const first = await ben.send(conversationSid, 'once', 'key')
    const [again, next] = await Promise.all([
      ben.send(conversationSid, 'once', 'key'),
      anna.send(conversationSid, 'next', 'other'),
    ])
    expect(again).toEqual(first)
    expect(next.index).toBe(first.index + 1)
    // The nodes look keys up for a while now.
    for (let group = 0; group < 20; group++) await anna.send(conversationSid, 'more')
    await ben.leave(conversationSid)
    const [repeated, late] = await Promise.all([
      ben.send(conversationSid, 'once', 'key'),
      ben.try({ type: 'message.send', conversationSid, body: 'late', key: 'late' }),
    ])
    expect(repeated).toEqual(first)
    expect(late).toMatchObject({ name: 'not-a-participant' })
  })
})
