import { type EmojiData, EmojiPicker, type EmojiPickerListEmojiProps, type EmojiPickerListRowProps } from 'frimousse'
import { Smile } from 'lucide-react'
import { useState } from 'react'
import { Dialog, DialogTrigger } from 'react-aria-components/Dialog'
import { Popover } from 'react-aria-components/Popover'
import { IconButton } from '../ui/icon-button.tsx'

/** The emojis are served with the app: nothing is fetched from elsewhere. */
async function loadEmojis(): Promise<EmojiData> {
  const response = await fetch('/emojis.json')
  if (!response.ok) throw new Error(`The emojis are not there (${response.status}).`)
  return (await response.json()) as EmojiData
}

/** The picker counts rows and columns from 0, and readers of screens from 1. */
function countedFromOne<Props extends EmojiPickerListRowProps | Omit<EmojiPickerListEmojiProps, 'emoji'>>(props: Props): Props {
  const counted = { ...props }
  for (const name of ['aria-rowindex', 'aria-colindex'] as const) {
    const index = props[name]
    if (index !== undefined) counted[name] = index + 1
  }
  return counted
}

const PARTS = {
  Row: (props: EmojiPickerListRowProps) => <div {...countedFromOne(props)} />,
  Emoji: ({ emoji, ...props }: EmojiPickerListEmojiProps) => (
    <button type="button" {...countedFromOne(props)}>
      {emoji.emoji}
    </button>
  ),
}

/** Opens a list of emojis, to be searched and chosen from. */
export function EmojiButton({ choose }: { readonly choose: (emoji: string) => void }) {
  const [isOpen, setOpen] = useState(false)
  const chosen = ({ emoji }: { readonly emoji: string }) => {
    setOpen(false)
    choose(emoji)
  }
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <IconButton label="Emojis">
        <Smile />
      </IconButton>
      <Popover className="popover" placement="top start">
        <Dialog className="emoji-dialog" aria-label="Emojis">
          <EmojiPicker.Root className="emoji-picker" columns={8} resolveEmojiData={loadEmojis} onEmojiSelect={chosen}>
            <EmojiPicker.Search className="emoji-search" aria-label="Search emojis" placeholder="Search" autoFocus />
            <EmojiPicker.Viewport className="emoji-viewport">
              <EmojiPicker.Loading className="hint">Loading…</EmojiPicker.Loading>
              <EmojiPicker.Empty className="hint">Nothing of that name.</EmojiPicker.Empty>
              <EmojiPicker.List className="emoji-list" aria-label="Emojis" components={PARTS} />
            </EmojiPicker.Viewport>
          </EmojiPicker.Root>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
