import type { FormEvent, ReactNode } from 'react'
import { Button } from 'react-aria-components/Button'
import { useReport } from './problems.tsx'

/** What is asked in a dialog: it closes at once, and what goes wrong afterwards is reported. */
export function DialogForm({
  action,
  isReady,
  act,
  close,
  children,
}: {
  /** What the button says that does it. */
  readonly action: string
  readonly isReady: boolean
  readonly act: () => Promise<unknown>
  readonly close: () => void
  readonly children: ReactNode
}) {
  const report = useReport()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    close()
    act().catch(report)
  }
  return (
    <form className="form" onSubmit={submit}>
      {children}
      <div className="dialog-actions">
        <Button className="button" onPress={close}>
          Cancel
        </Button>
        <Button className="button primary" type="submit" isDisabled={!isReady}>
          {action}
        </Button>
      </div>
    </form>
  )
}
