import type { LookupFunction } from 'node:net'
import type { PushAnswer, PushRequest, SendPush } from '@conversa/core'
import { Apns } from './apns.ts'
import { Fcm } from './fcm.ts'
import { WebPush } from './web-push.ts'

/** How pushes are handed to the services that carry them. */
export interface PushSenderOptions {
  /** How whoever runs a push service reaches us: `mailto:` or `https:` (RFC 8292, 2.1). */
  readonly subject: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds in which a service has to answer. */
  readonly deadline: number
  /** Where the services are. */
  readonly appleUrl: string
  readonly appleSandboxUrl: string
  readonly fcmUrl: string
  readonly googleUrl: string
  /** A further authority whose certificates are taken of Apple's service, where that is another one. */
  readonly certificateAuthority?: string | undefined
  /** Whether a browser's push service may be at this address: whoever registers names it (reliability B36). */
  readonly isAllowed?: ((endpoint: URL) => boolean) | undefined
  /** Looks its name up in place of the machine. */
  readonly lookup?: LookupFunction | undefined
}

/** Where the services are, for everybody but a test. */
export const PUSH_SERVICES = {
  appleUrl: 'https://api.push.apple.com',
  appleSandboxUrl: 'https://api.sandbox.push.apple.com',
  fcmUrl: 'https://fcm.googleapis.com',
  googleUrl: 'https://oauth2.googleapis.com',
} as const

/** Hands pushes to Apple, Firebase, and the services of browsers. */
export class PushSender {
  readonly #apns: Apns
  readonly #fcm: Fcm
  readonly #web: WebPush

  constructor(options: PushSenderOptions) {
    this.#apns = new Apns(options)
    this.#fcm = new Fcm(options)
    this.#web = new WebPush(options)
  }

  readonly send: SendPush = (request: PushRequest): Promise<PushAnswer> => {
    switch (request.channelType) {
      case 'apn':
        return this.#apns.send(request)
      case 'fcm':
        return this.#fcm.send(request)
      case 'web':
        return this.#web.send(request)
    }
  }

  /** Closes the connections that are held. */
  close(): void {
    this.#apns.close()
  }
}
