import { Bell, BellRing, CodeXml, LogOut, Monitor, Moon, Settings2, Sun } from 'lucide-react'
import { Header } from 'react-aria-components/Header'
import { Menu, MenuItem, MenuSection, MenuTrigger } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import { Separator } from 'react-aria-components/Separator'
import type { Push } from '../push/use-push.ts'
import { Avatar } from '../ui/avatar.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { type Theme, useTheme } from './theme.ts'

const THEMES = [
  { id: 'system', name: 'As the device', icon: Monitor },
  { id: 'light', name: 'Light', icon: Sun },
  { id: 'dark', name: 'Dark', icon: Moon },
] as const

/** Who is signed in, and what concerns the whole app. */
export function TopBar({
  identity,
  isWatching,
  watch,
  push,
  signOut,
}: {
  readonly identity: string
  readonly isWatching: boolean
  readonly watch: (isWatching: boolean) => void
  readonly push: Push
  readonly signOut: () => void
}) {
  const [theme, choose] = useTheme()
  const act = (key: string | number) => {
    if (key === 'watch') watch(!isWatching)
    if (key === 'out') signOut()
  }
  return (
    <div className="top-bar">
      <Avatar name={identity} size="small" />
      <span className="who" title={identity}>
        {identity}
      </span>
      {push.isOn !== undefined && (
        <IconButton label={push.isOn ? 'Turn notifications off' : 'Turn notifications on'} onPress={push.toggle}>
          {push.isOn ? <BellRing /> : <Bell />}
        </IconButton>
      )}
      <MenuTrigger>
        <IconButton label="Settings">
          <Settings2 />
        </IconButton>
        <Popover className="popover" placement="bottom end">
          <Menu className="menu" onAction={act}>
            <MenuSection
              selectionMode="single"
              disallowEmptySelection
              selectedKeys={[theme]}
              onSelectionChange={(keys) => choose([...keys][0] as Theme)}
            >
              <Header className="menu-header">Theme</Header>
              {THEMES.map(({ id, name, icon: Icon }) => (
                <MenuItem key={id} id={id} className="menu-item" textValue={name}>
                  <Icon aria-hidden="true" /> {name}
                </MenuItem>
              ))}
            </MenuSection>
            <Separator className="separator" />
            <MenuItem id="watch" className="menu-item" textValue="Developer panel">
              <CodeXml aria-hidden="true" /> {isWatching ? 'Hide the developer panel' : 'Developer panel'}
            </MenuItem>
            <MenuItem id="out" className="menu-item" textValue="Sign out">
              <LogOut aria-hidden="true" /> Sign out
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
    </div>
  )
}
