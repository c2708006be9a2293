import type { Media } from '@conversa/client'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { ModalDialog } from '../ui/modal-dialog.tsx'
import { useReport } from '../ui/problems.tsx'
import { download, useMediaAddress } from './media-address.ts'

/** A picture in a message; pressed, it is shown large. Its room is there before it is loaded, so that nothing moves. */
export function Picture({ media }: { readonly media: Media }) {
  const report = useReport()
  const { address, renew } = useMediaAddress(media)
  const [isLarge, setLarge] = useState(false)
  const name = media.filename ?? 'Picture'
  return (
    <>
      <Button className="picture" onPress={() => setLarge(true)} aria-label={`Show ${name}`}>
        {address && <img src={address} alt={name} onError={renew} />}
      </Button>
      <ModalDialog title={name} isOpen={isLarge} close={() => setLarge(false)} width="wide">
        {address && <img className="large-picture" src={address} alt={name} />}
        <div className="dialog-actions">
          <Button className="button primary" onPress={() => void download(media).catch(report)}>
            <Download aria-hidden="true" /> Download
          </Button>
        </div>
      </ModalDialog>
    </>
  )
}
