import { describe, expect, test } from 'vitest'
import type { Permission } from '../records/permissions.ts'
import type { BeginWorld } from './core-contract.ts'
import { type CoreWorld, type Person, refusalOf, sid } from './core-world.ts'

/** Roles of our own, between those of members and of admins. */
const ROLES = {
  reader: ['leaveConversation'],
  /** May give roles, but neither send nor delete. */
  usher: ['addParticipant', 'removeParticipant', 'leaveConversation', 'editNotificationLevel'],
  moderator: ['addParticipant', 'removeParticipant', 'sendMessage', 'leaveConversation', 'deleteAnyMessage'],
  /** Holds much, but may give nothing. */
  editor: ['sendMessage', 'leaveConversation', 'editAnyMessage', 'deleteAnyMessage', 'addParticipant'],
} as const satisfies Record<string, readonly Permission[]>

/** The change of a participant's role by people: decision 21. */
export function roleContract(begin: BeginWorld): void {
  /** Anna made it and is an admin of it; Ben is a member. */
  const room = async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    const [admin, member] = [await world.roleSid('channel admin'), await world.roleSid('channel user')]
    return { world, anna, ben, conversationSid, admin, member }
  }
  const give = (participant: string, roleSid: string, conversationSid: string) =>
    ({ type: 'participant.update', conversationSid, participant, roleSid }) as const
  const roleOf = async (world: CoreWorld, conversationSid: string, participant: string) =>
    (await world.backEnd.ask({ type: 'participant.get', conversationSid, participant })).participant.roleSid

  test('who is given a role may do at once what it allows, and everybody hears of it', async () => {
    const { world, anna, ben, conversationSid, admin, member } = await room()
    const rename = { type: 'conversation.update', conversationSid, friendlyName: 'x' } as const
    expect(refusalOf(await ben.try(rename))).toBe('permission-missing')
    const [hers, his] = [await anna.listen(), await ben.listen()]
    world.pass(1000)
    await anna.do(give('ben', admin, conversationSid))
    await anna.do(give('ben', admin, conversationSid))
    const told = { type: 'participant.updated', changes: { roleSid: admin }, dateUpdated: world.now }
    expect(hers.take()).toMatchObject([told])
    expect(his.take()).toMatchObject([told])
    await ben.do(rename)
    await ben.do(give('anna', member, conversationSid))
    expect(refusalOf(await anna.try(rename))).toBe('permission-missing')
  })

  test('attributes and role change together or not at all', async () => {
    const { world, anna, ben, conversationSid, admin } = await room()
    const both = { ...give('ben', admin, conversationSid), attributes: '[1]' }
    expect(refusalOf(await ben.try(both))).toBe('permission-missing')
    expect(refusalOf(await anna.try({ ...both, attributes: 'wrong' }))).toBe('attributes-invalid')
    const { participant } = await anna.ask({ type: 'participant.get', conversationSid, participant: 'ben' })
    expect(participant).toMatchObject({ attributes: '{}', roleSid: await world.roleSid('channel user') })
    await anna.do(both)
    const after = await anna.ask({ type: 'participant.get', conversationSid, participant: 'ben' })
    expect(after.participant).toMatchObject({ attributes: '[1]', roleSid: admin })
  })

  test('a role of the service, of another service or of none is not found', async () => {
    const { world, anna, conversationSid } = await room()
    for (const roleSid of [await world.roleSid('service user'), sid('RL', 99)]) {
      expect(refusalOf(await anna.try(give('ben', roleSid, conversationSid)))).toBe('role-not-found')
    }
  })

  test('a refusal names the permission that is missing', async () => {
    const { world, anna, ben, conversationSid, admin } = await room()
    const detailOf = async (command: Parameters<Person['try']>[0]) => {
      const answer = await ben.try(command)
      return 'detail' in answer ? answer.detail : undefined
    }
    expect(await detailOf(give('anna', admin, conversationSid))).toEqual({ permission: 'addParticipant' })
    const usher = await world.role({ type: 'conversation', permissions: ROLES.usher })
    await world.backEnd.do(give('ben', usher, conversationSid))
    await anna.do({ type: 'participant.add', conversationSid, identity: 'carl' })
    expect(await detailOf(give('carl', usher, conversationSid))).toEqual({ permission: 'sendMessage' })
  })

  test('the list has the roles of conversations alone, in the order of their SIDs', async () => {
    const { world, ben, conversationSid, admin, member } = await room()
    const reader = await world.role({ type: 'conversation', permissions: ROLES.reader })
    const { roles } = await ben.ask({ type: 'role.list', conversationSid })
    expect(roles.map((role) => role.sid)).toEqual([admin, member, reader].sort())
    expect(roles.find((role) => role.sid === reader)).toEqual({
      sid: reader,
      friendlyName: ROLES.reader.join(' '),
      permissions: ROLES.reader,
      isAssignable: false,
    })
  })

  /** Who gives: by their role in the conversation, or from outside by that of the service. */
  const GIVERS = [...Object.keys(ROLES), 'admin', 'member', 'service admin'] as const

  test.each(GIVERS)(
    '%s: nobody rises above the giver, nobody above them is brought down, and the list says so',
    async (giver) => {
      const { world, anna, conversationSid, admin, member } = await room()
      const sids: Record<string, string> = { admin, member }
      for (const [name, permissions] of Object.entries(ROLES))
        sids[name] = await world.role({ type: 'conversation', permissions })
      const person = giver === 'service admin' ? await world.serviceAdmin() : await world.user('giver')
      if (giver !== 'service admin') {
        await anna.add(conversationSid, person)
        await world.backEnd.do(give('giver', sids[giver] as string, conversationSid))
      }
      const { roles } = await person.ask({ type: 'role.list', conversationSid })
      const listed = (roleSid: string) => roles.find((role) => role.sid === roleSid)
      const own = new Set<string>(listed(sids[giver] ?? '')?.permissions)
      for (const former of Object.values(sids)) {
        for (const next of Object.values(sids)) {
          await world.backEnd.do(give('ben', former, conversationSid))
          const answer = refusalOf(await person.try(give('ben', next, conversationSid)))
          const isAllowed = Boolean(listed(former)?.isAssignable && listed(next)?.isAssignable)
          expect(answer === 'permission-missing' ? false : answer).toEqual(isAllowed && {})
          expect(await roleOf(world, conversationSid, 'ben')).toBe(isAllowed ? next : former)
          if (!isAllowed || giver === 'service admin') continue
          for (const permission of [...(listed(former)?.permissions ?? []), ...(listed(next)?.permissions ?? [])]) {
            expect(own).toContain(permission)
          }
        }
      }
      const givable = { admin: 6, moderator: 2, usher: 2, 'service admin': 6 }[giver as string] ?? 0
      expect(roles.filter((role) => role.isAssignable)).toHaveLength(givable)
    },
  )

  describe('the last admin', () => {
    test('may step down, as they may leave; then a service admin or a back end names another', async () => {
      const { world, anna, ben, conversationSid, admin, member } = await room()
      await anna.do(give('anna', member, conversationSid))
      for (const person of [anna, ben]) {
        expect(refusalOf(await person.try(give('ben', admin, conversationSid)))).toBe('permission-missing')
      }
      await (await world.serviceAdmin()).do(give('ben', admin, conversationSid))
      await ben.do(give('anna', admin, conversationSid))
    })
  })
}
