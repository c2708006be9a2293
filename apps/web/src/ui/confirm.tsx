import { Button } from 'react-aria-components/Button'
import { ModalDialog } from './modal-dialog.tsx'

/** Asks before something that cannot be undone. */
export function Confirm({
  title,
  text,
  action,
  isOpen,
  close,
  confirm,
}: {
  readonly title: string
  readonly text: string
  readonly action: string
  readonly isOpen: boolean
  readonly close: () => void
  readonly confirm: () => void
}) {
  const done = () => {
    close()
    confirm()
  }
  return (
    <ModalDialog title={title} isOpen={isOpen} close={close} role="alertdialog">
      <p>{text}</p>
      <div className="dialog-actions">
        <Button className="button" onPress={close} autoFocus>
          Cancel
        </Button>
        <Button className="button danger" onPress={done}>
          {action}
        </Button>
      </div>
    </ModalDialog>
  )
}
