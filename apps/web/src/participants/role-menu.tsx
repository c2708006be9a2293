import type { Participant, Role } from '@conversa/client'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import { Confirm } from '../ui/confirm.tsx'
import { useReport } from '../ui/problems.tsx'
import { titleOfRole } from './names.ts'

/** What shows the role of somebody, and gives them another one where the user may. */
export function RoleMenu({
  participant,
  name,
  held,
  roles,
  isSelf,
}: {
  readonly participant: Participant
  readonly name: string
  readonly held: Role
  readonly roles: readonly Role[]
  readonly isSelf: boolean
}) {
  const report = useReport()
  const [asked, setAsked] = useState<Role>()
  // Whoever stands on the button, or comes back to it from the dialog, does not lose the place when they may change no more.
  const [isKept, setKept] = useState(false)
  const title = titleOfRole(held)
  const offered = roles.filter(({ isAssignable }) => isAssignable)
  const give = (role: Role) => void participant.updateRole(role.sid).catch(report)
  const choose = (key: string | number) => {
    const role = offered.find(({ sid }) => sid === key)
    if (!role || role === held) return
    if (isSelf) setAsked(role)
    else give(role)
  }
  const isOpenToChange = held.isAssignable && offered.length > 1
  return (
    <>
      {isOpenToChange || isKept ? (
        <MenuTrigger {...(!isOpenToChange && { isOpen: false })}>
          <Button className="role role-button" aria-label={`${title}, role of ${name}`} onFocusChange={setKept}>
            {title} <ChevronDown aria-hidden="true" />
          </Button>
          <Popover className="popover" placement="bottom end">
            <Menu
              className="menu"
              selectionMode="single"
              disallowEmptySelection
              selectedKeys={[held.sid]}
              onAction={choose}
              aria-label={`Role of ${name}`}
            >
              {offered.map((role) => (
                <MenuItem key={role.sid} id={role.sid} className="menu-item" textValue={titleOfRole(role)}>
                  {titleOfRole(role)}
                </MenuItem>
              ))}
            </Menu>
          </Popover>
        </MenuTrigger>
      ) : (
        <span className="role">{title}</span>
      )}
      <Confirm
        title="Change your own role?"
        text={`You are ${title} and will be ${asked ? titleOfRole(asked) : ''}. Unless that lets you give roles, only others can undo it.`}
        action="Change"
        isOpen={asked !== undefined}
        close={() => setAsked(undefined)}
        confirm={() => {
          setKept(true)
          if (asked) give(asked)
        }}
      />
    </>
  )
}
