import { OUTBOX_KINDS, OUTBOX_OUTCOMES, type OutboxCounts, type OutboxKind, type OutboxOutcome } from '@conversa/core'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** How a command or query ended: carried out, refused with a documented code, or failed by a fault of ours. */
export const COMMAND_OUTCOMES = ['ok', 'refused', 'failed'] as const

export type CommandOutcome = (typeof COMMAND_OUTCOMES)[number]

/** How an upload ended; `aborted` when the sender went away. */
export const UPLOAD_OUTCOMES = ['ok', 'refused', 'aborted', 'failed'] as const

export type UploadOutcome = (typeof UPLOAD_OUTCOMES)[number]

/** What the server counts. Names of metrics and labels stand in this file alone. */
export interface Metrics {
  connectionOpened(): void
  connectionClosed(): void
  sessionStarted(): void
  /** @param seconds from the frame's arrival to its answer */
  commandFinished(type: string, outcome: CommandOutcome, seconds: number): void
  /** @param count events written to sockets, all receivers together */
  delivered(count: number): void
  /** A reader was too slow for its queue and was told to resynchronise (G8). */
  eventQueueClosed(): void
  /** @param commands how many shared one transaction */
  groupCommitted(commands: number): void
  /** @param bytes of the file, when it was taken */
  uploaded(outcome: UploadOutcome, bytes: number): void
  /** @param bytes of the answer */
  downloaded(bytes: number): void
  /** A try to send something of the outbox ended. */
  outboxTried(kind: OutboxKind, outcome: OutboxOutcome): void
  /** Whether this node has a channel that runs on one node. @param channel as the configuration calls it */
  channelMoved(channel: string, isHere: boolean): void
  /** Shows how much waits in the outbox and how much was given up, as it is when somebody asks. */
  watchOutbox(count: (kind: OutboxKind) => Promise<OutboxCounts>): void
  /** The `Content-Type` of what `render` gives. */
  readonly contentType: string
  /** All values as the text that Prometheus reads. */
  render(): Promise<string>
}

export interface MetricsOptions {
  /** The types that get a time series of their own; every other one counts as `other`, so that no peer can make series. */
  readonly commandTypes: Iterable<string>
  /** Whether to watch the process too (memory, event-loop lag, garbage collection); once per process, so tests leave it out. */
  readonly watchProcess?: boolean
}

const COMMAND_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

const GROUP_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

/**
 * Makes the metrics of one server, with a registry of their own: several servers in one process do not mix.
 *
 * @param options what may be a label
 * @returns narrow methods to count with, and the text for `/metrics`
 */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry()
  const { connections, sessions, deliveries, closedQueues, groupSizes } = connectionMetrics(registry)
  const countCommand = commandMetrics(registry, options.commandTypes)
  // Its observers live as long as the process.
  if (options.watchProcess ?? true) collectDefaultMetrics({ register: registry })
  return {
    connectionOpened: () => connections.inc(),
    connectionClosed: () => connections.dec(),
    sessionStarted: () => sessions.inc(),
    commandFinished: countCommand,
    delivered: (count) => deliveries.inc(count),
    eventQueueClosed: () => closedQueues.inc(),
    groupCommitted: (commands) => groupSizes.observe(commands),
    ...mediaMetrics(registry),
    ...outboxMetrics(registry),
    channelMoved: channelMetrics(registry),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  }
}

function connectionMetrics(registry: Registry) {
  const registers = [registry]
  return {
    connections: new Gauge({ name: 'conversa_connections', help: 'Sockets that are open now', registers }),
    sessions: new Counter({ name: 'conversa_sessions_started_total', help: 'Sessions started with a valid token', registers }),
    deliveries: new Counter({
      name: 'conversa_deliveries_total',
      help: 'Events written to sockets, each receiver counted',
      registers,
    }),
    closedQueues: new Counter({
      name: 'conversa_event_queue_closed_total',
      help: 'Readers that were too slow for their queue and had to resynchronise',
      registers,
    }),
    groupSizes: new Histogram({
      name: 'conversa_commit_group_size',
      help: 'Commands that shared one transaction',
      buckets: GROUP_SIZES,
      registers,
    }),
  }
}

function mediaMetrics(registry: Registry): Pick<Metrics, 'uploaded' | 'downloaded'> {
  const registers = [registry]
  const uploads = new Counter({
    name: 'conversa_media_uploads_total',
    help: 'Uploads of files, by how they ended',
    labelNames: ['outcome'],
    registers,
  })
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  const received = counter('conversa_media_received_bytes_total', 'Bytes of files that were taken')
  const downloads = counter('conversa_media_downloads_total', 'Answers with the content of a file or a part of it')
  const sent = counter('conversa_media_sent_bytes_total', 'Bytes of those answers')
  for (const outcome of UPLOAD_OUTCOMES) uploads.inc({ outcome }, 0)
  return {
    uploaded(outcome, bytes) {
      uploads.inc({ outcome })
      received.inc(bytes)
    },
    downloaded(bytes) {
      downloads.inc()
      sent.inc(bytes)
    },
  }
}

/** What a kind of entries goes to, for the help of its metrics. */
const RECIPIENTS: Readonly<Record<OutboxKind, string>> = {
  webhook: 'webhooks',
  channel: 'addresses outside of the app',
  notice: 'people whose devices are still to be found',
  push: 'devices',
}

function outboxMetrics(registry: Registry): Pick<Metrics, 'outboxTried' | 'watchOutbox'> {
  const registers = [registry]
  const tries = new Map(
    OUTBOX_KINDS.map((kind) => {
      const name = `conversa_${kind}_tries_total`
      const help = `Tries to send to ${RECIPIENTS[kind]}: delivered, failed and to be repeated, refused for good, dead and given up`
      return [kind, new Counter({ name, help, labelNames: ['outcome'], registers })]
    }),
  )
  for (const counter of tries.values()) for (const outcome of OUTBOX_OUTCOMES) counter.inc({ outcome }, 0)
  return {
    outboxTried: (kind, outcome) => tries.get(kind)?.inc({ outcome }),
    watchOutbox(count) {
      const gauge = (kind: OutboxKind, name: string, help: string, part: keyof OutboxCounts) => {
        const collect = async function (this: Gauge) {
          // A store that fails is told of elsewhere: the other metrics are wanted then more than ever.
          const counts = await count(kind).catch(() => undefined)
          if (counts) this.set(counts[part])
        }
        return new Gauge({ name, help, registers, collect })
      }
      for (const kind of OUTBOX_KINDS) {
        gauge(kind, `conversa_${kind}_pending`, `What ${RECIPIENTS[kind]} are still to get`, 'waiting')
        gauge(kind, `conversa_${kind}_dead_letters`, `What ${RECIPIENTS[kind]} never got and was given up`, 'dead')
      }
    },
  }
}

function channelMetrics(registry: Registry): Metrics['channelMoved'] {
  const held = new Gauge({
    name: 'conversa_channel_held',
    help: 'Whether this node has a channel that runs on one node: 1 on one of them, 0 on the others',
    labelNames: ['channel'],
    registers: [registry],
  })
  return (channel, isHere) => held.set({ channel }, isHere ? 1 : 0)
}

function commandMetrics(registry: Registry, commandTypes: Iterable<string>): Metrics['commandFinished'] {
  const known = new Set(commandTypes)
  const registers = [registry]
  const counted = new Counter({
    name: 'conversa_commands_total',
    help: 'Commands and queries, by type and by how they ended',
    labelNames: ['type', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'conversa_command_seconds',
    help: 'Seconds from the arrival of a command or query to its answer',
    labelNames: ['type'],
    buckets: COMMAND_SECONDS,
    registers,
  })
  // A series that starts at zero shows its first increase; one that appears with it does not.
  for (const type of known) for (const outcome of COMMAND_OUTCOMES) counted.inc({ type, outcome }, 0)
  return (type, outcome, taken) => {
    const label = known.has(type) ? type : 'other'
    counted.inc({ type: label, outcome })
    seconds.observe({ type: label }, taken)
  }
}
