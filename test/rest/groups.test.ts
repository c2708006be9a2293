import { expect } from 'vitest'
import { operation, refusalOf } from './back-end.ts'

const [OURS, FIRST, SECOND] = ['+15559990000', '+15551230001', '+15551230002'] as const
const ADDRESS = 'messagingBinding.address'
const PROXY = 'messagingBinding.proxyAddress'
const PROJECTED = 'messagingBinding.projectedAddress'

operation('Participant.create', {
  'makes a group of phones, and refuses with its codes': async ({ api }) => {
    const there = api.conversations((await api.conversations.create()).sid)
    const anna = await there.participants.create({ identity: 'anna', [PROJECTED]: OURS })
    expect(anna).toMatchObject({ identity: 'anna', messagingBinding: { type: 'sms', projected_address: OURS } })
    const phone = await there.participants.create({ [ADDRESS]: FIRST })
    expect(phone.messagingBinding).toEqual({ type: 'sms', address: FIRST })
    const codes = []
    for (const fields of [
      { identity: 'ben' },
      { [ADDRESS]: FIRST },
      { [ADDRESS]: 'nonsense' },
      { [PROJECTED]: 'nonsense' },
      { identity: 'ben', [ADDRESS]: SECOND },
    ]) {
      const { code, status } = await refusalOf(there.participants.create(fields))
      codes.push([code, status])
    }
    expect(codes).toEqual([
      [50434, 400],
      [50437, 409],
      [50407, 400],
      [50408, 400],
      [20001, 400],
    ])
    await there.participants.create({ [ADDRESS]: SECOND })
    expect(await refusalOf(there.messages.create({ body: 'b' }))).toMatchObject({ code: 50513, status: 400 })
    const sent = await there.messages.create({ body: 'b', author: 'anna' })
    expect(sent).toMatchObject({ participantSid: anna.sid, delivery: { total: 2 } })
    const other = api.conversations((await api.conversations.create()).sid)
    for (const fields of [{ [ADDRESS]: FIRST }, { [ADDRESS]: SECOND }]) await other.participants.create(fields)
    expect(await refusalOf(other.participants.create({ [PROJECTED]: OURS }))).toMatchObject({ code: 50438, status: 409 })
    const chat = api.conversations((await api.conversations.create()).sid)
    await chat.participants.create({ identity: 'anna' })
    expect(await refusalOf(chat.participants.create({ [ADDRESS]: FIRST }))).toMatchObject({ code: 50435, status: 400 })
  },
})

operation('Message.update', {
  'is from whoever is in a group of phones, and from nobody else': async ({ api }) => {
    const there = api.conversations((await api.conversations.create()).sid)
    const anna = await there.participants.create({ identity: 'anna', [PROJECTED]: OURS })
    const phone = await there.participants.create({ [ADDRESS]: FIRST })
    const { sid } = await there.messages.create({ body: 'b', author: 'anna' })
    expect(await refusalOf(there.messages(sid).update({ author: 'nobody here' }))).toMatchObject({ code: 50513, status: 400 })
    expect(await there.messages(sid).update({ author: 'anna', body: 'c' })).toMatchObject({ participantSid: anna.sid })
    expect(await there.messages(sid).update({ author: FIRST })).toMatchObject({ author: FIRST, participantSid: phone.sid })
  },
})

operation('Participant.update', {
  'changes the proxy address, with all else that is given': async ({ api }) => {
    const there = api.conversations((await api.conversations.create()).sid)
    const { sid } = await there.participants.create({ [ADDRESS]: FIRST, [PROXY]: OURS })
    const next = '+15559990001'
    const changed = await there.participants(sid).update({ [PROXY]: next, attributes: '{"a":1}' })
    expect(changed).toMatchObject({
      messagingBinding: { type: 'sms', address: FIRST, proxy_address: next },
      attributes: '{"a":1}',
    })
    const other = api.conversations((await api.conversations.create()).sid)
    const { sid: theirs } = await other.participants.create({ [ADDRESS]: FIRST, [PROXY]: OURS })
    expect(await refusalOf(other.participants(theirs).update({ [PROXY]: next }))).toMatchObject({ code: 50416, status: 409 })
    expect(await refusalOf(other.participants(theirs).update({ [PROXY]: 'x' }))).toMatchObject({ code: 50408, status: 400 })
    // The same again changes nothing, and is no clash with oneself.
    expect(await there.participants(sid).update({ [PROXY]: next })).toMatchObject({ attributes: '{"a":1}' })
  },
  'changes who is seen by which number, and refuses what cannot be': async ({ api }) => {
    const there = api.conversations((await api.conversations.create()).sid)
    const number = await there.participants.create({ [PROJECTED]: OURS })
    const phone = await there.participants.create({ [ADDRESS]: FIRST })
    const named = await there.participants(number.sid).update({ identity: 'anna', [PROJECTED]: '+15559990001' })
    expect(named).toMatchObject({
      sid: number.sid,
      identity: 'anna',
      messagingBinding: { type: 'sms', projected_address: '+15559990001' },
    })
    const codes = []
    for (const [sid, fields] of [
      [phone.sid, { [PROXY]: 'null' }],
      [number.sid, { [PROXY]: OURS }],
      [phone.sid, { [PROJECTED]: 'null' }],
      [phone.sid, { [PROJECTED]: OURS }],
      [number.sid, { identity: 'ben' }],
      [number.sid, { [PROJECTED]: 'null' }],
    ] as const) {
      const { code, status } = await refusalOf(there.participants(sid).update(fields))
      codes.push([code, status])
    }
    expect(codes.map(([code]) => code)).toEqual([50440, 50441, 50442, 50443, 50444, 50434])
    expect(codes.every(([, status]) => status === 400)).toBe(true)
    await there.participants(phone.sid).remove()
    const alone = await there.participants(number.sid).update({ [PROJECTED]: 'null' })
    expect(alone).toMatchObject({ identity: 'anna', messagingBinding: null })
  },
})
