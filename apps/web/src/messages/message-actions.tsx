import type { Message } from '@conversa/client'
import { Copy, Ellipsis, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import { Confirm } from '../ui/confirm.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { useReport } from '../ui/problems.tsx'

/** What can be done with a message: one's own can be changed. */
export function MessageActions({
  message,
  body,
  isOwn,
  edit,
}: {
  readonly message: Message
  readonly body: string | null
  readonly isOwn: boolean
  readonly edit: () => void
}) {
  const report = useReport()
  const [isAsked, setAsked] = useState(false)
  const act = (key: string | number) => {
    if (key === 'copy') navigator.clipboard.writeText(body ?? '').catch(report)
    if (key === 'edit') edit()
    if (key === 'delete') setAsked(true)
  }
  if (!isOwn && !body) return null
  return (
    <div className="message-actions">
      <MenuTrigger>
        <IconButton label="Message actions">
          <Ellipsis />
        </IconButton>
        <Popover className="popover" placement="bottom end">
          <Menu className="menu" onAction={act}>
            {body && (
              <MenuItem id="copy" className="menu-item" textValue="Copy text">
                <Copy aria-hidden="true" /> Copy text
              </MenuItem>
            )}
            {isOwn && (
              <MenuItem id="edit" className="menu-item" textValue="Edit">
                <Pencil aria-hidden="true" /> Edit
              </MenuItem>
            )}
            {isOwn && (
              <MenuItem id="delete" className="menu-item danger" textValue="Delete">
                <Trash2 aria-hidden="true" /> Delete
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
      <Confirm
        title="Delete the message?"
        text="It will be gone for everybody."
        action="Delete"
        isOpen={isAsked}
        close={() => setAsked(false)}
        confirm={() => void message.remove().catch(report)}
      />
    </div>
  )
}
