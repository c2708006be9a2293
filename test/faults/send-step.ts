/** By which ports a server's connections are told apart. */
export interface Ports {
  /** It listens on it. */
  readonly server: string
  readonly webhook: string
  /** There is none where it keeps all in files. */
  readonly database: string | undefined
}

/** A system call on the way of a send. */
export interface Step {
  /** What it is for. */
  readonly what: string
  /** Its name. */
  readonly call: string
}

/** The first step of a send. */
const REQUEST = 'reading the request'
const ANSWER_OF_WEBHOOK = 'hearing from the webhook'

/**
 * What system calls of a server mean on the way of a send.
 *
 * @param calls lines of `strace -yy -s 4096`, in their order; of the last one the end may be missing
 * @returns a step for each, from the request on; nothing when it was not read
 */
export function sendSteps(calls: readonly string[], ports: Ports): Step[] {
  const steps: Step[] = []
  let isCommitted = false
  for (const call of calls) {
    const what = stepOf(call, ports, isCommitted)
    if (steps.length === 0 && what !== REQUEST) continue
    isCommitted ||= what === 'committing'
    steps.push({ what, call: nameOf(call) })
  }
  return steps
}

/** Whether these calls carried a send all the way: its delivery to the webhook was answered and is noted in the store. */
export function isDelivered(calls: readonly string[], ports: Ports): boolean {
  const answered = calls.findIndex((call) => stepOf(call, ports, true) === ANSWER_OF_WEBHOOK)
  if (answered < 0) return false
  const rest = calls.slice(answered)
  if (ports.database === undefined) return rest.some((call) => /^f\w*sync\(.* = 0$/.test(call))
  const removed = rest.findIndex((call) => call.startsWith('read(') && call.includes('DELETE 1'))
  return removed >= 0 && rest.slice(removed).some((call) => call.startsWith('read(') && call.includes('COMMIT'))
}

function nameOf(call: string): string {
  return call.slice(0, call.indexOf('('))
}

function stepOf(call: string, ports: Ports, isCommitted: boolean): string {
  const name = nameOf(call)
  if (/<[^>]*conversa\.db-wal>/.test(call)) return name.endsWith('sync') ? 'syncing the log' : 'writing the log'
  if (/<[^>]*conversa\.db>/.test(call)) return 'moving the log into the database'
  const [, own, other = /sin_port=htons\((\d+)\)/.exec(call)?.[1]] = /<TCP:\[\S+:(\d+)->\S+:(\d+)\]>/.exec(call) ?? []
  const isRead = name === 'read'
  if (own === ports.server) return isRead ? REQUEST : answering(call)
  if (other === ports.webhook) return isRead ? ANSWER_OF_WEBHOOK : 'calling the webhook'
  if (other !== ports.database || other === undefined) return `another ${name}`
  if (isRead) return isCommitted ? 'hearing of the commit' : 'hearing from the database'
  if (call.includes('COMMIT')) return 'committing'
  return isCommitted ? 'asking for what is to be delivered' : 'asking the database'
}

function answering(call: string): string {
  return call.includes('{\\"reply\\"') ? 'acknowledging' : 'telling a member'
}
