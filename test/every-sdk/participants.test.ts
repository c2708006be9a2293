import type { Conversation as OurConversation, Role } from '@conversa/client'
import { expect } from 'vitest'
import { SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { nextOf } from './events.ts'
import type { Conversation, Participant, User } from './sdks.ts'
import { everySdk } from './world.ts'

interface ParticipantUpdated {
  readonly participant: Participant
  readonly updateReasons: readonly string[]
}

interface UserUpdated {
  readonly user: User
  readonly updateReasons: readonly string[]
}

everySdk(
  'Conversation.getParticipants, Conversation.getParticipantBySid, Conversation.getParticipantByIdentity',
  'finds who is there',
  async (world) => {
    const { bobs } = await world.room()
    const all = await bobs.getParticipants()
    expect(all.map(({ identity, type }) => [identity, type])).toEqual([
      ['alice', 'chat'],
      ['bob', 'chat'],
    ])
    const [alice] = all as [Participant]
    expect([alice.roleSid, alice.dateCreated]).toEqual([expect.stringMatching(/^RL/), expect.any(Date)])
    expect((await bobs.getParticipantBySid(alice.sid))?.identity).toBe('alice')
    expect((await bobs.getParticipantByIdentity('alice'))?.sid).toBe(alice.sid)
    await expect(bobs.getParticipantByIdentity('carol')).rejects.toThrow()
    await expect(bobs.getParticipantBySid(`MB${'0'.repeat(32)}`)).rejects.toThrow()
  },
)

everySdk(
  'Conversation.participantJoined, Conversation.participantLeft, Client.participantJoined, Client.participantLeft, Participant.remove',
  'tells who comes and goes',
  async (world) => {
    const { bob, alices, bobs } = await world.room()
    const carol = await world.client('carol')
    const carols = nextOf<Conversation>(carol, 'conversationJoined')
    const come = [nextOf<Participant>(bobs, 'participantJoined'), nextOf<Participant>(bob, 'participantJoined')]
    await alices.add('carol', { seat: 3 })
    for (const joined of await Promise.all(come)) expect(joined).toMatchObject({ identity: 'carol', attributes: { seat: 3 } })
    await (await carols).getParticipants()
    const gone = [nextOf<Participant>(bobs, 'participantLeft'), nextOf<Participant>(bob, 'participantLeft')]
    // Who adds somebody may not have heard of it yet.
    await expect.poll(async () => (await alices.getParticipants()).map(({ identity }) => identity)).toContain('carol')
    await (await alices.getParticipantByIdentity('carol'))?.remove()
    for (const { identity } of await Promise.all(gone)) expect(identity).toBe('carol')
  },
)

everySdk(
  'Participant.updateAttributes, Participant.updated, Conversation.participantUpdated, Client.participantUpdated',
  'tells what becomes of somebody',
  async (world) => {
    const { bob, alices, bobs } = await world.room()
    const seen = (await bobs.getParticipantByIdentity('bob')) as Participant
    const heard = [
      nextOf<ParticipantUpdated>(seen, 'updated'),
      nextOf<ParticipantUpdated>(bobs, 'participantUpdated'),
      nextOf<ParticipantUpdated>(bob, 'participantUpdated'),
    ]
    await (await alices.getParticipantByIdentity('bob'))?.updateAttributes({ seat: 7 })
    for (const { participant, updateReasons } of await Promise.all(heard)) {
      expect(participant).toMatchObject({ identity: 'bob', attributes: { seat: 7 } })
      expect(updateReasons).toContain('attributes')
    }
  },
)

everySdk('Conversation.getRoles, Participant.updateRole', 'gives a role, and everybody sees it', async (world) => {
  const { alices, bobs } = await world.room()
  const [hers, his] = [alices, bobs] as unknown as [OurConversation, OurConversation]
  const admin = (await hers.getRoles()).find(({ friendlyName }) => friendlyName === 'channel admin') as Role
  expect((await his.getRoles()).map(({ isAssignable }) => isAssignable)).toEqual([false, false])
  expect(await world.refusal((await his.getParticipantByIdentity('alice')).updateRole(admin.sid))).toBe(50107)
  const told = nextOf<ParticipantUpdated>(bobs, 'participantUpdated', ({ updateReasons }) => updateReasons.includes('roleSid'))
  await (await hers.getParticipantByIdentity('bob')).updateRole(admin.sid)
  expect((await told).participant).toMatchObject({ identity: 'bob', roleSid: admin.sid })
  expect((await his.getRoles()).map(({ isAssignable }) => isAssignable)).toEqual([true, true])
})

everySdk(
  'Conversation.typing, Conversation.typingStarted, Conversation.typingEnded, Client.typingStarted, Client.typingEnded, ' +
    'Participant.typingStarted, Participant.typingEnded',
  'tells of typing, until a message comes',
  async (world) => {
    const { bob, alices, bobs } = await world.room()
    const alice = (await bobs.getParticipantByIdentity('alice')) as Participant
    const started = [bobs, bob, alice].map((from) => nextOf<Participant>(from, 'typingStarted'))
    await alices.typing()
    for (const { identity, isTyping } of await Promise.all(started)) expect([identity, isTyping]).toEqual(['alice', true])
    const ended = [bobs, bob, alice].map((from) => nextOf<Participant>(from, 'typingEnded'))
    await alices.sendMessage('typed')
    for (const { identity, isTyping } of await Promise.all(ended)) expect([identity, isTyping]).toEqual(['alice', false])
  },
)

everySdk(
  'Client.getUser, Client.getSubscribedUsers, Client.userSubscribed, Participant.getUser',
  'shows profiles',
  async (world) => {
    const { alice, bobs, bob } = await world.room()
    await alice.user.updateFriendlyName('Alice')
    const told = nextOf<User>(bob, 'userSubscribed', ({ identity }) => identity === 'alice')
    const user = await bob.getUser('alice')
    expect((await told).identity).toBe('alice')
    expect([user.friendlyName, user.attributes, user.isSubscribed]).toEqual(['Alice', {}, true])
    expect((await bob.getSubscribedUsers()).map(({ identity }) => identity)).toEqual(['bob', 'alice'])
    const participant = await bobs.getParticipantByIdentity('alice')
    expect(await participant?.getUser()).toBe(user)
  },
)

everySdk(
  'User.updateFriendlyName, User.updateAttributes, User.updated, Client.userUpdated',
  'tells of changes of a profile',
  async (world) => {
    const { alice, bob } = await world.room()
    const user = await bob.getUser('alice')
    const isOf = (reason: string) => (told: UserUpdated) => told.user === user && told.updateReasons.includes(reason as never)
    const named = [user, bob].map((from, at) => nextOf(from, at ? 'userUpdated' : 'updated', isOf('friendlyName')))
    await alice.user.updateFriendlyName('Alice')
    await Promise.all(named)
    const dressed = [user, bob].map((from, at) => nextOf(from, at ? 'userUpdated' : 'updated', isOf('attributes')))
    await alice.user.updateAttributes({ team: 'red' })
    await Promise.all(dressed)
    expect([user.friendlyName, user.attributes]).toEqual(['Alice', { team: 'red' }])
    expect(await world.refusal(user.updateFriendlyName('not mine'))).toBe(50107)
  },
)

everySdk('User.unsubscribe, User.userUnsubscribed, Client.userUnsubscribed', 'follows somebody no longer', async (world) => {
  const { bob } = await world.room()
  const user = await bob.getUser('alice')
  const told = [nextOf<User>(user, 'userUnsubscribed'), nextOf<User>(bob, 'userUnsubscribed')]
  await user.unsubscribe()
  for (const { identity } of await Promise.all(told)) expect(identity).toBe('alice')
  expect(user.isSubscribed).toBe(false)
  expect((await bob.getSubscribedUsers()).map(({ identity }) => identity)).toEqual(['bob'])
})

everySdk('Client.getUser, Client.userUpdated', 'says who can be reached, where the service tells it', async (world) => {
  const backEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
  const command = { type: 'service.update', reachabilityEnabled: true } as const
  await world.server.core.submit(backEnd, { about: {}, command: () => command })
  const { bob } = await world.room()
  const user = await bob.getUser('alice')
  expect([bob.reachabilityEnabled, user.isOnline, user.isNotifiable]).toEqual([true, true, false])
  const told = nextOf<UserUpdated>(bob, 'userUpdated', ({ updateReasons }) => updateReasons.includes('reachabilityNotifiable'))
  const alice = await world.server.signIn('alice')
  await alice.ask({ type: 'push.register', channelType: 'fcm', registrationId: 'phone' })
  expect((await told).user.isNotifiable).toBe(true)
  await alice.close()
})
