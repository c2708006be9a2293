/** Who signs in, and how they get tokens. */
export interface Person {
  /** Tells one from another; the name where it is known. */
  readonly name: string
  readonly fetchToken: () => Promise<string>
}

const KEY = 'conversa.identity'

/** Somebody by name, which servers in development mode believe. */
export function personByName(name: string): Person {
  return { name, fetchToken: () => fetchDevelopmentToken(name) }
}

/** Somebody by an access token. It is kept in memory alone, and not fetched anew: nobody here may make one. */
export function personByToken(token: string): Person {
  return { name: token.slice(-12), fetchToken: async () => token }
}

/** Who was signed in by name in this tab. */
export function rememberedPerson(): Person | undefined {
  const name = sessionStorage.getItem(KEY)
  return name ? personByName(name) : undefined
}

/** Remembers a name for the life of this tab. */
export function remember(name: string): void {
  sessionStorage.setItem(KEY, name)
}

export function forget(): void {
  sessionStorage.removeItem(KEY)
}

/** A server in production has no such page. */
export class NotInDevelopment extends Error {}

/**
 * Fetches a token for an identity from a server in development mode.
 *
 * @throws NotInDevelopment when the server signs nobody in by name
 */
export async function fetchDevelopmentToken(identity: string): Promise<string> {
  const response = await fetch('/development/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identity }),
  })
  if (response.status === 404) throw new NotInDevelopment('This server runs in production, where nobody signs in by name.')
  if (!response.ok) throw new Error(`The server gave no token (${response.status}).`)
  const { token } = (await response.json()) as { readonly token: string }
  return token
}
