import { type FormEvent, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { LineField } from '../ui/line-field.tsx'

/** What somebody here writes. */
export function AnswerForm({
  label,
  hasSubject,
  write,
}: {
  readonly label: string
  readonly hasSubject: boolean
  readonly write: (body: string, subject: string | null) => Promise<boolean>
}) {
  const [body, setBody] = useState('')
  const [subject, setSubject] = useState('')
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (await write(body, hasSubject ? subject : null)) setBody('')
  }
  return (
    <form className="simulator-answer" onSubmit={(event) => void submit(event)}>
      {hasSubject && <LineField label="Subject" value={subject} change={setSubject} />}
      <LineField label={label} value={body} change={setBody} isRequired />
      <Button className="button primary" type="submit" isDisabled={body === ''}>
        Send
      </Button>
    </form>
  )
}
