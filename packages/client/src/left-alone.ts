/**
 * Frameworks like Vue put proxies before what is kept in their state, and a proxy cannot reach what is private in a class. This mark is
 * how they are told to leave objects as they are.
 */
export function leaveAlone(...classes: { readonly prototype: object }[]): void {
  for (const { prototype } of classes) Object.defineProperty(prototype, '__v_skip', { value: true })
}
