import { type DragEvent, useState } from 'react'

/**
 * Takes files that are dropped.
 *
 * @returns whether files are over the place, and the listeners that the place needs
 */
export function useDrop(take: (files: Iterable<File>) => void) {
  const [depth, setDepth] = useState(0)
  const ifFiles = (act: (event: DragEvent) => void) => (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return
    event.preventDefault()
    act(event)
  }
  return {
    isOver: depth > 0,
    // Entering a child comes before leaving its parent.
    onDragEnter: ifFiles(() => setDepth((before) => before + 1)),
    onDragLeave: ifFiles(() => setDepth((before) => before - 1)),
    onDragOver: ifFiles(() => {}),
    onDrop: ifFiles(({ dataTransfer }) => {
      setDepth(0)
      take(dataTransfer.files)
    }),
  }
}
