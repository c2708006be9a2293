import { requireThat } from './arguments.ts'

/** Any JSON value. */
export type JSONValue = null | string | number | boolean | JSONObject | JSONArray
export type JSONObject = { [name: string]: JSONValue }
export type JSONArray = JSONValue[]

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
