import { ArrowDownToLine, ArrowUpFromLine, Plug, Zap } from 'lucide-react'
import type { LogEntry } from './log.ts'

const KINDS = {
  event: { icon: Zap, name: 'event' },
  sent: { icon: ArrowUpFromLine, name: 'sent' },
  received: { icon: ArrowDownToLine, name: 'received' },
  socket: { icon: Plug, name: 'socket' },
} as const

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

/** One entry: its name in the line, all of it when it is opened. */
export function LogLine({ entry: { kind, name, at, detail } }: { readonly entry: LogEntry }) {
  const { icon: Icon, name: kindName } = KINDS[kind]
  return (
    <details className="log-line" data-kind={kind}>
      <summary>
        <Icon role="img" aria-label={kindName} />
        <span className="log-name">{name}</span>
        <span className="log-detail">{detail}</span>
        <time dateTime={at.toISOString()}>{time.format(at)}</time>
      </summary>
      <pre>{pretty(detail)}</pre>
    </details>
  )
}

function pretty(detail: string): string {
  try {
    return JSON.stringify(JSON.parse(detail), null, 2)
  } catch {
    return detail
  }
}
