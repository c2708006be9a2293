import { register } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

const options = { commandTypes: ['message.send', 'readHorizon.advance'], watchProcess: false }

async function lines(metrics: { render(): Promise<string> }): Promise<string[]> {
  return (await metrics.render()).split('\n')
}

describe('createMetrics', () => {
  test('shows what waits for webhooks as it is when it is asked, and the rest when the store fails', async () => {
    const metrics = createMetrics(options)
    let counts = { waiting: 3, dead: 1 }
    let fails = false
    metrics.watchOutbox(async () => {
      if (fails) throw new Error('of a test')
      return counts
    })
    metrics.outboxTried('webhook', 'failed')
    const shown = [
      'conversa_webhook_pending 3',
      'conversa_webhook_dead_letters 1',
      'conversa_webhook_tries_total{outcome="failed"} 1',
    ]
    expect(await lines(metrics)).toEqual(expect.arrayContaining(shown))
    counts = { waiting: 0, dead: 2 }
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining(['conversa_webhook_pending 0', 'conversa_webhook_dead_letters 2']),
    )
    fails = true
    expect(await lines(metrics)).toEqual(expect.arrayContaining(shown.slice(2)))
  })

  test('counts what it is told', async () => {
    const metrics = createMetrics(options)
    metrics.connectionOpened()
    metrics.connectionOpened()
    metrics.connectionClosed()
    metrics.sessionStarted()
    metrics.delivered(9)
    metrics.delivered(0)
    metrics.eventQueueClosed()
    metrics.groupCommitted(3)
    metrics.groupCommitted(5000)
    metrics.commandFinished('message.send', 'ok', 0.002)
    metrics.commandFinished('message.send', 'refused', 0.0001)
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining([
        'conversa_connections 1',
        'conversa_sessions_started_total 1',
        'conversa_deliveries_total 9',
        'conversa_event_queue_closed_total 1',
        'conversa_commit_group_size_bucket{le="2"} 0',
        'conversa_commit_group_size_bucket{le="4"} 1',
        'conversa_commit_group_size_bucket{le="+Inf"} 2',
        'conversa_commands_total{type="message.send",outcome="ok"} 1',
        'conversa_commands_total{type="message.send",outcome="refused"} 1',
        'conversa_commands_total{type="message.send",outcome="failed"} 0',
        'conversa_commands_total{type="readHorizon.advance",outcome="ok"} 0',
        'conversa_command_seconds_bucket{le="0.001",type="message.send"} 1',
        'conversa_command_seconds_bucket{le="0.0025",type="message.send"} 2',
        'conversa_command_seconds_count{type="message.send"} 2',
      ]),
    )
    expect(metrics.contentType).toContain('text/plain')
  })

  test('unknown types make one series, however many there are', async () => {
    const metrics = createMetrics(options)
    metrics.commandFinished('first', 'refused', 0)
    const before = (await lines(metrics)).length
    for (let i = 0; i < 1000; i++) metrics.commandFinished(`made-up-${i}"} 1\n`, 'refused', 0)
    metrics.commandFinished('__proto__', 'refused', 0)
    const after = await lines(metrics)
    expect(after).toHaveLength(before)
    expect(after).toContain('conversa_commands_total{type="other",outcome="refused"} 1002')
  })

  test('servers in one process do not mix, nor touch the global registry', async () => {
    const [one, other] = [createMetrics(options), createMetrics(options)]
    one.sessionStarted()
    expect(await lines(one)).toContain('conversa_sessions_started_total 1')
    expect(await lines(other)).toContain('conversa_sessions_started_total 0')
    expect(await register.metrics()).not.toContain('conversa_')
  })

  test('watches the process when asked to', async () => {
    const text = await createMetrics({ commandTypes: [] }).render()
    for (const name of ['nodejs_eventloop_lag_seconds', 'process_resident_memory_bytes', 'nodejs_gc_duration_seconds'])
      expect(text).toContain(name)
    expect(await createMetrics(options).render()).not.toContain('nodejs_')
  })
})
