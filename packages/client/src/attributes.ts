import { requireThat } from './arguments.ts'

/** Any JSON value. */
export type JSONValue = null | string | number | boolean | JSONObject | JSONArray
export type JSONObject = { [name: string]: JSONValue }
export type JSONArray = JSONValue[]

/** Attributes as an application reads them: parsed once per text, so that they stay the same object until they change. */
export class ParsedAttributes {
  #text: string | undefined
  #value: unknown

  /**
   * @param text a JSON text
   * @returns its value; an empty object for what is not JSON
   */
  // biome-ignore lint/suspicious/noExplicitAny: the public type of attributes is any.
  of(text: string): any {
    if (text !== this.#text) {
      this.#text = text
      try {
        this.#value = JSON.parse(text)
      } catch {
        this.#value = {}
      }
    }
    return this.#value
  }
}

/**
 * The JSON text of attributes that an application gives.
 *
 * @throws ConversaError when there is no such text
 */
export function attributesText(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    // A cycle or a bigint: answered below.
  }
  requireThat(text !== undefined, 'attributes')
  return text
}

/** The same for attributes that may be left out. */
export function optionalAttributes(value: unknown): { readonly attributes?: string } {
  return value === undefined ? {} : { attributes: attributesText(value) }
}
