import { expect, onTestFinished, test } from 'vitest'
import { CoreWorld, type OpenStore, refusalOf, sid } from './core-world.ts'

/** Services: one store may hold many, and none sees another (G7, I12). */
export function serviceContract(open: OpenStore): void {
  const twoWorlds = async () => {
    const store = await open()
    onTestFinished(() => store.close())
    return [await CoreWorld.on(store, 1), await CoreWorld.on(store, 2)] as const
  }

  test('one that is made sure of is made once, with its four roles', async () => {
    const world = await CoreWorld.begin(open)
    const service = await world.core.service(world.serviceSid)
    world.pass(1000)
    const again = { sid: world.serviceSid, accountSid: sid('AC', 7), friendlyName: 'another name' }
    expect(await world.core.ensureService(again)).toEqual(service)
    const roles = await world.store.read((reads) => reads.roles(world.serviceSid))
    expect([...roles.values()].map(({ friendlyName, type }) => [type, friendlyName]).sort()).toEqual([
      ['conversation', 'channel admin'],
      ['conversation', 'channel user'],
      ['service', 'service admin'],
      ['service', 'service user'],
    ])
    expect(service).toMatchObject({
      defaultServiceRoleSid: await world.roleSid('service user'),
      defaultConversationRoleSid: await world.roleSid('channel user'),
      defaultCreatorRoleSid: await world.roleSid('channel admin'),
    })
    expect(await world.core.service(sid('IS', 99))).toBeUndefined()
  })

  test('those of one name in two services are two', async () => {
    const [one, two] = await twoWorlds()
    const [anna, other] = [await one.user('anna'), await two.user('anna')]
    await anna.do({ type: 'user.update', friendlyName: 'One' })
    const [mine, theirs] = [await anna.converse({ uniqueName: 'team' }), await other.converse({ uniqueName: 'team' })]
    await anna.send(mine, 'in one', 'key')
    await other.send(theirs, 'in two', 'key')
    expect((await other.ask({ type: 'conversation.get', uniqueName: 'team' })).conversation.sid).toBe(theirs)
    expect((await other.ask({ type: 'user.get', identity: 'anna' })).user.friendlyName).toBeNull()
    expect((await other.messages(theirs)).map(({ body }) => body)).toEqual(['in two'])
    expect((await other.ask({ type: 'conversation.list' })).conversations.map((view) => view.sid)).toEqual([theirs])
    const { key, friendlyName } = { key: 'k', friendlyName: 'x' }
    await anna.do({ type: 'conversation.update', conversationSid: mine, key, friendlyName })
    await other.do({ type: 'conversation.update', conversationSid: theirs, key, friendlyName })
    expect((await other.view(theirs)).friendlyName).toBe('x')
  })

  test('nobody of one gets anything of another, not even by its SID and as its back end', async () => {
    const [one, two] = await twoWorlds()
    const anna = await one.user('anna')
    const conversationSid = await anna.converse({ uniqueName: 'secret' })
    await anna.send(conversationSid, 'secret')
    const recorders = [await (await two.user('anna')).listen(), await (await two.serviceAdmin()).listen()]
    for (const person of [await two.user('anna'), await two.serviceAdmin(), two.backEnd]) {
      const answers = [
        await person.tryToAsk({ type: 'conversation.get', conversationSid }),
        await person.tryToAsk({ type: 'conversation.get', uniqueName: 'secret' }),
        await person.tryToAsk({ type: 'message.page', conversationSid }),
        await person.tryToAsk({ type: 'participant.list', conversationSid }),
        await person.tryToAsk({ type: 'participant.get', conversationSid, participant: 'anna' }),
        await person.try({ type: 'conversation.update', conversationSid, friendlyName: 'x' }),
        await person.try({ type: 'conversation.delete', conversationSid }),
        await person.try({ type: 'participant.add', conversationSid, identity: person.identity }),
        await person.try({ type: 'participant.remove', conversationSid, participant: 'anna' }),
        await person.try({ type: 'message.send', conversationSid, body: 'x' }),
        await person.try({ type: 'message.update', conversationSid, index: 0, body: 'x' }),
        await person.try({ type: 'message.remove', conversationSid, index: 0 }),
        await person.try({ type: 'readHorizon.set', conversationSid, index: 0 }),
        await two.core.startTyping(person.actor, conversationSid),
        await two.core.watch(person.actor, { type: 'conversation.get', conversationSid }, recorders[0]!.attachment),
      ]
      expect(answers.map(refusalOf)).toEqual(answers.map(() => 'conversation-not-found'))
      const resumed = await person.ask({ type: 'conversation.resume', since: [{ conversationSid, revision: 0 }] })
      expect(resumed.conversations).toEqual([{ conversationSid, gone: true }])
    }
    await anna.send(conversationSid, 'more')
    await anna.do({ type: 'conversation.delete', conversationSid })
    for (const recorder of recorders) expect(recorder.heard).toEqual([])
  })
}
