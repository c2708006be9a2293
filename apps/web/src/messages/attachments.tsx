import type { Media, Message } from '@conversa/client'
import { useMemo } from 'react'
import { FileCard } from './file-card.tsx'
import { Picture } from './picture.tsx'

/** Pictures that browsers show and that cannot hold a program. */
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])

const isPicture = ({ contentType }: Media) => PICTURES.has(contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '')

/** The files of a message: pictures as such, the others to be downloaded. */
export function Attachments({ message }: { readonly message: Message }) {
  const files = useMemo(() => message.attachedMedia ?? [], [message])
  return files.map((media) =>
    isPicture(media) ? <Picture key={media.sid} media={media} /> : <FileCard key={media.sid} media={media} />,
  )
}
