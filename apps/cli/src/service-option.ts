import { type Command, InvalidArgumentError } from 'commander'
import { readSid } from './config-values.ts'
import { addServerOptions, type RunningServer, type ServerOptions } from './running-server.ts'

/** Options of every command about what is in a service. */
export interface ServiceOptions extends ServerOptions {
  readonly service?: string
}

/** Adds them, with those that name the server. */
export function addServiceOptions(command: Command): Command {
  return addServerOptions(command).option('--service <sid>', 'the service (the default one)', readService)
}

/** Where something of the service is, by REST. @param names what it is in, and what it is called */
export function pathIn({ service }: ServiceOptions, ...names: readonly string[]): string {
  return [...(service === undefined ? [] : ['Services', service]), ...names]
    .map((name) => `/${encodeURIComponent(name)}`)
    .join('')
}

/**
 * Items of a list by REST, page by page.
 *
 * @param key the name of the list in its answer
 * @param limit how many at most
 */
export async function listOf<Item>(
  server: RunningServer,
  path: string,
  key: string,
  { limit, ...query }: { readonly limit: number; readonly [name: string]: string | number | undefined },
): Promise<Item[]> {
  const items: Item[] = []
  let pageToken: string | undefined
  do {
    const PageSize = Math.min(limit - items.length, 100)
    const page = await server.get<ListPage<Item>>(path, { ...query, PageSize, PageToken: pageToken })
    items.push(...(page[key] as Item[]))
    const next = (page.meta as { next_page_url: string | null }).next_page_url
    pageToken = next === null ? undefined : (new URL(next).searchParams.get('PageToken') ?? undefined)
  } while (pageToken !== undefined && items.length < limit)
  return items
}

type ListPage<Item> = Readonly<Record<string, readonly Item[] | { readonly next_page_url: string | null }>>

function readService(text: string): string {
  const read = readSid('service', 'IS')(text)
  if ('must' in read) throw new InvalidArgumentError(`It must ${read.must}.`)
  return read.value
}
