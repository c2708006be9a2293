import type { Client } from '@conversa/client'
import { Trash2, X } from 'lucide-react'
import { useMemo, useState, useSyncExternalStore } from 'react'
import { ToggleButton } from 'react-aria-components/ToggleButton'
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup'
import { Virtuoso } from 'react-virtuoso'
import { IconButton } from '../ui/icon-button.tsx'
import { listParts } from '../ui/list-parts.tsx'
import { useEventLog } from './event-log.ts'
import { log } from './frame-log.ts'
import { LogLine } from './log-line.tsx'

const KINDS = [
  { id: 'all', name: 'All' },
  { id: 'events', name: 'Events' },
  { id: 'frames', name: 'Frames' },
] as const

const PARTS = listParts('What happened')

/** Events of the SDK and frames on the wire as they come, newest first. */
export function DeveloperPanel({ client, close }: { readonly client: Client; readonly close: () => void }) {
  useEventLog(client)
  const entries = useSyncExternalStore(log.subscribe, log.snapshot)
  const [kind, setKind] = useState<string>('all')
  const shown = useMemo(
    () => entries.filter((entry) => kind === 'all' || (entry.kind === 'event') === (kind === 'events')).toReversed(),
    [entries, kind],
  )
  return (
    <aside className="panel developer" aria-label="Developer panel">
      <header className="panel-header">
        <h2>Developer</h2>
        <ToggleButtonGroup
          className="toggle-group"
          aria-label="What is shown"
          disallowEmptySelection
          selectedKeys={[kind]}
          onSelectionChange={(keys) => setKind(String([...keys][0]))}
        >
          {KINDS.map(({ id, name }) => (
            <ToggleButton key={id} id={id} className="toggle">
              {name}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        <IconButton label="Clear the log" onPress={log.clear}>
          <Trash2 />
        </IconButton>
        <IconButton label="Close the developer panel" onPress={close}>
          <X />
        </IconButton>
      </header>
      {shown.length === 0 ? (
        <p className="empty hint">Nothing has happened yet.</p>
      ) : (
        <Virtuoso
          data={shown}
          components={PARTS}
          computeItemKey={(_, { id }) => id}
          itemContent={(_, entry) => <LogLine entry={entry} />}
        />
      )}
    </aside>
  )
}
