/** Who acts: a user through a client, or a back end with the account's credentials. */
export type Actor =
  | { readonly kind: 'user'; readonly serviceSid: string; readonly identity: string }
  | { readonly kind: 'back-end'; readonly serviceSid: string; readonly identity: string }

/** The author and creator of what a back end makes (rest-and-semantics 3.2). */
export const SYSTEM_IDENTITY = 'system'
