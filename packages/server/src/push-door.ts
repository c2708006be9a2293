import { type Core, Refusal } from '@conversa/core'
import type { FastifyInstance } from 'fastify'
import { allowCrossOrigin } from './access/cors.ts'
import { sendError } from './http.ts'
import { signedIn, type UploadDoor } from './media/media-upload.ts'

/** Where browsers ask for the key that they subscribe with. */
const KEY_PATH = '/v1/push/key'

/** What the route needs. */
export interface PushDoor extends Pick<UploadDoor, 'verify'> {
  readonly core: Core
  /** Origins whose pages may use it; every one when there is none. */
  readonly allowedOrigins: readonly string[] | undefined
}

/** Tells browsers the key that they subscribe to pushes with: `{"public_key": "…"}`, for whoever has an access token. */
export async function servePush(app: FastifyInstance, door: PushDoor): Promise<void> {
  await app.register((scope, _options, done) => {
    const methods = ['GET']
    allowCrossOrigin(scope, [KEY_PATH], { allowed: door.allowedOrigins, methods, sends: ['Authorization'], reads: [] })
    scope.get(KEY_PATH, async ({ headers }, reply) => {
      const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
      const asking = await signedIn(door, { token })
      const key = asking instanceof Refusal ? asking : await door.core.webPushKey(asking.serviceSid)
      return key instanceof Refusal ? sendError(reply, key.name, key.detail) : { public_key: key }
    })
    done()
  })
}
