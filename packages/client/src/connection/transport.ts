import { requireThat } from '../arguments.ts'

/** What a connection tells. */
export interface TransportEvents {
  /** Texts can be sent now. */
  opened(): void
  /** A text arrived. */
  text(text: string): void
  /** It is over; nothing follows. Called once, also when it never opened. */
  closed(code: number, reason: string): void
}

/** One connection to a server. */
export interface Transport {
  /** Sends a text, after `opened`. */
  send(text: string): void
  /** Ends the connection. What it tells afterwards is of no interest. */
  close(code?: number): void
}

/** Begins to connect. The events begin after it has returned. */
export type TransportFactory = (url: string, events: TransportEvents) => Transport

/** What is used of the standard WebSocket. */
export type WebSocketClass = new (url: string) => WebSocket

/**
 * Connections by WebSocket.
 *
 * @param Socket the class, where the platform has none or another one is wanted
 * @throws ConversaError when there is no such class
 */
export function webSocketTransport(Socket: WebSocketClass = globalThis.WebSocket): TransportFactory {
  requireThat(Socket, 'WebSocket')
  return (url, events) => {
    const socket = new Socket(url)
    socket.onopen = () => events.opened()
    socket.onmessage = ({ data }) => events.text(String(data))
    socket.onclose = ({ code, reason }) => events.closed(code, reason)
    // What went wrong is told by the close that follows; without a listener some implementations throw.
    socket.onerror = () => {}
    return { send: (text) => socket.send(text), close: (code) => socket.close(code) }
  }
}

/**
 * The address of the socket at a server.
 *
 * @param url http, https, ws or wss; in a browser the page's origin when absent
 * @throws ConversaError when there is neither
 */
export function socketUrl(url: string | undefined = (globalThis as { location?: { origin: string } }).location?.origin): string {
  requireThat(url, 'url')
  return `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}/v1/socket`
}

/** The address by HTTP of the server that a socket is at, without a slash at its end. */
export function serverUrl(socket: string): string {
  return socket.replace(/^ws/, 'http').replace(/\/v1\/socket$/, '')
}
