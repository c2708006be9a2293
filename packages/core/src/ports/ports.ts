/*
 * What the core needs of the world besides a store: time and randomness. They are handed in, so that one seeded simulation can
 * run many clients and nodes in one process.
 */

/** Milliseconds since 1970. Nothing is ordered by it; it only dates. */
export type Now = () => number

/** Fills an array with random bytes. */
export type RandomBytes = (bytes: Uint8Array) => Uint8Array

/**
 * Calls back once after some milliseconds.
 *
 * @returns cancels it
 */
export type After = (milliseconds: number, run: () => void) => () => void
