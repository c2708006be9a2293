import type { FastifyInstance } from 'fastify'
import { allowCrossOrigin } from '../access/cors.ts'
import { type DownloadDoor, giveDownload } from './media-download.ts'
import { MEDIA_PATH } from './media-links.ts'
import { receiveUpload, streamBodies, type UploadDoor } from './media-upload.ts'

/** What the routes of files need. */
export interface MediaDoor extends UploadDoor, DownloadDoor {
  /** Origins whose pages may use them; every one when there is none. */
  readonly allowedOrigins: readonly string[] | undefined
}

const FILE_PATH = `${MEDIA_PATH}/:sid`

/** Serves files: POST takes one, GET and HEAD give one. */
export async function serveMedia(app: FastifyInstance, door: MediaDoor): Promise<void> {
  await app.register((scope, _options, done) => {
    streamBodies(scope, door.transport)
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('x-content-type-options', 'nosniff')
    })
    allowCrossOrigin(scope, [MEDIA_PATH, FILE_PATH], {
      allowed: door.allowedOrigins,
      methods: ['GET', 'HEAD', 'POST'],
      sends: ['Authorization', 'Content-Type', 'Content-Disposition', 'Idempotency-Key', 'Range', 'If-None-Match', 'If-Range'],
      reads: ['ETag', 'Accept-Ranges', 'Content-Range', 'Content-Disposition', 'Retry-After'],
    })
    scope.post(MEDIA_PATH, { config: { streams: true } }, (request, reply) => receiveUpload(door, request, reply))
    scope.route({
      method: ['GET', 'HEAD'],
      url: FILE_PATH,
      handler: (request, reply) => giveDownload(door, request, reply),
    })
    done()
  })
}
