import { parsed } from './parsed.ts'

/**
 * What an application reads, made of what the SDK keeps. It is the same object as long as the value is the same: applications compare
 * what they read, and React runs effects again when it differs.
 */
export class Shown {
  /** Made with the first reading: most objects are never looked at. By the name: what it was made of, and what that became. */
  #made: Map<string, readonly [source: unknown, value: unknown]> | undefined

  /**
   * @param name what is read
   * @param source what it is made of
   */
  of<Source, Value>(name: string, source: Source, make: (source: Source) => Value): Value {
    this.#made ??= new Map()
    let made = this.#made.get(name)
    if (made?.[0] !== source || !made) {
      made = [source, make(source)]
      this.#made.set(name, made)
    }
    return made[1] as Value
  }

  /** @param name of what is read, and of the milliseconds that it is made of */
  date<Name extends string>(from: { readonly [N in Name]: number }, name: Name): Date {
    return this.of(name, from[name], (ms) => new Date(ms))
  }

  /**
   * @param text a JSON text
   * @returns its value; an empty object for what is not JSON
   */
  // biome-ignore lint/suspicious/noExplicitAny: the public type of attributes is any.
  attributes(text: string): any {
    return this.of('attributes', text, () => {
      const value = parsed(text)
      return value === undefined ? {} : value
    })
  }
}
