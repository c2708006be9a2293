import type { Media } from '@conversa/client'
import { Download, File as FileIcon } from 'lucide-react'
import { IconButton } from '../ui/icon-button.tsx'
import { useReport } from '../ui/problems.tsx'
import { sizeText } from '../ui/sizes.ts'
import { download } from './media-address.ts'

/** A file in a message, to be downloaded. */
export function FileCard({ media }: { readonly media: Media }) {
  const report = useReport()
  const name = media.filename ?? 'File'
  return (
    <div className="file-card">
      <FileIcon aria-hidden="true" />
      <span className="file-name" title={name}>
        {name}
      </span>
      <span className="file-size">{sizeText(media.size)}</span>
      <IconButton label={`Download ${name}`} onPress={() => void download(media).catch(report)}>
        <Download />
      </IconButton>
    </div>
  )
}
