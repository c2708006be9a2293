import type { Event } from '@conversa/protocol'
import { WireFrame } from './wire-frame.ts'

let last: Event | undefined
let frame: WireFrame | undefined

/** The frame of an event. One event goes to many sessions in a row, so it is written out once and not once for each. */
export function eventFrame(event: Event): WireFrame {
  if (event === last && frame) return frame
  last = event
  frame = new WireFrame(`{"event":${JSON.stringify(event)}}`)
  return frame
}
