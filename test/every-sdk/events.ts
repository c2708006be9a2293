/** Anything of the SDK that tells of events. */
interface Telling {
  on(name: never, listener: (payload: never) => void): unknown
  removeListener(name: never, listener: (payload: never) => void): unknown
}

/** The next event of a name that is wanted. */
export function nextOf<Payload>(
  from: Telling,
  name: string,
  isWanted: (payload: Payload) => boolean = () => true,
): Promise<Payload> {
  return new Promise((resolve) => {
    const listener = (payload: never) => {
      if (!isWanted(payload)) return
      from.removeListener(name as never, listener)
      resolve(payload)
    }
    from.on(name as never, listener)
  })
}

/** Everything that is told under these names from now on, in order: the name, and what is picked of the payload. */
export function recordOf(from: Telling, picks: Readonly<Record<string, (payload: never) => unknown>>): [string, unknown][] {
  const heard: [string, unknown][] = []
  for (const [name, pick] of Object.entries(picks)) from.on(name as never, (payload) => heard.push([name, pick(payload)]))
  return heard
}
