import type { Event } from '@conversa/protocol'

let last: Event | undefined
let frame = ''

/**
 * The frame of an event. One event goes to many sessions in a row, so it is written out once and not once for each.
 */
export function eventFrame(event: Event): string {
  if (event !== last) {
    last = event
    frame = `{"event":${JSON.stringify(event)}}`
  }
  return frame
}
