/** What is used of a page or a worker; nothing of it is there elsewhere. */
interface Page extends Partial<Pick<EventTarget, 'addEventListener'>> {
  readonly document?: { readonly hidden: boolean }
}

/**
 * Tells when what failed may succeed at once: the machine has a network again, or the page is looked at again, whose timers may have
 * stood still.
 *
 * @returns what ends the telling
 */
export function whenAwake(run: () => void): () => void {
  const page = globalThis as Page
  const controller = new AbortController()
  const ifSeen = () => page.document?.hidden || run()
  for (const name of ['online', 'visibilitychange']) page.addEventListener?.(name, ifSeen, { signal: controller.signal })
  return () => controller.abort()
}
