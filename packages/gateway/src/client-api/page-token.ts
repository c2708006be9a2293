import { Refusal } from '@conversa/core'
import { readJson } from '../twilsock/json.ts'
import { Refused } from './call.ts'

/** A place in a list as a text that needs no escaping in a URL (twilio-wire-protocol 2.4, 5.4). */
export function writeToken(place: object): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/**
 * The place in a token; its fields are judged where they are used.
 *
 * @returns undefined for no token
 * @throws Refused when the token was not made here
 */
export function readToken<Place extends object>(token: string | undefined): Place | undefined {
  if (token === undefined || token === '') return undefined
  const place = readJson(Buffer.from(token, 'base64url'))
  if (typeof place !== 'object' || place === null) throw new Refused(new Refusal('parameter-invalid', { field: '/PageToken' }))
  return place as Place
}
