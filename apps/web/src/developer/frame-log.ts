import { Log } from './log.ts'

/** What developers want to see, from the beginning of the page on. */
export const log = new Log()

/** Notes what goes over the wire: access tokens aside, which nobody shall read over a shoulder. */
export class watchedSocket extends WebSocket {
  constructor(url: string) {
    super(url)
    this.addEventListener('open', () => log.add('socket', 'open', url))
    this.addEventListener('close', ({ code, reason }) => log.add('socket', 'close', `${code} ${reason}`.trim()))
    this.addEventListener('message', ({ data }) => log.add('received', nameOf(String(data)), String(data)))
  }

  override send(data: string): void {
    log.add('sent', nameOf(data), data.replace(/"token":"[^"]*"/g, '"token":"…"'))
    super.send(data)
  }
}

/** What is looked at of a frame. */
interface Frame {
  readonly type?: string
  readonly event?: { readonly type: string }
  readonly reply?: number
  readonly error?: object
}

/** What a frame is about: the type of a request or an event, or what it answers. */
function nameOf(text: string): string {
  try {
    const frame = JSON.parse(text) as Frame
    const type = frame.type ?? frame.event?.type
    if (type) return type
    return `${frame.error ? 'refusal' : 'answer'} ${frame.reply ?? ''}`.trim()
  } catch {
    return 'text'
  }
}
