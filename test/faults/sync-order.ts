/** What a system call of the server means for durability. */
type Step = 'request' | 'log written' | 'log synced' | 'acknowledged'

/**
 * Reads a trace of system calls (`strace -f -yy -s 4096`) and judges each acknowledgement of a send: since the request was read, the
 * write-ahead log must have been written and then synced (G1).
 *
 * @param trace the lines of strace
 * @returns how many acknowledgements there were, and which came too early
 */
export function judgeSyncOrder(trace: string): { acknowledged: number; early: string[] } {
  let reached: Step = 'acknowledged'
  let acknowledged = 0
  const early: string[] = []
  for (const line of trace.split('\n')) {
    const step = stepOf(line)
    if (step === 'request') reached = 'request'
    else if (step === 'log written') reached = 'log written'
    else if (step === 'log synced' && reached === 'log written') reached = 'log synced'
    else if (step === 'acknowledged') {
      acknowledged++
      if (reached !== 'log synced') early.push(`acknowledged after "${reached}": ${line.slice(0, 160)}`)
      reached = 'acknowledged'
    }
  }
  return { acknowledged, early }
}

function stepOf(line: string): Step | undefined {
  const onLog = /<[^>]*conversa\.db-wal>/.test(line)
  if (onLog && /\bpwrite64\(/.test(line)) return 'log written'
  if (onLog && /\b(fsync|fdatasync)\(/.test(line)) return 'log synced'
  if (/<TCP:/.test(line) && /\bread\(/.test(line)) return 'request'
  if (/<TCP:/.test(line) && /\b(write|writev|sendto|sendmsg)\(/.test(line) && line.includes('{\\"reply\\"')) return 'acknowledged'
  return undefined
}
