import { setTimeout as after } from 'node:timers/promises'
import type { Actor, Core } from '@conversa/core'
import { BODY, identityOf } from './seed.ts'
import { DURATION, WARM_UP } from './sending.ts'
import { TENANT } from './tenant.ts'

/** What the core and its store do without anybody connected. */
export interface CoreAlone {
  /** Sends per second. */
  readonly acknowledged: number
  /** CPU time of the process per send. */
  readonly microseconds: number
}

/**
 * Sends as the users of a load do, to each of their rooms in turn.
 *
 * @param sids the rooms of each user
 * @param underWay sends of each user at a time
 */
export async function coreAlone(core: Core, sids: readonly (readonly string[])[], underWay: number): Promise<CoreAlone> {
  const run = Date.now().toString(36)
  let [sent, isOver] = [0, false]
  const keepSending = async (user: number, lane: number): Promise<void> => {
    const actor: Actor = { kind: 'user', serviceSid: TENANT.CONVERSA_SERVICE_SID, identity: identityOf(user) }
    const rooms = sids[user] as readonly string[]
    for (let at = lane; !isOver; at++) {
      const key = `${run}${user.toString(36)}.${lane.toString(36)}.${at.toString(36).padStart(6, '0')}`
      const conversationSid = rooms[at % rooms.length] as string
      const answer = await core.execute(actor, { type: 'message.send', conversationSid, body: BODY, key })
      if (!('index' in answer)) throw new Error(`unable to measure: a send was refused as ${JSON.stringify(answer)}`)
      sent++
    }
  }
  const lanes = sids.flatMap((_, user) => Array.from({ length: underWay }, (_, lane) => keepSending(user, lane)))
  await after(WARM_UP)
  const [before, cpu, began] = [sent, process.cpuUsage(), performance.now()]
  await after(DURATION)
  const [count, used, seconds] = [sent - before, process.cpuUsage(cpu), (performance.now() - began) / 1000]
  isOver = true
  await Promise.all(lanes)
  return { acknowledged: count / seconds, microseconds: (used.user + used.system) / count }
}
