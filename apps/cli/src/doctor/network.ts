import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Config } from '../config.ts'
import { isLoopback } from '../config-values.ts'
import { type Finding, fault, fine, reasonOf, warning } from './finding.ts'

/** Milliseconds that something has to answer. */
const PATIENCE = 5000
/** Milliseconds that two clocks may be apart before tokens of the one are refused by the other. */
const TOLERANCE = 30_000

/** Whether the server can listen, or does already, and whether the world reaches it. */
export async function lookAtNetwork({ host, port, publicUrl }: Config, now: () => number): Promise<Finding[]> {
  const listening = await listens(host, port)
  const findings = [listening]
  if (publicUrl !== undefined) findings.push(...(await reachable(publicUrl, now)))
  else if (!isLoopback(host)) {
    const mend = 'set CONVERSA_PUBLIC_URL to the address that clients use'
    findings.push(warning('public URL', 'it is not set: addresses of files are made of what each request calls the server', mend))
  }
  return findings
}

async function listens(host: string, port: number): Promise<Finding> {
  const place = `${host}:${port}`
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return fine('port', `${place} is free`)
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === 'EADDRINUSE' && (await isOurs(`http://${host.includes(':') ? `[${host}]` : host}:${port}`))) {
      return fine('port', `a server serves at ${place}`)
    }
    const mends: Readonly<Record<string, string>> = {
      EADDRINUSE: 'end the program that has it, or set PORT to another one',
      EACCES: 'ports below 1024 need a right of their own: set PORT to a higher one, with a proxy before it',
      EADDRNOTAVAIL: 'set HOST to an address of this machine, 0.0.0.0 for all of them',
    }
    return fault(
      'port',
      `${place} cannot be listened on: ${reason}`,
      mends[reason] ?? 'set HOST and PORT to what this machine has',
    )
  } finally {
    server.close()
  }
}

async function isOurs(url: string): Promise<boolean> {
  return (await ask(url)) instanceof Response
}

/** What is there, when it is a server of ours; why not otherwise. */
async function ask(url: string): Promise<Response | string> {
  try {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PATIENCE) })
    const said = (await answer.json().catch(() => ({}))) as { status?: string }
    return answer.ok && said.status === 'ok' ? answer : `something else answers, with ${answer.status}`
  } catch (error) {
    return reasonOf((error as Error).cause ?? error)
  }
}

async function reachable(url: string, now: () => number): Promise<Finding[]> {
  const findings: Finding[] = []
  const { protocol, hostname } = new URL(url)
  if (protocol === 'http:' && !isLoopback(hostname)) {
    const mend = 'put a proxy with a certificate before the server, and set CONVERSA_PUBLIC_URL to https://…'
    findings.push(warning('public URL', 'it is not encrypted: tokens and messages can be read on the way', mend))
  }
  const answer = await ask(url)
  if (typeof answer === 'string') {
    const mend = 'start the server, look at the name in DNS, the proxy and the firewall; or correct CONVERSA_PUBLIC_URL'
    return [...findings, warning('public URL', `${url} does not lead to a server: ${answer}`, mend)]
  }
  const apart = Date.parse(answer.headers.get('date') ?? '') - now()
  if (Math.abs(apart) > TOLERANCE) {
    const mend = 'set the clocks of both machines, and let NTP keep them: tokens are refused otherwise'
    findings.push(fault('clock', `that of ${hostname} and that of this machine are ${Math.round(apart / 1000)} s apart`, mend))
  }
  return [...findings, fine('public URL', `${url} leads to a server`)]
}
