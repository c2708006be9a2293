import type { Duplex } from 'node:stream'

/** Why a connection does not become a socket. */
export type UpgradeRefusal = '403 Forbidden' | '404 Not Found'

/** Answers a request for an upgrade that nobody serves, and lets the connection go, whether or not the peer does. */
export function refuseUpgrade(stream: Duplex, status: UpgradeRefusal): void {
  stream.once('finish', () => stream.destroy())
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
