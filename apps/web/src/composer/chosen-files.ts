import { useMemo, useState } from 'react'

/** Files that go with the next message. */
export interface ChosenFiles {
  readonly files: readonly File[]
  readonly add: (files: Iterable<File>) => void
  readonly remove: (file: File) => void
  readonly clear: () => void
}

/** Files that go with the next message, from wherever they come. */
export function useChosenFiles(): ChosenFiles {
  const [files, setFiles] = useState<readonly File[]>([])
  const actions = useMemo(
    () => ({
      add: (more: Iterable<File>) => setFiles((before) => [...before, ...more]),
      remove: (file: File) => setFiles((before) => before.filter((each) => each !== file)),
      clear: () => setFiles([]),
    }),
    [],
  )
  return { files, ...actions }
}
