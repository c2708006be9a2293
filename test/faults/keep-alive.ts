import type { RawClient } from '../end-to-end/raw-client.ts'

/** Milliseconds between two signs of life. */
export const PING = 10_000

/** Lets a client give signs of life as long as its connection lasts: whoever only reads is taken for gone. @returns stops it */
export function keepAlive(client: RawClient): () => void {
  const pinging = setInterval(() => client.ask({ type: 'session.ping' }).catch(() => {}), PING)
  const stop = () => clearInterval(pinging)
  void client.closed.then(stop)
  return stop
}
