import type { Conversation } from '@conversa/client'
import { useTyping } from '@conversa/client/react'
import { nameOf } from '../participants/names.ts'

const names = new Intl.ListFormat('en', { type: 'conjunction' })

/** Who types now. */
export function TypingLine({ conversation }: { readonly conversation: Conversation }) {
  const typists = useTyping(conversation).map(nameOf)
  return (
    <p className="typing" aria-live="polite">
      {typists.length > 0 && (
        <>
          <span className="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {`${names.format(typists)} ${typists.length === 1 ? 'is' : 'are'} typing…`}
        </>
      )}
    </p>
  )
}
