import { expect } from 'vitest'
import { ACCOUNT_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { next } from '../scenarios/world.ts'
import { operation, refusalOf } from './back-end.ts'

const nothing = null as unknown as string

operation('User.create', {
  'makes a user whom a client then is': async ({ api, world, form }) => {
    const [role] = (await api.roles.list()).filter(({ friendlyName }) => friendlyName === 'service admin')
    const fields = { identity: 'Zoë', friendlyName: 'Z', attributes: '[1]', roleSid: role?.sid as string }
    const made = await api.users.create(fields)
    expect(made).toMatchObject({
      ...fields,
      accountSid: ACCOUNT_SID,
      chatServiceSid: SERVICE_SID,
      isOnline: null,
      isNotifiable: null,
    })
    const base = `${world.server.url}/v1${form === 'service' ? `/Services/${SERVICE_SID}` : ''}/Users/${made.sid}`
    expect([made.url, made.links]).toEqual([base, { user_conversations: `${base}/Conversations` }])
    expect((await world.client('Zoë')).user).toMatchObject({ friendlyName: 'Z', attributes: [1] })
  },
  'refuses with the documented codes': async ({ api }) => {
    await api.users.create({ identity: 'anna' })
    const channelUser = (await api.roles.list()).find(({ friendlyName }) => friendlyName === 'channel user')
    const codes = []
    for (const fields of [
      { identity: '' },
      { identity: 'anna' },
      { identity: 'x'.repeat(257) },
      { identity: `US${'0'.repeat(32)}` },
      { identity: 'system' },
      { identity: 'ben', friendlyName: 'x'.repeat(257) },
      { identity: 'ben', attributes: '{' },
      { identity: 'ben', attributes: JSON.stringify('x'.repeat(16 * 1024)) },
      { identity: 'ben', roleSid: channelUser?.sid as string },
    ]) {
      const { code, status } = await refusalOf(api.users.create(fields))
      codes.push([code, status])
    }
    expect(codes).toEqual([
      [50204, 400],
      [50201, 409],
      [50207, 400],
      [50206, 400],
      [50203, 400],
      [50003, 400],
      [50304, 400],
      [50303, 400],
      [50100, 404],
    ])
    expect(await api.users.list()).toHaveLength(1)
  },
})

operation('User.fetch', {
  'finds who came by themselves, by SID and by identity': async ({ api, world }) => {
    await world.client('anna b')
    const { sid } = await api.users('anna b').fetch()
    expect(await api.users(sid).fetch()).toMatchObject({ sid, identity: 'anna b', friendlyName: null, attributes: '{}' })
    expect(await refusalOf(api.users('nobody').fetch())).toMatchObject({ code: 20404, status: 404 })
  },
})

operation('User.update', {
  'is seen by the user and takes an empty value for null': async ({ api, world }) => {
    const anna = await world.client('anna')
    const updated = next(anna.user, 'updated')
    expect(await api.users('anna').update({ friendlyName: 'Anna', attributes: '[1]' })).toMatchObject({
      friendlyName: 'Anna',
      attributes: '[1]',
    })
    await updated
    expect(anna.user).toMatchObject({ friendlyName: 'Anna', attributes: [1] })
    expect(await api.users('anna').update({ friendlyName: nothing })).toMatchObject({ friendlyName: null, attributes: '[1]' })
  },
  'gives a role that holds at once': async ({ api, world }) => {
    const anna = await world.client('anna')
    const permission = ['joinConversation']
    const { sid: roleSid } = await api.roles.create({ friendlyName: 'guest', type: 'service', permission })
    expect(await api.users('anna').update({ roleSid })).toMatchObject({ roleSid })
    await expect(anna.createConversation()).rejects.toMatchObject({ code: 50107 })
  },
})

operation('User.delete', {
  'ends all their memberships, and the next one of that name begins anew': async ({ api, world }) => {
    const [anna, ben] = [await world.client('anna'), await world.client('ben')]
    const rooms = [await anna.createConversation(), await anna.createConversation()]
    for (const room of rooms) {
      await room.join()
      await room.add('ben')
      await room.sendMessage('stays')
    }
    const { sid } = await api.users('ben').fetch()
    const left = rooms.map((room) => next(room, 'participantLeft'))
    const gone = next(ben, 'conversationLeft')
    expect(await api.users(sid).remove()).toBe(true)
    expect((await Promise.all(left)).map(({ identity }) => identity)).toEqual(['ben', 'ben'])
    await gone
    expect(await refusalOf(api.users('ben').fetch())).toMatchObject({ code: 20404 })
    expect(await refusalOf(api.users('ben').remove())).toMatchObject({ code: 20404 })
    await expect(ben.createConversation()).rejects.toMatchObject({ code: 50200 })
    const [room] = rooms
    const there = api.conversations(room?.sid as string)
    expect((await there.participants.list()).map(({ identity }) => identity)).toEqual(['anna'])
    expect(await there.messages.list()).toHaveLength(1)
    const joined = next(ben, 'conversationJoined')
    const again = await there.participants.create({ identity: 'ben' })
    expect((await joined).sid).toBe(room?.sid)
    expect((await api.users('ben').fetch()).sid).not.toBe(sid)
    expect(again.lastReadMessageIndex).toBeNull()
    expect((await api.users('ben').userConversations.list()).map((each) => each.participantSid)).toEqual([again.sid])
  },
})

operation('User.list', {
  'gives all of them over several pages': async ({ api }) => {
    for (const identity of ['a', 'b', 'c', 'd', 'e']) await api.users.create({ identity })
    expect((await api.users.list({ pageSize: 2 })).map(({ identity }) => identity)).toEqual(['a', 'b', 'c', 'd', 'e'])
  },
})

operation('UserConversation.list', {
  'gives them with what the user has of them': async ({ api, world }) => {
    const anna = await world.client('anna')
    expect(await api.users('anna').userConversations.list()).toEqual([])
    const sids: string[] = []
    for (const friendlyName of ['a', 'b', 'c']) {
      const conversation = await anna.createConversation({ friendlyName, uniqueName: `name of ${friendlyName}` })
      await conversation.join()
      await conversation.sendMessage('0')
      sids.push(conversation.sid)
    }
    const listed = await api.users('anna').userConversations.list({ pageSize: 2 })
    expect(listed.map((each) => each.conversationSid)).toEqual(sids)
    expect(listed[0]).toMatchObject({
      accountSid: ACCOUNT_SID,
      chatServiceSid: SERVICE_SID,
      friendlyName: 'a',
      uniqueName: 'name of a',
      attributes: '{}',
      conversationState: 'active',
      timers: {},
      createdBy: 'anna',
      notificationLevel: 'default',
      unreadMessagesCount: null,
      lastReadMessageIndex: null,
      userSid: (await api.users('anna').fetch()).sid,
    })
    const participant = await api
      .conversations(sids[0] as string)
      .participants('anna')
      .fetch()
    expect(listed[0]?.participantSid).toBe(participant.sid)
    const conversation = await api.conversations(sids[0] as string).fetch()
    expect(listed[0]?.links).toEqual({ participant: participant.url, conversation: conversation.url })
  },
})

operation('UserConversation.fetch', {
  'finds it by names on both sides': async ({ api }) => {
    await api.conversations.create({ uniqueName: 'a room' })
    await api.users.create({ identity: 'ben' })
    const theirs = api.users('ben').userConversations('a room')
    expect(await refusalOf(theirs.fetch())).toMatchObject({ code: 20404, status: 404 })
    await api.conversations('a room').participants.create({ identity: 'ben' })
    expect(await theirs.fetch()).toMatchObject({ uniqueName: 'a room', createdBy: 'system' })
  },
})

operation('UserConversation.update', {
  'mutes it and sets how far they have read; their client sees both': async ({ api, world }) => {
    const anna = await world.client('anna')
    const conversation = await anna.createConversation({ uniqueName: 'u' })
    await conversation.join()
    for (const body of ['0', '1', '2']) await conversation.sendMessage(body)
    const seen = next(conversation, 'updated', ({ updateReasons }) => updateReasons.includes('notificationLevel'))
    const theirs = api.users('anna').userConversations('u')
    expect(await theirs.update({ notificationLevel: 'muted', lastReadMessageIndex: 0 })).toMatchObject({
      notificationLevel: 'muted',
      lastReadMessageIndex: 0,
      unreadMessagesCount: 2,
    })
    await seen
    expect(conversation).toMatchObject({ notificationLevel: 'muted', lastReadMessageIndex: 0 })
    const never = null as unknown as number
    expect(await theirs.update({ lastReadMessageIndex: never })).toMatchObject({
      notificationLevel: 'muted',
      lastReadMessageIndex: null,
      unreadMessagesCount: null,
    })
    expect(await refusalOf(theirs.update({ notificationLevel: 'loud' as 'muted' }))).toMatchObject({ code: 50210 })
  },
})

operation('UserConversation.delete', {
  'takes the user out': async ({ api, world }) => {
    const anna = await world.client('anna')
    const conversation = await anna.createConversation()
    await conversation.join()
    const left = next(anna, 'conversationLeft')
    expect(await api.users('anna').userConversations(conversation.sid).remove()).toBe(true)
    await left
    expect(await api.users('anna').userConversations.list()).toEqual([])
  },
})

operation('ParticipantConversation.list', {
  'says where somebody is, by identity': async ({ api, world }) => {
    const anna = await world.client('anna')
    const sids: string[] = []
    for (const friendlyName of ['a', 'b', 'c']) {
      const conversation = await anna.createConversation({ friendlyName })
      await conversation.join()
      sids.push(conversation.sid)
    }
    const found = await api.participantConversations.list({ identity: 'anna', pageSize: 1 })
    expect(found.map((each) => each.conversationSid)).toEqual(sids)
    const participant = await api
      .conversations(sids[0] as string)
      .participants('anna')
      .fetch()
    expect(found[0]).toMatchObject({
      accountSid: ACCOUNT_SID,
      chatServiceSid: SERVICE_SID,
      participantSid: participant.sid,
      participantUserSid: (await api.users('anna').fetch()).sid,
      participantIdentity: 'anna',
      participantMessagingBinding: null,
      conversationUniqueName: null,
      conversationFriendlyName: 'a',
      conversationAttributes: '{}',
      conversationCreatedBy: 'anna',
      conversationState: 'active',
      conversationTimers: {},
    })
    expect(await api.participantConversations.list({ identity: 'nobody' })).toEqual([])
    const both = { identity: 'anna', address: '+15550100' }
    expect(await refusalOf(api.participantConversations.list(both))).toMatchObject({ code: 50451, status: 400 })
    expect(await refusalOf(api.participantConversations.list())).toMatchObject({ code: 20001, status: 400 })
  },
  'says where somebody is, by address, over several pages': async ({ api }) => {
    const phone = (end: number) => ({
      'messagingBinding.address': '+15550100200',
      'messagingBinding.proxyAddress': `+1555010030${end}`,
    })
    const made: string[] = []
    const rooms = [await api.conversations.create({ 'timers.closed': 'PT10M' }), await api.conversations.create()]
    for (const [at, { sid }] of rooms.entries()) {
      for (const end of [2 * at, 2 * at + 1]) {
        const participant = await api.conversations(sid).participants.create(phone(end))
        made.push(participant.sid)
      }
    }
    const found = await api.participantConversations.list({ address: '+15550100200', pageSize: 1 })
    expect(found.map(({ participantSid }) => participantSid)).toEqual(made)
    expect(found[0]).toMatchObject({
      conversationSid: rooms[0]?.sid,
      participantUserSid: null,
      participantIdentity: null,
      participantMessagingBinding: { type: 'sms', address: '+15550100200', proxy_address: '+15550100300' },
      conversationTimers: { date_closed: expect.stringMatching(/Z$/) },
    })
    expect(await api.participantConversations.list({ address: '+15550100201' })).toEqual([])
  },
})

operation('ConversationWithParticipants.create', {
  'makes all of it at once; their clients hear that they joined': async ({ api, world }) => {
    const anna = await world.client('anna')
    const joined = next(anna, 'conversationJoined')
    const participant = [
      JSON.stringify({ identity: 'anna', attributes: '{"a":1}' }),
      JSON.stringify({ identity: 'ben', date_created: '2020-01-01T00:00:00Z' }),
    ]
    const made = await api.conversationWithParticipants.create({ friendlyName: 'f', uniqueName: 'u', participant })
    expect(made).toMatchObject({ friendlyName: 'f', uniqueName: 'u', state: 'active', attributes: '{}' })
    expect(Object.keys(made.links)).toEqual(['participants', 'messages', 'webhooks'])
    expect((await joined).sid).toBe(made.sid)
    const there = await api.conversations('u').participants.list()
    expect(there).toMatchObject([
      { identity: 'anna', attributes: '{"a":1}' },
      { identity: 'ben', dateCreated: new Date('2020-01-01T00:00:00Z') },
    ])
  },
  'takes people by e-mail, with their name and whether it is copied to them': async ({ api }) => {
    const mail = { address: 'Ben@example.org', proxy_address: 'desk@example.com', name: 'Ben', level: 'cc' }
    const create = (messaging_binding: object) =>
      api.conversationWithParticipants.create({ participant: [JSON.stringify({ messaging_binding })] })
    const [ben] = await api.conversations((await create(mail)).sid).participants.list()
    expect(ben?.messagingBinding).toEqual({ type: 'email', ...mail, address: 'ben@example.org' })
    const phone = { address: '+15551230001', proxy_address: '+15559990000' }
    for (const wrong of [
      { ...phone, name: 'Ben' },
      { ...phone, level: 'cc' },
      { address: phone.address, name: 'Ben' },
    ]) {
      expect(await refusalOf(create(wrong))).toMatchObject({ code: 20001, status: 400 })
    }
  },
  'takes what is null for what is not said': async ({ api }) => {
    const nothing = { attributes: null, role_sid: null, messaging_binding: null, date_created: null }
    const phone = { address: '+15551230001', proxy_address: '+15559990000', projected_address: null }
    const participant = [
      { identity: 'anna', ...nothing },
      { ...nothing, identity: null, messaging_binding: phone },
    ]
    const { sid } = await api.conversationWithParticipants.create({
      participant: participant.map((each) => JSON.stringify(each)),
    })
    expect(await api.conversations(sid).participants.list()).toMatchObject([
      { identity: 'anna', attributes: '{}', messagingBinding: null },
      { identity: null, attributes: '{}', messagingBinding: { address: '+15551230001' } },
    ])
  },
  'takes people outside of the app, each with a proxy, or in a group of phones': async ({ api }) => {
    const proxied = (end: number, proxy_address = '+15559990000') => ({ address: `+1555123000${end}`, proxy_address })
    const create = (...participants: object[]) =>
      api.conversationWithParticipants.create({ participant: participants.map((each) => JSON.stringify(each)) })
    const people = async (sid: string) =>
      (await api.conversations(sid).participants.list()).map(({ identity, messagingBinding }) => [identity, messagingBinding])
    const mixed = await create(
      { identity: 'anna' },
      { messaging_binding: proxied(1), attributes: '[1]' },
      { 'messaging_binding.address': '+15551230002', 'messaging_binding.proxy_address': '+15559990000' },
    )
    expect(await people(mixed.sid)).toEqual([
      ['anna', null],
      [null, { type: 'sms', ...proxied(1) }],
      [null, { type: 'sms', ...proxied(2) }],
    ])
    const phones = ['+15551230001', '+15551230002'].map((address) => ({ messaging_binding: { address } }))
    const anna = { identity: 'anna', messaging_binding: { projected_address: '+15559990001' } }
    const group = await create(anna, ...phones)
    expect(await people(group.sid)).toEqual([
      ['anna', { type: 'sms', projected_address: '+15559990001' }],
      [null, { type: 'sms', address: '+15551230001' }],
      [null, { type: 'sms', address: '+15551230002' }],
    ])
    const codes = []
    for (const participants of [
      [{ messaging_binding: proxied(3) }, { messaging_binding: proxied(1) }],
      [{ messaging_binding: proxied(3) }, { messaging_binding: proxied(3) }],
      [{ messaging_binding: proxied(3, 'nonsense') }],
      [{ messaging_binding: { address: 'nonsense' } }],
      [{ messaging_binding: {} }],
      [{ identity: 'ben', messaging_binding: proxied(3) }],
      [anna, ...phones],
      [{ identity: 'ben' }, ...phones],
      [{ messaging_binding: { ...proxied(3), address: 1 } }],
    ]) {
      const { code, status } = await refusalOf(create(...participants))
      codes.push([code, status])
    }
    expect(codes).toEqual([
      [50425, 409],
      [50437, 409],
      [50408, 400],
      [50407, 400],
      [50204, 400],
      [20001, 400],
      [50438, 409],
      [50434, 400],
      [20001, 400],
    ])
    expect(await api.conversations.list()).toHaveLength(2)
  },
  'makes nothing when one of them cannot be in it': async ({ api }) => {
    const of = (...identities: string[]) => identities.map((identity) => JSON.stringify({ identity }))
    const codes = []
    for (const participant of [
      of('anna', 'anna'),
      of('anna', 'system'),
      of(...Array.from({ length: 11 }, (_, number) => `user ${number}`)),
      ['anna'],
      ['[]'],
      ['{"identity":1}'],
      ['{}'],
      [JSON.stringify({ identity: 'anna', role_sid: `RL${'0'.repeat(32)}` })],
      [JSON.stringify({ identity: 'anna', messaging_binding: { proxy_address: '+15550100300' } })],
    ]) {
      const { code, status } = await refusalOf(api.conversationWithParticipants.create({ uniqueName: 'u', participant }))
      codes.push([code, status])
    }
    expect(codes).toEqual([
      [50433, 409],
      [50203, 400],
      [50426, 400],
      [20001, 400],
      [20001, 400],
      [20001, 400],
      [50204, 400],
      [50100, 404],
      [50407, 400],
    ])
    expect(await api.conversations.list()).toEqual([])
    expect(await api.users.list()).toEqual([])
  },
})
