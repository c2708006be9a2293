import { type FormEvent, useRef, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { LineField } from '../ui/line-field.tsx'
import { type Writing, written } from './simulation.ts'

/** What somebody here writes. */
export function AnswerForm({
  label,
  hasSubject,
  write,
}: {
  readonly label: string
  readonly hasSubject: boolean
  readonly write: (said: Pick<Writing, 'body' | 'subject' | 'files'>) => Promise<boolean>
}) {
  const [body, setBody] = useState('')
  const [subject, setSubject] = useState('')
  const [hasFiles, setHasFiles] = useState(false)
  const chosen = useRef<HTMLInputElement>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const files = await Promise.all([...(chosen.current?.files ?? [])].map(written))
    if (!(await write({ body, subject: hasSubject ? subject : null, files }))) return
    setBody('')
    setHasFiles(false)
    if (chosen.current) chosen.current.value = ''
  }
  return (
    <form className="simulator-answer" onSubmit={(event) => void submit(event)}>
      {hasSubject && <LineField label="Subject" value={subject} change={setSubject} />}
      <label className="simulator-files">
        Files
        <input ref={chosen} type="file" multiple onChange={({ target }) => setHasFiles((target.files?.length ?? 0) > 0)} />
      </label>
      <LineField label={label} value={body} change={setBody} />
      <Button className="button primary" type="submit" isDisabled={body === '' && !hasFiles}>
        Send
      </Button>
    </form>
  )
}
