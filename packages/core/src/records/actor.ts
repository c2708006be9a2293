import type { Channel } from '@conversa/protocol'

/** A back end with the account's credentials, in one service of the account. */
export interface BackEnd {
  readonly kind: 'back-end'
  readonly serviceSid: string
  readonly identity: string
  /** What brings in what somebody outside of the app did. */
  readonly channel?: Channel
}

/** Who acts: a user through a client, or a back end. */
export type Actor =
  | {
      readonly kind: 'user'
      readonly serviceSid: string
      readonly identity: string
      /** What the token wants their devices pushed to with. */
      readonly pushCredentialSid?: string | undefined
    }
  | BackEnd

/** The author and creator of what a back end makes (rest-and-semantics 3.2). */
export const SYSTEM_IDENTITY = 'system'
