import { type FormEvent, useRef, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { Label } from 'react-aria-components/Label'
import { TextArea } from 'react-aria-components/TextArea'
import { TextField } from 'react-aria-components/TextField'
import { LineField } from '../ui/line-field.tsx'
import { type Writing, written } from './simulation.ts'

/** What somebody here writes: a line on a phone, and as many as they like in a mailbox, under a subject. */
export function AnswerForm({
  label,
  subject: usual,
  write,
}: {
  readonly label: string
  /** What the subject is unless they say otherwise; null where there is none. */
  readonly subject: string | null
  readonly write: (said: Pick<Writing, 'body' | 'subject' | 'files'>) => Promise<boolean>
}) {
  const [body, setBody] = useState('')
  const hasSubject = usual !== null
  const [subject, setSubject] = useState(usual)
  const [hasFiles, setHasFiles] = useState(false)
  const chosen = useRef<HTMLInputElement>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const files = await Promise.all([...(chosen.current?.files ?? [])].map(written))
    if (!(await write({ body, subject, files }))) return
    setBody('')
    setHasFiles(false)
    if (chosen.current) chosen.current.value = ''
  }
  return (
    <form className="simulator-answer" onSubmit={(event) => void submit(event)}>
      {hasSubject && <LineField label="Subject" value={subject ?? ''} change={setSubject} />}
      <label className="simulator-files">
        Files
        <input ref={chosen} type="file" multiple onChange={({ target }) => setHasFiles((target.files?.length ?? 0) > 0)} />
      </label>
      {hasSubject ? (
        <TextField className="field" value={body} onChange={setBody} autoComplete="off">
          <Label>{label}</Label>
          <TextArea rows={4} />
        </TextField>
      ) : (
        <LineField label={label} value={body} change={setBody} />
      )}
      <Button className="button primary" type="submit" isDisabled={body === '' && !hasFiles}>
        Send
      </Button>
    </form>
  )
}
