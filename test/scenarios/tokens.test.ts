import type { Rule } from 'conversa'
import { describe, expect, test } from 'vitest'
import { Device, type DeviceOptions } from './device.ts'
import { HandClock } from './hand-clock.ts'
import { next, record, World } from './world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Seconds that the tokens here live. */
const LIFE = 600

/** Somebody's device, and what it is told about its token; the server's clock is moved by hand. */
class Scene {
  readonly clock: HandClock
  readonly world: World
  readonly device: Device
  readonly told: [string, unknown][]
  /** How often the provider was asked. */
  asked = 0

  private constructor(world: World, clock: HandClock, device: Device) {
    this.world = world
    this.clock = clock
    this.device = device
    this.told = record(device.client, {
      tokenAboutToExpire: () => '',
      tokenExpired: () => '',
      connectionError: ({ errorCode, terminal }) => [errorCode, terminal],
    })
  }

  /** @param provide brings tokens; nobody does when absent */
  static async begin(provide?: (scene: Scene) => Promise<string> | string, options: DeviceOptions = {}): Promise<Scene> {
    const clock = new HandClock()
    const world = await World.begin({ clock })
    let scene: Scene | undefined
    const tokenProvider = () => {
      if (!scene || !provide) throw new Error('nobody provides tokens yet')
      scene.asked++
      return provide(scene)
    }
    const device = await Device.begin(world, 'alice', {
      token: await world.server.token('alice', undefined, LIFE),
      ...(provide && { tokenProvider }),
      ...options,
    })
    scene = new Scene(world, clock, device)
    await next(device.client, 'initialized')
    return scene
  }

  /** A token as the server would accept it now. */
  token(identity = 'alice', seconds = LIFE): Promise<string> {
    return this.world.server.token(identity, undefined, seconds)
  }

  names(): string[] {
    return this.told.map(([name]) => name).filter((name) => name !== 'connectionError')
  }
}

const fresh = (scene: Scene) => scene.token()

describe('a token that is not replaced', () => {
  test('is told of once before it expires and once when it has; a new one brings the client back', async () => {
    const { clock, device, told, ...scene } = await Scene.begin()
    const about = next(device.client, 'tokenAboutToExpire')
    clock.advance((LIFE * 1000 * 3) / 4)
    await about
    const denied = next(device.client, 'connectionStateChanged')
    clock.advance(HOUR)
    expect(await denied).toBe('denied')
    expect(told).toEqual([
      ['tokenAboutToExpire', ''],
      ['tokenExpired', ''],
      ['connectionError', [20104, true]],
    ])
    const waits = device.client.createConversation({ uniqueName: 'later' })
    await device.client.updateToken(await scene.world.server.token('alice', undefined, LIFE))
    expect((await waits).uniqueName).toBe('later')
    expect(told).toHaveLength(3)
  })

  test('is told of once although the connection is another one', async () => {
    const scene = await Scene.begin()
    const about = next(scene.device.client, 'tokenAboutToExpire')
    scene.clock.advance((LIFE * 1000 * 3) / 4)
    await about
    scene.device.network.cut()
    await scene.device.disconnected()
    await scene.device.connected()
    const expired = next(scene.device.client, 'tokenExpired')
    scene.clock.advance(HOUR)
    await expired
    expect(scene.names()).toEqual(['tokenAboutToExpire', 'tokenExpired'])
  })

  test('that expires while the device is offline is told of at its return', async () => {
    const scene = await Scene.begin()
    scene.device.network.partition()
    await scene.device.disconnected()
    const sent = scene.device.client.createConversation({ uniqueName: 'made offline' })
    scene.clock.advance(3 * HOUR)
    const expired = next(scene.device.client, 'tokenExpired')
    scene.device.network.heal()
    await expired
    expect(scene.device.client.connectionState).toBe('denied')
    await scene.device.client.updateToken(await fresh(scene))
    expect((await sent).uniqueName).toBe('made offline')
    expect(scene.names()).toEqual(['tokenExpired'])
  })
})

describe('a tokenProvider', () => {
  test('is asked before the token expires, and the connection stays', async () => {
    const scene = await Scene.begin(fresh)
    for (let minute = 0; minute < 60; minute++) {
      const renewed = scene.device.network.once(({ frame }) => frame?.type === 'session.renew', 'carry')
      scene.clock.advance((LIFE * 1000 * 3) / 4)
      const { link, frame } = await renewed
      await scene.device.network.once((passing) => passing.link === link && passing.frame?.reply === frame?.id, 'carry')
    }
    expect(scene.asked).toBe(60)
    expect(new Set(scene.names())).toEqual(new Set(['tokenAboutToExpire']))
    expect(scene.device.network.connections).toBe(1)
  })

  test('whose tokens live for seconds keeps the connection as well', async () => {
    const scene = await Scene.begin((each) => each.token('alice', 4))
    for (let turn = 0; turn < 20; turn++) {
      const renewed = scene.device.network.once(({ frame }) => frame?.type === 'session.renew', 'carry')
      scene.clock.advance(turn === 0 ? LIFE * 750 : 3000)
      const { link, frame } = await renewed
      await scene.device.network.once((passing) => passing.link === link && passing.frame?.reply === frame?.id, 'carry')
    }
    expect((await scene.device.client.createConversation()).sid).toMatch(/^CH/)
    expect([scene.asked, scene.device.network.connections, scene.device.failures]).toEqual([20, 1, []])
  })

  test('that is slow is waited for: the expiry is told once, and what was asked meanwhile is sent', async () => {
    let bring = (_token: string) => {}
    const scene = await Scene.begin(() => new Promise((resolve) => (bring = resolve)))
    const about = next(scene.device.client, 'tokenAboutToExpire')
    scene.clock.advance((LIFE * 1000 * 3) / 4)
    await about
    scene.clock.advance(HOUR)
    await scene.device.disconnected()
    const created = scene.device.client.createConversation({ uniqueName: 'meanwhile' })
    bring(await fresh(scene))
    expect((await created).uniqueName).toBe('meanwhile')
    expect(scene.names()).toEqual(['tokenAboutToExpire', 'tokenExpired'])
    expect([scene.asked, scene.device.failures]).toEqual([1, []])
  })

  test('is asked when the token expired while the device was offline, which is told once', async () => {
    const scene = await Scene.begin(fresh)
    scene.device.network.partition()
    await scene.device.disconnected()
    const created = scene.device.client.createConversation({ uniqueName: 'made offline' })
    scene.clock.advance(3 * HOUR)
    scene.device.network.heal()
    expect((await created).uniqueName).toBe('made offline')
    expect([scene.names(), scene.asked]).toEqual([['tokenExpired'], 1])
  })

  test('is asked once when an upload, too, meets the expiry; and the file arrives once', async () => {
    const scene = await Scene.begin(fresh)
    const { client, network } = scene.device
    const conversation = await client.createConversation()
    await conversation.join()
    network.partition()
    await scene.device.disconnected()
    const sent = conversation.sendMessage({ contentType: 'text/plain', media: 'a file' })
    scene.clock.advance(3 * HOUR)
    // Only files get through at first: the upload is refused before the session is.
    const refused = network.once(({ direction, frame }) => direction === 'down' && !frame, 'carry')
    const started = network.rule(({ frame }) => (frame?.type === 'session.start' ? 'cut before' : undefined))
    network.heal()
    await refused
    started()
    expect(await sent).toBe(0)
    expect([scene.names(), scene.asked, await conversation.getMessagesCount()]).toEqual([['tokenExpired'], 1, 1])
  })

  test('is asked again after a renewal, when the next expiry shows only by how the connection ends', async () => {
    const scene = await Scene.begin(fresh)
    await scene.device.client.updateToken(await fresh(scene))
    const lost: Rule = ({ frame }) => (frame?.notice ? 'swallow' : undefined)
    scene.device.network.rule(lost)
    scene.clock.advance(HOUR)
    await scene.device.disconnected()
    await scene.device.connected()
    expect([scene.names(), scene.asked, scene.device.failures]).toEqual([['tokenExpired'], 1, []])
  })

  test('that fails is asked again after a pause', async () => {
    const away = (each: Scene) => {
      if (each.asked < 4) throw new Error('the back end is away')
      return fresh(each)
    }
    const scene = await Scene.begin(away, { isHandMoved: true })
    const renewed = scene.device.network.once(({ frame }) => frame?.type === 'session.renew', 'carry')
    let failed = next(scene.device.client, 'connectionError')
    scene.clock.advance((LIFE * 1000 * 3) / 4)
    for (let seconds = 1; seconds <= 4; seconds *= 2) {
      await failed
      failed = next(scene.device.client, 'connectionError')
      scene.device.clock.advance(seconds * 500)
    }
    await renewed
    expect(scene.asked).toBe(4)
    expect(scene.device.failures).toEqual([20101, 20101, 20101])
    expect(scene.device.network.connections).toBe(1)
  })

  test('is asked once at the start when the first token has expired, and refused twice is the end', async () => {
    const clock = new HandClock()
    const world = await World.begin({ clock })
    const token = await world.server.token('alice', undefined, 10)
    clock.advance(HOUR)
    let asked = 0
    const helped = await Device.begin(world, 'alice', {
      token,
      tokenProvider: () => {
        asked++
        return world.server.token('alice')
      },
    })
    const told = record(helped.client, { tokenExpired: () => '', initFailed: () => '' })
    await next(helped.client, 'initialized')
    expect([asked, told]).toEqual([1, [['tokenExpired', '']]])
    const lost = await Device.begin(world, 'alice', { token, tokenProvider: () => token })
    expect((await next(lost.client, 'initFailed')).error).toMatchObject({ errorCode: 20104, terminal: true })
    expect(lost.client.connectionState).toBe('denied')
  })
})

describe('Client.updateToken', () => {
  test('with a token of somebody else is refused, and the session goes on as before', async () => {
    const scene = await Scene.begin()
    const { client } = scene.device
    await expect(client.updateToken(await scene.token('mallory'))).rejects.toMatchObject({ code: 51207 })
    expect((await client.createConversation()).createdBy).toBe('alice')
    scene.device.network.cut()
    await scene.device.disconnected()
    await scene.device.connected()
    expect((await client.createConversation()).createdBy).toBe('alice')
    expect(client.user.identity).toBe('alice')
  })

  test.each([
    ['no token at all', 'no token', 20101],
    ['an expired one', undefined, 20104],
  ])('with %s is refused, and the session goes on as before', async (_, given, code) => {
    const scene = await Scene.begin()
    const expired = await scene.token('alice', 1)
    scene.clock.advance(2 * MINUTE)
    await expect(scene.device.client.updateToken(given ?? expired)).rejects.toMatchObject({ code })
    expect((await scene.device.client.createConversation()).createdBy).toBe('alice')
    expect([scene.names(), scene.device.failures]).toEqual([[], []])
  })

  test('while the connection is cut takes the new token to the next one', async () => {
    const scene = await Scene.begin()
    const { network, client } = scene.device
    const cut = network.once(({ frame }) => frame?.type === 'session.renew', 'cut before')
    await client.updateToken(await scene.token('alice', 7200))
    await cut
    await scene.device.connected()
    scene.clock.advance(HOUR)
    expect((await client.createConversation()).createdBy).toBe('alice')
    expect(scene.names()).toEqual([])
  })
})
