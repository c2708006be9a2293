import { File as FileIcon, X } from 'lucide-react'
import { IconButton } from '../ui/icon-button.tsx'
import { sizeText } from '../ui/sizes.ts'
import type { ChosenFiles } from './chosen-files.ts'

/** What goes with the next message, to be taken out again. */
export function ChosenFileList({ files: { files, remove } }: { readonly files: ChosenFiles }) {
  if (files.length === 0) return null
  return (
    <ul className="chosen-files" aria-label="Files to send">
      {files.map((file) => (
        <li className="file-card" key={`${file.name} ${file.size} ${file.lastModified}`}>
          <FileIcon aria-hidden="true" />
          <span className="file-name">{file.name}</span>
          <span className="file-size">{sizeText(file.size)}</span>
          <IconButton label={`Take ${file.name} out`} onPress={() => remove(file)}>
            <X />
          </IconButton>
        </li>
      ))}
    </ul>
  )
}
