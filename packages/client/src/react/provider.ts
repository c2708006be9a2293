import { createContext, createElement, type ReactNode, useContext, useEffect, useMemo, useRef } from 'react'
import type { Client } from '../index.ts'
import { type ClientSetup, type ClientStatus, ClientStore, GivenClientStore } from './client-store.ts'
import { type Source, useSource } from './source.ts'

type Clients = ClientStore | GivenClientStore

const Context = createContext<Clients | undefined>(undefined)

/** A client that is there, or what one is made with. */
export type ConversaProviderProps = { readonly children?: ReactNode } & ({ readonly client: Client } | ClientSetup)

/**
 * Gives a client to the components inside. With `fetchToken` it makes one when it is mounted, and shuts that down when it is unmounted;
 * another `key` makes another client, for somebody else for example. With `client` it leaves the making and the end to you.
 */
export function ConversaProvider(props: ConversaProviderProps): ReactNode {
  const given = 'client' in props ? props.client : undefined
  const latest = useRef(props)
  // What is fetched later is fetched with what was given last; the client stays.
  useEffect(() => {
    latest.current = props
  })
  const clients = useMemo(
    () => (given ? new GivenClientStore(given) : new ClientStore(() => latest.current as ClientSetup)),
    [given],
  )
  return createElement(Context.Provider, { value: clients }, createElement(Follow, { clients }), props.children)
}

/** Keeps the client as long as the provider is there, whether or not anybody asks for it. */
function Follow({ clients }: { readonly clients: Clients }): null {
  useSource(clients)
  return null
}

/** How the client of the provider stands, and what begins anew after it failed. */
export function useClientStatus(): ClientStatus & { readonly retry: () => void } {
  const clients = useContext(Context)
  if (!clients) throw new Error('unable to find the client: there is no ConversaProvider around this component')
  const status = useSource<ClientStatus>(clients)
  return useMemo(() => ({ ...status, retry: clients.retry }), [status, clients])
}

/** Who the user of the provider's client is; undefined until it is ready, and without a provider. */
export function useIdentity(): string | undefined {
  const clients = useContext(Context)
  const { status, client } = useSource<Partial<ClientStatus>>(clients ?? NOBODY)
  return status === 'ready' ? client?.user.identity : undefined
}

const NOTHING = {}
const NOBODY: Source<Partial<ClientStatus>> = { snapshot: () => NOTHING, subscribe: () => () => {} }

/** The client of the provider; undefined until it is ready, and on a server. */
export function useClient(): Client | undefined {
  const { status, client } = useClientStatus()
  return status === 'ready' ? client : undefined
}
