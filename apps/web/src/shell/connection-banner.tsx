import { useConnection } from '@conversa/client/react'
import { CloudOff, LoaderCircle } from 'lucide-react'
import { Button } from 'react-aria-components/Button'

/** Says so while there is no connection. Messages can be written all the same. */
export function ConnectionBanner({ signOut }: { readonly signOut: () => void }) {
  const { state, error } = useConnection()
  const isDenied = state === 'denied' || error?.terminal
  return (
    <div role="status" className="connection" data-state={state}>
      {state === 'connected' ? (
        <span className="visually-hidden">connected</span>
      ) : (
        <p className="banner">
          {isDenied ? <CloudOff aria-hidden="true" /> : <LoaderCircle className="spins" aria-hidden="true" />}
          {isDenied ? 'Signed out by the server.' : 'No connection. What you write is sent when there is one again.'}
          {isDenied && (
            <Button className="button small" onPress={signOut}>
              Sign in again
            </Button>
          )}
        </p>
      )}
    </div>
  )
}
