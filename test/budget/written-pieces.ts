import { Socket } from 'node:net'
import { onTestFinished, vi } from 'vitest'

/** Counts how often the server writes to the connection that a client has from a port. */
export function countWrites(port: () => number | undefined): { readonly count: () => number } {
  let count = 0
  const { write } = Socket.prototype
  const spy = vi.spyOn(Socket.prototype, 'write').mockImplementation(function (this: Socket, ...given) {
    if (this.remotePort === port()) count++
    return Reflect.apply(write, this, given)
  })
  onTestFinished(() => spy.mockRestore())
  return { count: () => count }
}
