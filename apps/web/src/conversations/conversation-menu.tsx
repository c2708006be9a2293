import type { Conversation } from '@conversa/client'
import { useConversationView } from '@conversa/client/react'
import { Bell, BellOff, EllipsisVertical, LogOut, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import { usePermissions } from '../participants/permissions.ts'
import { Confirm } from '../ui/confirm.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { useReport } from '../ui/problems.tsx'
import { titleOf } from './names.ts'
import { RenameConversation } from './rename-conversation.tsx'

/** What the user may do with a conversation as a whole. */
export function ConversationMenu({ conversation, identity }: { readonly conversation: Conversation; readonly identity: string }) {
  const report = useReport()
  const view = useConversationView(conversation)
  const [asked, setAsked] = useState<'rename' | 'leave' | 'delete'>()
  const may = usePermissions(conversation, identity)
  const isMuted = view.notificationLevel === 'muted'
  const close = () => setAsked(undefined)
  const act = (key: string | number) => {
    if (key === 'mute') conversation.setUserNotificationLevel(isMuted ? 'default' : 'muted').catch(report)
    if (key === 'rename' || key === 'leave' || key === 'delete') setAsked(key)
  }
  return (
    <>
      <MenuTrigger>
        <IconButton label="Conversation actions">
          <EllipsisVertical />
        </IconButton>
        <Popover className="popover" placement="bottom end">
          <Menu className="menu" onAction={act}>
            {may('editConversationName') && (
              <MenuItem id="rename" className="menu-item" textValue="Rename">
                <Pencil aria-hidden="true" /> Rename
              </MenuItem>
            )}
            <MenuItem id="mute" className="menu-item" textValue={isMuted ? 'Unmute' : 'Mute'}>
              {isMuted ? <Bell aria-hidden="true" /> : <BellOff aria-hidden="true" />} {isMuted ? 'Unmute' : 'Mute'}
            </MenuItem>
            {may('leaveConversation') && (
              <MenuItem id="leave" className="menu-item" textValue="Leave">
                <LogOut aria-hidden="true" /> Leave
              </MenuItem>
            )}
            {may('deleteConversation') && (
              <MenuItem id="delete" className="menu-item danger" textValue="Delete">
                <Trash2 aria-hidden="true" /> Delete
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
      <RenameConversation conversation={conversation} isOpen={asked === 'rename'} close={close} />
      <Confirm
        title="Leave the conversation?"
        text={`You will see nothing of “${titleOf(view)}” until somebody adds you again.`}
        action="Leave"
        isOpen={asked === 'leave'}
        close={close}
        confirm={() => void conversation.leave().catch(report)}
      />
      <Confirm
        title="Delete the conversation?"
        text={`“${titleOf(view)}” and all that is in it will be gone, for everybody.`}
        action="Delete"
        isOpen={asked === 'delete'}
        close={close}
        confirm={() => void conversation.delete().catch(report)}
      />
    </>
  )
}
