/** An object some of whose members are replaced; the others are the original's. */
export function altered<T extends object>(original: T, changed: Partial<T>): T {
  return new Proxy(original, {
    get(target, name) {
      if (name in changed) return changed[name as keyof T]
      const value = target[name as keyof T]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
