import { type Actor, Refusal } from '@conversa/core'
import type { Media } from '@conversa/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { allowCrossOrigin } from '../access/cors.ts'
import { originOf } from '../access/origin.ts'
import { sendError } from '../http.ts'
import { type AccountCredentials, accountOf, type KeyCredentials } from '../rest/basic-auth.ts'
import type { MediaDoor } from './media-door.ts'
import { type Asked, receiveUpload, signedIn, streamBodies, type UploadDialect } from './media-upload.ts'

/** Who asks for files, and how they reach us. */
export interface FileCaller {
  readonly actor: Actor
  /** The address of this server as the caller knows it, without a slash at its end. */
  readonly origin: string
}

/** What a request holds, before anything of it is checked. */
export interface FileRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly query: Readonly<Record<string, unknown>>
  /** The named segments of its path. */
  readonly names: Readonly<Record<string, string>>
  /** Of JSON; undefined for none. */
  readonly body?: unknown
}

/**
 * How another protocol speaks of files over HTTP. It only translates: how large a file may be, how slow a sender, and what a file
 * turns out to be are settled as for our own.
 */
export interface FileProtocol {
  /** Where files are sent to. */
  readonly uploads: string
  /** Headers that a page of another origin sends. */
  readonly sends: readonly string[]
  /** Who sends a request, and as what. */
  asked(request: FileRequest): Asked
  /** A file as whoever sent it is answered. */
  shown(caller: FileCaller, media: Media): Promise<object>
  /** What else may be asked for. */
  readonly routes: readonly FileRoute[]
}

export interface FileRoute {
  readonly method: 'GET' | 'POST'
  readonly path: string
  answer(caller: FileCaller, request: FileRequest): Promise<object | Refusal>
}

/** What serving them needs. */
export interface FileDoor extends MediaDoor {
  readonly publicUrl: string | undefined
  /** Back ends may send files and ask for them too, with the credentials that they have for REST. */
  readonly accounts: readonly AccountCredentials[]
  readonly keys: readonly KeyCredentials[]
}

/** Serves the files of another protocol. */
export async function serveFiles(app: FastifyInstance, door: FileDoor, protocol: FileProtocol): Promise<void> {
  const { uploads, routes, sends } = protocol
  const callerOf = (actor: Actor, { headers }: FastifyRequest) => ({ actor, origin: originOf(door.publicUrl, headers.host) })
  const dialect: UploadDialect = {
    asked: (request) => protocol.asked(requestOf(request)),
    sender: (_door, request, asked) => askerOf(door, request, asked),
    answer: (sender, media, request) => protocol.shown(callerOf(sender, request), media),
  }
  await app.register((scope, _options, done) => {
    const paths = [...new Set([uploads, ...routes.map(({ path }) => path)])]
    allowCrossOrigin(scope, paths, { allowed: door.allowedOrigins, methods: ['GET', 'POST'], sends, reads: [] })
    for (const route of routes) {
      scope.route({ method: route.method, url: route.path, handler: (request, reply) => answer(route, request, reply) })
    }
    done()
  })
  await app.register((scope, _options, done) => {
    streamBodies(scope, door.transport)
    allowCrossOrigin(scope, [], { allowed: door.allowedOrigins, methods: ['POST'], sends, reads: [] })
    scope.post(uploads, { config: { streams: true } }, (request, reply) => receiveUpload(door, request, reply, dialect))
    done()
  })

  async function answer(route: FileRoute, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = requestOf(request)
    const actor = await askerOf(door, request, protocol.asked(asked))
    const found = actor instanceof Refusal ? actor : await route.answer(callerOf(actor, request), asked)
    return found instanceof Refusal ? sendError(reply, found.name, found.detail) : reply.send(found)
  }
}

/** Who asks: a user with a token, or a back end of the account that the service belongs to. */
async function askerOf(door: FileDoor, request: FastifyRequest, asked: Asked): Promise<Actor | Refusal> {
  const account = accountOf(request.headers.authorization, door.accounts, door.keys)
  return account ? door.core.admitBackEnd(account, asked.serviceSid) : signedIn(door, asked)
}

function requestOf({ headers, query, params, body }: FastifyRequest): FileRequest {
  return { headers, query: query as FileRequest['query'], names: params as FileRequest['names'], body }
}
