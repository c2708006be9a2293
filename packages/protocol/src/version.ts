/**
 * The version of the Conversa socket protocol. It rises whenever the shape of a frame changes in a way that an older peer
 * cannot read; `version.test.ts` hashes all schemas and fails when the shape moved and this file did not.
 *
 * History, newest first (one line per version, with the reason):
 * - 1: first version.
 */
export const PROTOCOL_VERSION = 1

/** The oldest version that a server of this build still serves. */
export const OLDEST_SERVED_VERSION = 1
