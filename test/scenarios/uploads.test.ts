import { openAsBlob } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client, ClientOptions, Conversation, SendMediaOptions } from '@conversa/client'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { World } from './world.ts'

const FILE = { contentType: 'text/plain', media: 'for the eyes of alice' }

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    ({ code }: { code: number }) => code,
  )

interface Sends {
  readonly send: typeof fetch
  /** Whose token each upload went out with. */
  readonly owners: string[]
  readonly bodies: unknown[]
  /** An upload was tried for the third time: nobody would ever be told. */
  readonly triedOnAndOn: Promise<'tried on and on'>
}

/** A `fetch` that keeps what was uploaded with it. */
function watching(answer: (attempt: number, send: () => Promise<Response>) => Promise<Response> = (_, send) => send()): Sends {
  const owners: string[] = []
  const bodies: unknown[] = []
  const third = Promise.withResolvers<'tried on and on'>()
  const send = async (url: Parameters<typeof fetch>[0], init?: RequestInit) => {
    const [, claims = ''] = new Headers(init?.headers).get('authorization')?.split('.') ?? []
    owners.push(JSON.parse(Buffer.from(claims, 'base64url').toString()).grants.identity)
    bodies.push(init?.body)
    if (bodies.length === 3) third.resolve('tried on and on')
    return answer(bodies.length, () => fetch(url, init))
  }
  return { send: send as typeof fetch, owners, bodies, triedOnAndOn: third.promise }
}

async function alone(world: World, options: Omit<ClientOptions, 'url'>): Promise<{ client: Client; conversation: Conversation }> {
  const client = await world.client('alice', options)
  const conversation = await client.createConversation()
  await conversation.join()
  return { client, conversation }
}

const owners = ({ server }: World) =>
  server.database
    .prepare('SELECT owner FROM media')
    .all()
    .map(({ owner }) => owner)

describe('a file that can never be sent', () => {
  /** How sending it ends, or that it does not. */
  async function outcomeOf(content: SendMediaOptions) {
    const { send, bodies, triedOnAndOn } = watching()
    const { conversation } = await alone(await World.begin(), { fetch: send })
    const outcome = await Promise.race([codeOf(conversation.sendMessage(content)), triedOnAndOn])
    return { outcome, attempts: bodies.length }
  }

  test.each(['тип/текст', 'text/plain\r\nx: y'])(
    'because no request can carry its type, %j, is refused at once',
    async (contentType) => {
      expect(await outcomeOf({ ...FILE, contentType })).toEqual({ outcome: 50511, attempts: 0 })
    },
  )

  test('because it changed on the disk is refused when that is found', async () => {
    await using folder = await dataFolder()
    const path = join(folder.path, 'draft.txt')
    await writeFile(path, 'first')
    const media = await openAsBlob(path)
    await writeFile(path, 'second, and longer')
    expect(await outcomeOf({ contentType: 'text/plain', media })).toEqual({ outcome: 20001, attempts: 1 })
  })

  test.each(['null', '"no"', '[]', '{}', '<html>'])(
    'because something in between answers %s is refused with a typed error',
    async (text) => {
      const { send } = watching(async () => new Response(text, { status: 400 }))
      const { conversation } = await alone(await World.begin(), { fetch: send })
      expect(await codeOf(conversation.sendMessage(FILE))).toBe(20500)
    },
  )
})

describe('a listener of progress', () => {
  test('that throws does not stop the upload, and its error surfaces', async () => {
    const { conversation } = await alone(await World.begin(), {})
    const surfaced: unknown[] = []
    const { queueMicrotask: later } = globalThis
    vi.stubGlobal('queueMicrotask', (run: () => void) =>
      later(() => {
        try {
          run()
        } catch (error) {
          surfaced.push(error)
        }
      }),
    )
    onTestFinished(() => void vi.unstubAllGlobals())
    const mistake = new Error('a mistake of the application')
    const third = Promise.withResolvers<string>()
    let told = 0
    const onProgress = () => {
      if (++told === 9) third.resolve('tried on and on')
      throw mistake
    }
    expect(await Promise.race([conversation.sendMessage(FILE, null, { onProgress }), third.promise])).toBe(0)
    expect(surfaced).toEqual(Array(told).fill(mistake))
    expect(told).toBeGreaterThan(0)
  })

  test('with a fetch of the application is told file by file, and the fetch gets the file as it is', async () => {
    const { send, bodies } = watching()
    const { conversation } = await alone(await World.begin(), { fetch: send })
    const told: unknown[] = []
    const unsent = conversation
      .prepareMessage()
      .addMedia({ ...FILE, media: 'abc' })
      .addMedia({ ...FILE, media: 'de' })
    await unsent.buildAndSend((progress) => told.push(progress))
    expect(told).toEqual([
      { loaded: 3, total: 5 },
      { loaded: 5, total: 5 },
    ])
    expect(bodies.every((body) => body instanceof Blob)).toBe(true)
  })

  test('that calls off when everything is out is heard still', async () => {
    const { send } = watching()
    const { conversation } = await alone(await World.begin(), { fetch: send })
    const sending = conversation.sendMessage(FILE, null, { onProgress: () => sending.cancel() })
    expect(await codeOf(sending)).toBe(51306)
    expect(await conversation.getMessagesCount()).toBe(0)
  })
})

describe('a file of one person, on a client that signs in as another', () => {
  /** A socket that a test cuts, and whose renewals of the token it holds back. */
  function sockets() {
    const renewing = Promise.withResolvers<void>()
    const cuts: (() => void)[] = []
    const held: (() => void)[] = []
    class Socket extends WebSocket {
      constructor(url: string) {
        super(url)
        cuts.push(() => this.close())
      }
      override send(text: string): void {
        if (text.includes('"session.renew"')) {
          held.push(() => super.send(text))
          renewing.resolve()
        } else super.send(text)
      }
    }
    const release = () => held.forEach((send) => void send())
    return {
      Socket: Socket as unknown as ClientOptions['WebSocket'] & {},
      cut: () => cuts.at(-1)?.(),
      renewing: renewing.promise,
      release,
    }
  }

  test('never goes out for the other one', async () => {
    const world = await World.begin()
    const attempted = Promise.withResolvers<void>()
    const another = Promise.withResolvers<void>()
    const sends = watching(async (attempt, send) => {
      if (attempt > 1) return send()
      attempted.resolve()
      await another.promise
      throw new TypeError('the connection was lost')
    })
    const { Socket, cut } = sockets()
    const { client, conversation } = await alone(world, { fetch: sends.send, WebSocket: Socket })
    const outcome = codeOf(conversation.sendMessage(FILE))
    await attempted.promise
    const bobs = await world.server.token('bob')
    const signedIn = new Promise<void>((resolve) => {
      client.on('connectionStateChanged', (state) => {
        if (state === 'connecting') void client.updateToken(bobs)
        else if (state === 'connected') resolve()
      })
    })
    cut()
    await signedIn
    expect(await codeOf(client.getUser('bob'))).toBeUndefined()
    expect(client.user.identity).toBe('bob')
    another.resolve()
    expect(await outcome).toBe(51207)
    expect([sends.owners, owners(world)]).toEqual([['alice'], []])
  })

  test('that the other one sends as soon as they are told goes out for them', async () => {
    const world = await World.begin()
    const sends = watching()
    const { Socket, cut } = sockets()
    const { client, conversation } = await alone(world, { fetch: sends.send, WebSocket: Socket })
    const bobs = await world.server.token('bob')
    const sent = new Promise((resolve) => {
      client.on('conversationRemoved', () => resolve(codeOf(conversation.sendMessage(FILE))))
    })
    client.on('connectionStateChanged', (state) => {
      if (state === 'connecting') void client.updateToken(bobs)
    })
    cut()
    expect(await sent).toBe(50430)
    expect([sends.owners, owners(world)]).toEqual([['bob'], ['bob']])
  })

  test('goes out for its owner while the server has not said yes to the other token', async () => {
    const world = await World.begin()
    const attempts = watching(async (attempt, send) => {
      if (attempt > 1) return send()
      refused = codeOf(client.updateToken(await world.server.token('bob')))
      await renewing
      throw new TypeError('the connection was lost')
    })
    let refused: Promise<unknown> = Promise.resolve()
    const { Socket, renewing, release } = sockets()
    const { client, conversation } = await alone(world, { fetch: attempts.send, WebSocket: Socket })
    expect(await conversation.sendMessage(FILE)).toBe(0)
    release()
    expect(await refused).toBe(51207)
    expect([attempts.owners, owners(world)]).toEqual([['alice', 'alice'], ['alice']])
  })
})

describe('an address of a file', () => {
  test('that is called off rejects at once, also without a connection', async () => {
    const world = await World.begin()
    const { client, conversation } = await alone(world, {})
    await conversation.sendMessage(FILE)
    const [message] = (await conversation.getMessages()).items
    const asking = message?.media?.getContentTemporaryUrl()
    asking?.cancel()
    expect(await codeOf(asking ?? Promise.resolve())).toBe(51306)
    await client.shutdown()
    expect(await codeOf(client.getTemporaryContentUrlsForMedia(message?.attachedMedia ?? []))).toBe(51130)
  })
})

describe('Conversation.getMessageRecipients', () => {
  test('is empty without e-mail, as are the recipients and the data of a message', async () => {
    const { conversation } = await alone(await World.begin(), {})
    await conversation.sendMessage('hello', null, null)
    const [message] = (await conversation.getMessages()).items
    const page = await conversation.getMessageRecipients({ pageSize: 10 })
    expect([page.items, page.hasNextPage, page.hasPrevPage]).toEqual([[], false, false])
    expect(await message?.getMessageRecipients()).toEqual([])
    expect([await message?.getContentData(), await message?.getChannelMetadata()]).toEqual([null, null])
  })
})
