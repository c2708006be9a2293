import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A site of somebody else, of another origin than the server. */
export interface Site {
  readonly url: string
  close(): Promise<void>
}

/** @param scripts by their paths: the page uses the first one */
export async function openSite(scripts: Readonly<Record<string, Buffer | string>>): Promise<Site> {
  const [first = ''] = Object.keys(scripts)
  const page = `<!doctype html><title>site</title><script src="${first}"></script>`
  const server = createServer((request, response) => {
    const found = scripts[request.url ?? '']
    if (found) response.writeHead(200, { 'content-type': 'text/javascript' }).end(found)
    else response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close()
    },
  }
}
