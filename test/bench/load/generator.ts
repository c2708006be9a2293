/**
 * The process of the clients: connects all of them, sends at a pace, checks what comes, and tells the process that started it.
 */
import { createHistogram } from 'node:perf_hooks'
import { setTimeout as after } from 'node:timers/promises'
import { latencyOf } from '../figures.ts'
import { DIALECTS } from './dialect.ts'
import { LoadClient, type Tally } from './load-client.ts'
import type { LoadFaults, LoadOrder, LoadPlan, LoadReport, Pace, Storm } from './plan.ts'

/** Clients that connect at once. */
const AT_ONCE = 50
/** Milliseconds without any news after which what is missing is lost. */
const PATIENCE = 5000

const report = (what: LoadReport) => process.send?.(what)

async function connect({ dialect, urls, users }: LoadPlan, tally: Tally): Promise<LoadClient[]> {
  const run = Date.now().toString(36)
  const clients = users.map((user, at) => new LoadClient(DIALECTS[dialect], user, tally, `${run}${at.toString(36)}.`))
  for (let at = 0; at < clients.length; at += AT_ONCE) {
    const opening = clients
      .slice(at, at + AT_ONCE)
      .map((client, more) => client.open(new URL(urls[(at + more) % urls.length] ?? '')))
    await Promise.all(opening)
  }
  return clients
}

/** Sends at a pace. @returns what ends it */
function pace(senders: readonly LoadClient[], how: Pace): () => void {
  if ('underWay' in how) {
    let isOver = false
    for (const sender of senders) {
      sender.acknowledged = () => {
        if (!isOver) sender.send()
      }
      for (let count = 0; count < how.underWay; count++) sender.send()
    }
    return () => {
      isOver = true
    }
  }
  const began = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) * how.perSecond) / 1000)
    while (sent < due) senders[sent++ % senders.length]?.send()
  }, 1)
  return () => clearInterval(timer)
}

/** Waits until every send is answered and everybody in a room has heard the same of it. @returns deliveries that never came */
async function drain(clients: readonly LoadClient[], { users }: LoadPlan, tally: Tally): Promise<number> {
  let [seen, since] = [-1, performance.now()]
  for (;;) {
    const missing = missingOf(clients, users)
    const isAnswered = clients.every(({ underWay }) => underWay === 0)
    if (missing === 0 && isAnswered) return 0
    const progress = tally.allDelivered + tally.allAcknowledged
    if (progress !== seen) [seen, since] = [progress, performance.now()]
    if (performance.now() - since > PATIENCE) return missing + clients.reduce((sum, { underWay }) => sum + underWay, 0)
    await after(20)
  }
}

function missingOf(clients: readonly LoadClient[], users: LoadPlan['users']): number {
  const newest = new Map<string, number>()
  const each = (visit: (room: string, index: number) => void) => {
    for (const [at, client] of clients.entries()) for (const room of users[at]?.rooms ?? []) visit(room, client.newest(room))
  }
  each((room, index) => newest.set(room, Math.max(index, newest.get(room) ?? -1)))
  let missing = 0
  each((room, index) => {
    missing += (newest.get(room) ?? -1) - index
  })
  return missing
}

async function run(clients: readonly LoadClient[], plan: LoadPlan, tally: Tally): Promise<void> {
  const stop = pace(clients.slice(0, plan.senders), plan.pace)
  await after(plan.warmUp)
  report({ stage: 'begun' })
  const [cpu, began] = [process.cpuUsage(), performance.now()]
  tally.isCounting = true
  await after(plan.duration)
  tally.isCounting = false
  const [used, seconds] = [process.cpuUsage(cpu), (performance.now() - began) / 1000]
  report({ stage: 'ended' })
  stop()
  const missing = await drain(clients, plan, tally)
  const { doubled, misordered, refused } = tally
  const faults: LoadFaults = { missing, doubled, misordered, refused }
  const result = {
    acknowledged: tally.acknowledged / seconds,
    deliveries: tally.delivered / seconds,
    acknowledgement: latencyOf(tally.acknowledgement),
    delivery: latencyOf(tally.delivery),
    clientCpu: (used.user + used.system) / 1e6 / seconds,
    faults,
  }
  report({ stage: 'done', result })
}

/** All clients lose their connection at once, and come back as soon as they can. */
async function storm(clients: readonly LoadClient[], { urls }: LoadPlan): Promise<Storm> {
  const histogram = createHistogram()
  const began = performance.now()
  for (const client of clients) client.end()
  const returning = clients.map(async (client, at) => {
    await client.open(new URL(urls[at % urls.length] ?? ''))
    histogram.record(Math.max(1, Math.round((performance.now() - began) * 1000)))
  })
  await Promise.all(returning)
  return { seconds: (performance.now() - began) / 1000, back: latencyOf(histogram) }
}

let clients: LoadClient[] = []
let plan: LoadPlan | undefined
const tally: Tally = {
  isCounting: false,
  acknowledged: 0,
  delivered: 0,
  allAcknowledged: 0,
  allDelivered: 0,
  doubled: 0,
  misordered: 0,
  refused: 0,
  acknowledgement: createHistogram(),
  delivery: createHistogram(),
}

async function obey(order: LoadOrder): Promise<void> {
  if ('connect' in order) {
    plan = order.connect
    clients = await connect(plan, tally)
    report({ stage: 'connected' })
  } else if ('storm' in order && plan) {
    report({ stage: 'back', storm: await storm(clients, plan) })
  } else if (plan) {
    await run(clients, plan, tally)
    for (const client of clients) client.end()
    process.disconnect()
  }
}

process.on('message', (order: LoadOrder) => {
  obey(order).catch((error: unknown) => {
    report({ stage: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    process.disconnect()
  })
})
