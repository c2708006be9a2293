import type { Conversation } from '@conversa/client'
import { useOutgoing } from '@conversa/client/react'
import { Paperclip, SendHorizontal } from 'lucide-react'
import { type ClipboardEvent, type KeyboardEvent, useRef, useState } from 'react'
import { FileTrigger } from 'react-aria-components/FileTrigger'
import { IconButton } from '../ui/icon-button.tsx'
import { ChosenFileList } from './chosen-file-list.tsx'
import type { ChosenFiles } from './chosen-files.ts'
import { EmojiButton } from './emoji-button.tsx'

/** The place to write: Enter sends, Shift and Enter begins a line. */
export function Composer({ conversation, files }: { readonly conversation: Conversation; readonly files: ChosenFiles }) {
  const { send } = useOutgoing(conversation)
  const [text, setText] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  const isEmpty = text.trim() === '' && files.files.length === 0
  const submit = () => {
    if (isEmpty) return
    const body = text.trim()
    void send({ ...(body && { body }), files: files.files })
    setText('')
    files.clear()
    field.current?.focus()
  }
  const write = (written: string) => {
    setText(written)
    // Others need not know when this fails.
    conversation.typing().catch(() => {})
  }
  const insert = (emoji: string) => {
    const { selectionStart = text.length, selectionEnd = text.length } = field.current ?? {}
    write(text.slice(0, selectionStart) + emoji + text.slice(selectionEnd))
    field.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    submit()
  }
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return
    event.preventDefault()
    files.add(event.clipboardData.files)
  }
  return (
    <section className="composer" aria-label="Write a message">
      <ChosenFileList files={files} />
      <div className="composer-line">
        <FileTrigger allowsMultiple onSelect={(chosen) => chosen && files.add(chosen)}>
          <IconButton label="Attach files">
            <Paperclip />
          </IconButton>
        </FileTrigger>
        <EmojiButton choose={insert} />
        <textarea
          ref={field}
          aria-label="Message"
          placeholder="Write a message"
          rows={1}
          value={text}
          onChange={({ target }) => write(target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <IconButton label="Send" className="send" onPress={submit} isDisabled={isEmpty}>
          <SendHorizontal />
        </IconButton>
      </div>
    </section>
  )
}
