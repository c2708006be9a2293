import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { CERTIFICATE, KEY } from './certificate.ts'

/** What ends TLS in front of a server, as a proxy does. */
export interface TlsFront {
  readonly url: string
  /** Names the server. */
  leadTo(serverUrl: string): void
  close(): Promise<void>
}

/** Opens a front, which this process trusts from now on. */
export async function openTlsFront(): Promise<TlsFront> {
  const trusted = getCACertificates('default')
  if (!trusted.includes(CERTIFICATE)) setDefaultCACertificates([...trusted, CERTIFICATE])
  let port = 0
  const server = createServer({ key: KEY, cert: CERTIFICATE }, (outer) => {
    const inner = connect(port, '127.0.0.1')
    outer.pipe(inner).pipe(outer)
    for (const [socket, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      socket.on('error', () => other.destroy())
      socket.on('close', () => other.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (serverUrl) => {
      port = Number(new URL(serverUrl).port)
    },
    close: async () => {
      server.close()
    },
  }
}
