import { ArrowLeft } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Button } from 'react-aria-components/Button'
import { timeText } from '../ui/times.ts'
import { AnswerForm } from './answer-form.tsx'
import type { SimulatedFile, SimulatedMessage, SimulatedPerson, Status, Writing } from './simulation.ts'

/** What is on one phone or in one mailbox, and a way to answer. */
export function PersonThread({
  person: { address, channel, messages },
  write,
  report,
  close,
}: {
  readonly person: SimulatedPerson
  readonly write: (writing: Writing) => Promise<boolean>
  readonly report: (id: string, status: Status) => void
  readonly close: () => void
}) {
  const end = useRef<HTMLLIElement>(null)
  const count = messages.length
  useEffect(() => {
    if (count > 0) end.current?.scrollIntoView({ block: 'end' })
  }, [count])
  const proxyAddress = messages.at(-1)?.proxyAddress ?? ''
  return (
    <section className="simulator-thread" aria-label={address}>
      <header>
        <Button className="icon-button simulator-back" aria-label="Back to the list" onPress={close}>
          <ArrowLeft aria-hidden="true" />
        </Button>
        <h1>{address}</h1>
      </header>
      <ul className="simulator-messages" aria-label="Messages">
        {messages.map((message) => (
          <MessageItem key={message.id} message={message} report={(status) => report(message.id, status)} />
        ))}
        <li ref={end} aria-hidden="true" />
      </ul>
      <AnswerForm
        subject={channel === 'email' ? subjectOfAnswer(messages) : null}
        write={(said) => write({ address, proxyAddress, ...said })}
        label={`Answer ${proxyAddress}`}
      />
    </section>
  )
}

/** As programs for e-mail have it. */
function subjectOfAnswer(messages: readonly SimulatedMessage[]): string {
  const subject = messages.findLast((message) => message.isReceived)?.subject ?? ''
  return subject === '' || /^re:/i.test(subject) ? subject : `Re: ${subject}`
}

const REPORTS = [
  ['delivered', 'Delivered'],
  ['read', 'Read'],
  ['undelivered', 'Undelivered'],
] as const

function MessageItem({
  message: { isReceived, proxyAddress, author, subject, body, files, status, at },
  report,
}: {
  readonly message: SimulatedMessage
  readonly report: (status: Status) => void
}) {
  return (
    <li className="simulator-message" data-received={isReceived}>
      <div className="simulator-bubble">
        <span className="simulator-meta">
          {isReceived ? `${author} by ${proxyAddress}` : `to ${proxyAddress}`} · {timeText(new Date(at))}
        </span>
        {subject && <strong>{subject}</strong>}
        {body && <p>{body}</p>}
        {files.map((file) => (
          <FileLine key={`${file.url} ${file.filename}`} file={file} />
        ))}
      </div>
      {isReceived && (
        <p className="simulator-reports">
          <span className="simulator-status" data-status={status}>
            {status}
          </span>
          {REPORTS.map(([reported, label]) => (
            <Button key={reported} className="button small" onPress={() => report(reported)}>
              {label}
            </Button>
          ))}
        </p>
      )}
    </li>
  )
}

function FileLine({ file: { url, filename, contentType } }: { readonly file: SimulatedFile }) {
  const name = filename ?? contentType
  if (url === null) return <span>{name}</span>
  return (
    <a href={url} target="_blank" rel="noreferrer noopener">
      {name}
    </a>
  )
}
