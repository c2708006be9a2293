import type { Media } from '@conversa/client'
import { useEffect, useState } from 'react'

/** Where a file can be fetched; asked for again by `renew`, since addresses hold for some minutes. */
export function useMediaAddress(media: Media): { readonly address: string | undefined; readonly renew: () => void } {
  const [address, setAddress] = useState<string>()
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again.
  useEffect(() => {
    let isOver = false
    const show = (url: string | null) => {
      if (!isOver) setAddress(url ?? undefined)
    }
    media.getContentTemporaryUrl().then(show, () => show(null))
    return () => {
      isOver = true
    }
  }, [media, attempt])
  return { address, renew: () => setAttempt((before) => Math.min(before + 1, MOST_ATTEMPTS)) }
}

/** What cannot be shown after so many addresses is no picture. */
const MOST_ATTEMPTS = 2

/** Saves a file on the user's device. Rejects when they may not fetch it. */
export async function download(media: Media): Promise<void> {
  const address = await media.getContentTemporaryUrl()
  if (!address) throw new Error('The file is not there any more.')
  const link = document.createElement('a')
  link.href = address
  link.download = media.filename ?? media.sid
  link.rel = 'noopener'
  link.click()
}
