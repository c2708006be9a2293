import type { DialectName, LoadUser } from './plan.ts'

/** What a frame of a server says, as far as a load cares. */
export type Heard =
  | { readonly kind: 'started'; readonly resume?: string }
  | { readonly kind: 'acknowledged'; readonly id: number; readonly index: number }
  | { readonly kind: 'delivered'; readonly room: string; readonly index: number; readonly body: string }
  | { readonly kind: 'refused'; readonly text: string }
  | undefined

/** How to speak to a server. Frames are made and read as texts: a parser would make the clients the limit. */
export interface Dialect {
  /** @param resume what the last start gave to come back with */
  start(user: LoadUser, resume?: string): string
  /** @param id above 1 */
  send(id: number, room: string, body: string, key: string): string
  read(text: string): Heard
  /** Whether a sender hears their own messages too. */
  readonly isEchoed: boolean
}

const NOT_FOUND = -1

/** What follows a name in a frame, up to a mark. */
function after(text: string, name: string, end: string): string {
  const at = text.indexOf(name)
  if (at === NOT_FOUND) throw new Error(`a frame without ${name}: ${text.slice(0, 200)}`)
  return text.slice(at + name.length, text.indexOf(end, at + name.length))
}

const integerAfter = (text: string, name: string) => Number.parseInt(text.slice(text.indexOf(name) + name.length), 10)

const conversa: Dialect = {
  isEchoed: true,
  start: ({ token }, resume) =>
    `{"id":1,"type":"session.start","version":1,"token":"${token}"${resume === undefined ? '' : `,"resume":${resume}`}}`,
  send: (id, room, body, key) => `{"id":${id},"type":"message.send","conversationSid":"${room}","body":"${body}","key":"${key}"}`,
  read(text) {
    if (text.startsWith('{"event":{"type":"message.added"')) {
      const [room, index] = [after(text, '"conversationSid":"', '"'), integerAfter(text, '"index":')]
      return { kind: 'delivered', room, index, body: after(text, '"body":"', '"') }
    }
    if (!text.startsWith('{"reply":')) return undefined
    const id = integerAfter(text, '{"reply":')
    if (text.includes('"error":')) return { kind: 'refused', text }
    if (id === 1) return { kind: 'started', resume: resumeAfter(text) }
    return { kind: 'acknowledged', id, index: integerAfter(text, '"index":') }
  },
}

/** What a client comes back with after a session: it has missed nothing yet. */
function resumeAfter(text: string): string {
  const { epoch, user, catchUp } = JSON.parse(text).result
  return JSON.stringify({ epoch, identity: user.identity, revision: catchUp.revision })
}

const raw: Dialect = {
  isEchoed: false,
  start: ({ token, rooms }) => JSON.stringify({ join: token, rooms }),
  send: (id, room, body) => `{"id":${id},"room":"${room}","body":"${body}"}`,
  read(text) {
    if (text.startsWith('{"event":')) {
      const [room, index] = [after(text, '"room":"', '"'), integerAfter(text, '"index":')]
      return { kind: 'delivered', room, index, body: after(text, '"body":"', '"') }
    }
    if (text === '{"joined":true}') return { kind: 'started' }
    return { kind: 'acknowledged', id: integerAfter(text, '{"reply":'), index: integerAfter(text, '"index":') }
  },
}

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = { conversa, raw }
