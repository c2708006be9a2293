import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Dialog } from 'react-aria-components/Dialog'
import { Heading } from 'react-aria-components/Heading'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { IconButton } from './icon-button.tsx'

/** A dialog over everything else: it holds the focus, and Escape or a press outside closes it. */
export function ModalDialog({
  title,
  isOpen,
  close,
  children,
  role = 'dialog',
  width = 'narrow',
}: {
  readonly title: string
  readonly isOpen: boolean
  readonly close: () => void
  readonly children: ReactNode
  readonly role?: 'dialog' | 'alertdialog'
  readonly width?: 'narrow' | 'wide'
}) {
  return (
    <ModalOverlay className="modal-overlay" isOpen={isOpen} onOpenChange={(open) => open || close()} isDismissable>
      <Modal className="modal" data-width={width}>
        <Dialog className="dialog" role={role}>
          <header className="dialog-header">
            <Heading slot="title">{title}</Heading>
            <IconButton label="Close" onPress={close}>
              <X />
            </IconButton>
          </header>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
