import { describe, expect, test } from 'vitest'
import { ACCOUNT_SID, ACCOUNTS, FOREIGN_SERVICE_SID, OTHER_SERVICE_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { World } from '../scenarios/world.ts'
import { backEndOf, operation, refusalOf } from './back-end.ts'

operation('Role.create', {
  'makes one of either type': async ({ api, world, form }) => {
    const permission = ['sendMessage', 'leaveConversation']
    const made = await api.roles.create({ friendlyName: 'r', type: 'conversation', permission })
    expect(made).toMatchObject({
      accountSid: ACCOUNT_SID,
      chatServiceSid: SERVICE_SID,
      friendlyName: 'r',
      type: 'conversation',
      permissions: permission,
    })
    expect(made.url).toBe(`${world.server.url}/v1${form === 'service' ? `/Services/${SERVICE_SID}` : ''}/Roles/${made.sid}`)
    await api.roles.create({ friendlyName: 's', type: 'service', permission: ['createConversation'] })
  },
  'refuses with the documented codes': async ({ api }) => {
    const codes = []
    for (const fields of [
      { friendlyName: '', type: 'service', permission: ['createConversation'] },
      { friendlyName: 'x'.repeat(65), type: 'service', permission: ['createConversation'] },
      { friendlyName: 'r', type: 'service', permission: ['sendMessage'] },
      { friendlyName: 'r', type: 'service', permission: ['constructor'] },
      { friendlyName: 'r', type: 'service', permission: [] },
      { friendlyName: 'r', type: 'king', permission: ['sendMessage'] },
    ]) {
      const { code, status } = await refusalOf(api.roles.create(fields as Parameters<typeof api.roles.create>[0]))
      codes.push([code, status])
    }
    expect(codes).toEqual([
      [50000, 400],
      [50003, 400],
      [50104, 400],
      [50104, 400],
      [50104, 400],
      [20001, 400],
    ])
  },
})

operation('Role.fetch', {
  'goes by SID alone': async ({ api }) => {
    const [role] = await api.roles.list()
    expect(await api.roles(role?.sid as string).fetch()).toMatchObject({ friendlyName: role?.friendlyName })
    expect(await refusalOf(api.roles('channel user').fetch())).toMatchObject({ code: 20404, status: 404 })
  },
})

operation('Role.update', {
  'replaces the permissions, and clients may at once do what it says': async ({ api, world }) => {
    const anna = await world.client('anna')
    const role = (await api.roles.list()).find(({ friendlyName }) => friendlyName === 'service user')
    const changed = await api.roles(role?.sid as string).update({ permission: ['joinConversation'] })
    expect(changed).toMatchObject({ permissions: ['joinConversation'], friendlyName: 'service user', type: 'service' })
    await expect(anna.createConversation()).rejects.toMatchObject({ code: 50107 })
    expect(await refusalOf(api.roles(role?.sid as string).update({ permission: ['no such'] }))).toMatchObject({ code: 50104 })
  },
})

operation('Role.delete', {
  'leaves a role that is held or a default': async ({ api }) => {
    const create = () => api.roles.create({ friendlyName: 'r', type: 'service', permission: ['createConversation'] })
    const [held, free] = [await create(), await create()]
    await api.users.create({ identity: 'anna', roleSid: held.sid })
    expect(await refusalOf(api.roles(held.sid).remove())).toMatchObject({ code: 51310, status: 409 })
    const standard = (await api.roles.list()).find(({ friendlyName }) => friendlyName === 'channel user')
    expect(await refusalOf(api.roles(standard?.sid as string).remove())).toMatchObject({ code: 51310 })
    expect(await api.roles(free.sid).remove()).toBe(true)
    expect(await refusalOf(api.roles(free.sid).remove())).toMatchObject({ code: 20404 })
    const inRoom = await api.roles.create({ friendlyName: 'r', type: 'conversation', permission: ['sendMessage'] })
    const { participants } = api.conversations((await api.conversations.create()).sid)
    await participants.create({ identity: 'ben', roleSid: inRoom.sid })
    expect(await refusalOf(api.roles(inRoom.sid).remove())).toMatchObject({ code: 51310 })
  },
})

operation('Role.list', {
  'begins with the four of a new service': async ({ api }) => {
    const roles = await api.roles.list({ pageSize: 3 })
    expect(roles.map(({ friendlyName }) => friendlyName).sort()).toEqual([
      'channel admin',
      'channel user',
      'service admin',
      'service user',
    ])
  },
})

const begin = async () => {
  const world = await World.begin()
  const client = backEndOf(world.server)
  return { world, client, v1: client.conversations.v1 }
}

describe('Service.create', () => {
  test('makes a tenant that clients can sign in to', async () => {
    const { world, v1 } = await begin()
    const made = await v1.services.create({ friendlyName: 'new' })
    expect(made).toMatchObject({ accountSid: ACCOUNT_SID, friendlyName: 'new' })
    const url = `${world.server.url}/v1/Services/${made.sid}`
    expect([made.url, made.links.conversations, made.links.configuration]).toEqual([
      url,
      `${url}/Conversations`,
      `${url}/Configuration`,
    ])
    expect(await v1.services(made.sid).roles.list()).toHaveLength(4)
    await world.server.signIn('anna', made.sid)
    expect(await v1.services(made.sid).users('anna').fetch()).toMatchObject({ chatServiceSid: made.sid })
    expect(await refusalOf(v1.users('anna').fetch())).toMatchObject({ code: 20404 })
  })

  test('refuses with the documented codes', async () => {
    const { v1 } = await begin()
    expect(await refusalOf(v1.services.create({ friendlyName: '' }))).toMatchObject({ code: 50000, status: 400 })
    expect(await refusalOf(v1.services.create({ friendlyName: 'x'.repeat(257) }))).toMatchObject({ code: 50003, status: 400 })
  })
})

describe('Service.fetch', () => {
  test('shows those of the account and no others', async () => {
    const { v1, client, world } = await begin()
    expect(await v1.services(OTHER_SERVICE_SID).fetch()).toMatchObject({ sid: OTHER_SERVICE_SID })
    const absent = await refusalOf(v1.services(`IS${'9'.repeat(32)}`).fetch())
    const foreign = await refusalOf(v1.services(FOREIGN_SERVICE_SID).fetch())
    expect(foreign).toMatchObject({ code: 20404, status: 404 })
    expect(foreign.message.replace(FOREIGN_SERVICE_SID, '')).toBe(absent.message.replace(`IS${'9'.repeat(32)}`, ''))
    expect(client.accountSid).toBe(ACCOUNT_SID)
    const other = backEndOf(world.server, ACCOUNTS[1]).conversations.v1
    expect(await other.services(FOREIGN_SERVICE_SID).fetch()).toMatchObject({ sid: FOREIGN_SERVICE_SID })
    expect(await refusalOf(other.services(SERVICE_SID).fetch())).toMatchObject({ code: 20404 })
  })
})

describe('Service.list', () => {
  test('shows those of the account and no others', async () => {
    const { v1 } = await begin()
    const { sid } = await v1.services.create({ friendlyName: 'new' })
    const sids = (await v1.services.list({ pageSize: 1 })).map((service) => service.sid)
    expect(sids.sort()).toEqual([SERVICE_SID, OTHER_SERVICE_SID, sid].sort())
  })
})

describe('Service.delete', () => {
  test('takes everything in it along', async () => {
    const { v1, world } = await begin()
    const { sid } = await v1.services.create({ friendlyName: 'new' })
    const service = v1.services(sid)
    for (let number = 0; number < 3; number++) {
      const conversation = await service.conversations.create({ uniqueName: `room ${number}` })
      await service.conversations(conversation.sid).participants.create({ identity: 'anna' })
    }
    expect(await service.remove()).toBe(true)
    expect(await refusalOf(service.fetch())).toMatchObject({ code: 20404 })
    expect(await refusalOf(service.conversations.list())).toMatchObject({ code: 20404 })
    expect(await world.server.core.service(sid)).toBeUndefined()
    const rows = world.server.database.prepare('SELECT count(*) AS count FROM conversations').get()
    expect(rows?.count).toBe(0)
  })

  test('leaves the account with a default service, empty', async () => {
    const { v1 } = await begin()
    await v1.conversations.create({ uniqueName: 'u' })
    expect(await v1.services(SERVICE_SID).remove()).toBe(true)
    expect(await v1.conversations.list()).toEqual([])
    expect(await v1.services(SERVICE_SID).fetch()).toMatchObject({ sid: SERVICE_SID })
  })
})

describe('ServiceConfiguration.fetch', () => {
  test('shows the default roles', async () => {
    const { v1, world } = await begin()
    const roles = new Map((await v1.roles.list()).map(({ friendlyName, sid }) => [friendlyName, sid]))
    const url = `${world.server.url}/v1/Services/${SERVICE_SID}/Configuration`
    expect(await v1.services(SERVICE_SID).configuration().fetch()).toMatchObject({
      chatServiceSid: SERVICE_SID,
      defaultConversationCreatorRoleSid: roles.get('channel admin'),
      defaultConversationRoleSid: roles.get('channel user'),
      defaultChatServiceRoleSid: roles.get('service user'),
      reachabilityEnabled: false,
      url,
      links: { notifications: `${url}/Notifications`, webhooks: `${url}/Webhooks` },
    })
  })
})

describe('ServiceConfiguration.update', () => {
  test('gives newcomers the roles that it says', async () => {
    const { v1, world } = await begin()
    const role = (type: 'service' | 'conversation', permission: string) =>
      v1.roles.create({ friendlyName: permission, type, permission: [permission] })
    const [guest, reader] = [await role('service', 'joinConversation'), await role('conversation', 'leaveConversation')]
    const configuration = v1.services(SERVICE_SID).configuration()
    const changed = await configuration.update({
      defaultChatServiceRoleSid: guest.sid,
      defaultConversationRoleSid: reader.sid,
      reachabilityEnabled: true,
    })
    expect(changed).toMatchObject({
      defaultChatServiceRoleSid: guest.sid,
      defaultConversationRoleSid: reader.sid,
      reachabilityEnabled: true,
    })
    const anna = await world.client('anna')
    await expect(anna.createConversation()).rejects.toMatchObject({ code: 50107 })
    const { participants } = v1.conversations((await v1.conversations.create()).sid)
    expect(await participants.create({ identity: 'ben' })).toMatchObject({ roleSid: reader.sid })
    const wrong = { defaultChatServiceRoleSid: reader.sid }
    expect(await refusalOf(configuration.update(wrong))).toMatchObject({ code: 50100, status: 404 })
  })
})
