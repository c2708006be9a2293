import { expect } from 'vitest'
import { ACCOUNT_SID } from '../end-to-end/in-process-server.ts'
import { next } from '../scenarios/world.ts'
import { operation, refusalOf, type Stage } from './back-end.ts'
import { call } from './raw-call.ts'

async function roleNamed({ api }: Stage, friendlyName: string): Promise<string> {
  const role = (await api.roles.list()).find((each) => each.friendlyName === friendlyName)
  if (!role) throw new Error(`there is no role ${friendlyName}`)
  return role.sid
}

operation('Participant.create', {
  'lets a client hear that they joined': async (stage) => {
    const anna = await stage.world.client('anna')
    const { sid } = await stage.api.conversations.create({ friendlyName: 'f' })
    const joined = next(anna, 'conversationJoined')
    const made = await stage.api.conversations(sid).participants.create({ identity: 'anna', attributes: '{"a":1}' })
    expect(made).toMatchObject({
      accountSid: ACCOUNT_SID,
      conversationSid: sid,
      identity: 'anna',
      attributes: '{"a":1}',
      messagingBinding: null,
      lastReadMessageIndex: null,
      lastReadTimestamp: null,
    })
    expect((await joined).friendlyName).toBe('f')
    expect((await (await joined).getParticipantByIdentity('anna'))?.sid).toBe(made.sid)
  },
  'lets somebody take part by SMS, as their messages show': async ({ api, world }) => {
    const anna = await world.client('anna')
    const conversation = await anna.createConversation()
    await conversation.join()
    const there = api.conversations(conversation.sid)
    const joined = next(conversation, 'participantJoined')
    const addresses = { 'messagingBinding.address': '+15550100200', 'messagingBinding.proxyAddress': '+15550100300' }
    const dates = { dateCreated: new Date('2020-01-01T00:00:00Z'), dateUpdated: new Date('2020-01-02T00:00:00Z') }
    const made = await there.participants.create({ ...addresses, attributes: '[1]', ...dates })
    const messagingBinding = { type: 'sms', address: '+15550100200', proxy_address: '+15550100300' }
    expect(made).toMatchObject({ identity: null, messagingBinding, attributes: '[1]', ...dates })
    expect((await joined).sid).toBe(made.sid)
    expect(await there.participants(made.sid).fetch()).toMatchObject({ messagingBinding })
    const delivery = { total: 1, sent: 'none', delivered: 'none', read: 'none', failed: 'none', undelivered: 'none' }
    expect((await there.messages.create({ body: 'b' })).delivery).toEqual(delivery)
    const again = await refusalOf(there.participants.create(addresses))
    expect(again).toMatchObject({ code: 50416, status: 409, message: expect.stringContaining(conversation.sid) })
    const nonsense = { ...addresses, 'messagingBinding.address': 'nonsense' }
    expect(await refusalOf(there.participants.create(nonsense))).toMatchObject({ code: 50407, status: 400 })
  },
  'lets somebody take part by e-mail, with their name and whether it is copied to them': async ({ api, world }) => {
    const { sid } = await api.conversations.create()
    const form = {
      'MessagingBinding.Address': 'Ann@example.com',
      'MessagingBinding.ProxyAddress': 'us@example.com',
      'MessagingBinding.Name': 'Ann',
    }
    const create = (Level: string) =>
      call(world.server, 'POST', `/v1/Conversations/${sid}/Participants`, { form: { ...form, 'MessagingBinding.Level': Level } })
    expect(await create('bcc')).toMatchObject({ status: 400, body: { code: 20001 } })
    const { body } = await create('CC')
    expect((body as { messaging_binding: object }).messaging_binding).toEqual({
      type: 'email',
      address: 'ann@example.com',
      proxy_address: 'us@example.com',
      name: 'Ann',
      level: 'cc',
    })
  },
  'takes the dates of an import, and any identity': async ({ api }) => {
    const { sid } = await api.conversations.create()
    const dates = { dateCreated: new Date('2020-01-01T00:00:00Z'), dateUpdated: new Date('2020-01-02T00:00:00Z') }
    expect(await api.conversations(sid).participants.create({ identity: 'Zoë & co', ...dates })).toMatchObject(dates)
  },
  'refuses with the documented codes': async ({ api }) => {
    const { participants } = api.conversations((await api.conversations.create()).sid)
    await participants.create({ identity: 'anna' })
    const codes = []
    for (const fields of [
      {},
      { identity: '' },
      { identity: 'anna' },
      { identity: 'x'.repeat(257) },
      { identity: `US${'0'.repeat(32)}` },
      { identity: 'system' },
      { identity: 'ben', attributes: '{' },
      { identity: 'ben', roleSid: `RL${'0'.repeat(32)}` },
      { identity: 'ben', roleSid: 'nonsense' },
      { identity: 'ben', 'messagingBinding.address': '+15550100200', 'messagingBinding.proxyAddress': '+15550100300' },
      { identity: 'ben', 'messagingBinding.proxyAddress': '+15550100300' },
      { 'messagingBinding.proxyAddress': '+15550100300' },
      { 'messagingBinding.projectedAddress': '+15550100300', 'messagingBinding.proxyAddress': '+15550100301' },
    ]) {
      const { code, status } = await refusalOf(participants.create(fields))
      codes.push([code, status])
    }
    expect(codes).toEqual([
      [50204, 400],
      [50204, 400],
      [50433, 409],
      [50207, 400],
      [50206, 400],
      [50203, 400],
      [50304, 400],
      [50100, 404],
      [50100, 404],
      [20001, 400],
      [50407, 400],
      [50407, 400],
      [50407, 400],
    ])
    expect(await participants.list()).toHaveLength(1)
  },
})

operation('Participant.fetch', {
  'finds them by SID and by identity': async ({ api }) => {
    const { uniqueName } = await api.conversations.create({ uniqueName: 'a room' })
    const there = api.conversations(uniqueName)
    const { sid } = await there.participants.create({ identity: 'Zoë Ω' })
    expect(await there.participants(sid).fetch()).toMatchObject({ sid, identity: 'Zoë Ω' })
    expect(await there.participants('Zoë Ω').fetch()).toMatchObject({ sid })
    expect(await refusalOf(there.participants('nobody').fetch())).toMatchObject({ code: 20404, status: 404 })
  },
})

operation('Participant.update', {
  'sets attributes and how far they have read; their client sees it': async ({ api, world }) => {
    const anna = await world.client('anna')
    const conversation = await anna.createConversation()
    await conversation.join()
    await conversation.sendMessage('0')
    await conversation.sendMessage('1')
    const there = api.conversations(conversation.sid)
    const moved = () => next(conversation, 'updated', ({ updateReasons }) => updateReasons.includes('lastReadMessageIndex'))
    const heard = moved()
    const read = { lastReadMessageIndex: 0, lastReadTimestamp: '2020-01-01T00:00:00Z' }
    expect(await there.participants('anna').update({ attributes: '[2]', ...read })).toMatchObject({ attributes: '[2]', ...read })
    await heard
    expect(conversation.lastReadMessageIndex).toBe(0)
    expect(await conversation.getUnreadMessagesCount()).toBe(1)
    expect((await conversation.getParticipantByIdentity('anna'))?.attributes).toEqual([2])
    const again = moved()
    const past = await there.participants('anna').update({ lastReadMessageIndex: 99 })
    expect(past.lastReadMessageIndex).toBe(1)
    await again
    const reset = moved()
    const nothing = null as unknown as number
    expect(await there.participants('anna').update({ lastReadMessageIndex: nothing })).toMatchObject({
      lastReadMessageIndex: null,
      lastReadTimestamp: null,
    })
    await reset
    expect(await conversation.getUnreadMessagesCount()).toBeNull()
  },
  'sets how far they have read in a closed conversation too, and nothing else': async ({ api, world }) => {
    const conversation = await (await world.client('anna')).createConversation()
    await conversation.join()
    await conversation.sendMessage('0')
    const there = api.conversations(conversation.sid)
    const binding = { 'messagingBinding.address': '+15551230001', 'messagingBinding.proxyAddress': '+15559990000' }
    const { sid: phone } = await there.participants.create(binding)
    await there.update({ state: 'closed' })
    expect(await there.participants('anna').update({ lastReadMessageIndex: 0 })).toMatchObject({ lastReadMessageIndex: 0 })
    const membership = api.users('anna').userConversations(conversation.sid)
    expect(await membership.update({ notificationLevel: 'muted' })).toMatchObject({ notificationLevel: 'muted' })
    const others = [{ attributes: '[]' }, { dateUpdated: new Date('2020-01-01T00:00:00Z') }, {}]
    for (const other of others) {
      const update = there.participants('anna').update({ ...other, ...(other.attributes && { lastReadMessageIndex: 0 }) })
      expect(await refusalOf(update)).toMatchObject({ code: 50377 })
    }
    const moved = { 'messagingBinding.proxyAddress': '+15559990001', lastReadMessageIndex: 0 }
    expect(await refusalOf(there.participants(phone).update(moved))).toMatchObject({ code: 50377 })
  },
  'keeps when they have read, also where nobody says what': async ({ api, world }) => {
    const anna = await world.client('anna')
    const conversation = await anna.createConversation()
    await conversation.join()
    await conversation.sendMessage('0')
    const there = api.conversations(conversation.sid).participants('anna')
    const at = '2020-01-01T00:00:00Z'
    const own = await conversation.getParticipantByIdentity('anna')
    for (const lastReadMessageIndex of [null, 0]) {
      if (lastReadMessageIndex !== null) await there.update({ lastReadMessageIndex })
      expect(await there.update({ lastReadTimestamp: at })).toMatchObject({ lastReadMessageIndex, lastReadTimestamp: at })
      await expect.poll(() => own.lastReadTimestamp).toEqual(new Date(at))
      expect(own.lastReadMessageIndex).toBe(lastReadMessageIndex)
      expect(await there.update({ lastReadTimestamp: '' })).toMatchObject({ lastReadMessageIndex, lastReadTimestamp: null })
    }
    expect(await there.update({ lastReadMessageIndex: 0 })).toMatchObject({ lastReadTimestamp: null })
  },
  'gives them a role that holds at once': async (stage) => {
    const anna = await stage.world.client('anna')
    const conversation = await anna.createConversation()
    const { participants } = stage.api.conversations(conversation.sid)
    const { roleSid } = await participants.create({ identity: 'ben' })
    expect(roleSid).toBe(await roleNamed(stage, 'channel user'))
    const ben = await stage.world.client('ben')
    const theirs = await ben.getConversationBySid(conversation.sid)
    await expect(theirs.add('carl')).rejects.toMatchObject({ code: 50107 })
    const admin = await roleNamed(stage, 'channel admin')
    const there = stage.api.conversations(conversation.sid)
    expect(await there.participants('ben').update({ roleSid: admin })).toMatchObject({ roleSid: admin })
    await theirs.add('carl')
    const wrong = await roleNamed(stage, 'service admin')
    expect(await refusalOf(there.participants('ben').update({ roleSid: wrong }))).toMatchObject({ code: 50100 })
  },
  'refuses with the documented codes': async ({ api }) => {
    const there = api.conversations((await api.conversations.create()).sid)
    await there.participants.create({ identity: 'anna' })
    for (const lastReadMessageIndex of [-1, 1.5, Number.NaN]) {
      expect(await refusalOf(there.participants('anna').update({ lastReadMessageIndex }))).toMatchObject({ code: 50421 })
    }
    expect(await refusalOf(there.participants('anna').update({ lastReadTimestamp: 'now' }))).toMatchObject({ code: 50405 })
  },
})

operation('Participant.delete', {
  'takes them out by SID or identity, and their client hears it': async ({ api, world }) => {
    const anna = await world.client('anna')
    const conversation = await anna.createConversation()
    await conversation.join()
    const there = api.conversations(conversation.sid)
    const { sid } = await there.participants.create({ identity: 'ben' })
    expect(await there.participants(sid).remove()).toBe(true)
    const left = next(anna, 'conversationLeft')
    expect(await there.participants('anna').remove()).toBe(true)
    expect((await left).sid).toBe(conversation.sid)
    expect(await refusalOf(there.participants('anna').remove())).toMatchObject({ code: 20404, status: 404 })
  },
})

operation('Participant.list', {
  'gives all of them over several pages, in the order of joining': async ({ api }) => {
    const { participants } = api.conversations((await api.conversations.create()).sid)
    const identities = ['a', 'b', 'c', 'd', 'e']
    for (const identity of identities) await participants.create({ identity })
    expect((await participants.list({ pageSize: 2 })).map(({ identity }) => identity)).toEqual(identities)
  },
})
