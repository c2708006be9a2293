import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, extname, join, normalize } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildDocs } from '../../scripts/build-docs.js'
import { placeOf } from '../../scripts/docs/pages.js'
import { hasChromium } from '../end-to-end/browser.ts'
import { barriersOf } from '../web/accessibility.ts'
import { DESKTOP, Person, PHONE } from '../web/person.ts'
import { PAGES } from './pages.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}

/** Serves a folder as any server of files does, below a path of its own. */
async function serve(folder: string): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://site').pathname)).replace(/^\/manual/, folder)
    if (!existsSync(path)) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/plain; charset=utf-8' }).end(readFileSync(path))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return { server, url: `http://127.0.0.1:${port}/manual/` }
}

/** Addresses on a page of the site that lead nowhere. */
function deadLinks(folder: string, place: string): readonly string[] {
  const html = readFileSync(join(folder, place), 'utf8')
  const found = [...html.matchAll(/ (?:href|src)="([^"]*)"/g)].map(([, link]) => String(link))
  return found.filter((link) => {
    if (/^(https?|mailto|data):/.test(link)) return false
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? place : join(dirname(place), path)
    if (!existsSync(join(folder, target))) return true
    return anchor !== undefined && !readFileSync(join(folder, target), 'utf8').includes(`id="${decodeURIComponent(anchor)}"`)
  })
}

describe('the site that npm run docs makes', () => {
  let folder: string
  let site: { server: Server; url: string }
  let desktop: Person
  let phone: Person

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'conversa-site-'))
    await buildDocs(folder)
    site = await serve(folder)
    if (!hasChromium) return
    ;[desktop, phone] = await Promise.all([Person.arrive('desktop', DESKTOP), Person.arrive('phone', PHONE)])
  })

  afterAll(async () => {
    await desktop?.close()
    await phone?.close()
    site.server.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('has every page, as a page and as Markdown, and no link on it leads nowhere', () => {
    expect(PAGES.length).toBeGreaterThan(50)
    for (const page of PAGES) {
      expect(existsSync(join(folder, page)), page).toBe(true)
      expect(deadLinks(folder, placeOf(page)), page).toEqual([])
    }
    expect(readFileSync(join(folder, 'llms.txt'), 'utf8')).toContain('(docs/quick-start.md)')
  })

  describe('in a browser', () => {
    beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

    const open = ({ page }: Person, place: string) => page.goto(site.url + place)

    test.each([
      'index.html',
      'docs/index.html',
      'docs/quick-start.html',
      'docs/conversation-class.html',
      'docs/rest-fields.html',
      'docs/guides/messages.html',
    ])('%s fits the screen and bars nobody, in light and dark', async (place) => {
      for (const person of [desktop, phone]) {
        for (const colorScheme of ['light', 'dark'] as const) {
          await person.page.emulateMedia({ colorScheme })
          await open(person, place)
          expect(await barriersOf(person.page)).toEqual([])
          const { width } = person.page.viewportSize() ?? { width: 0 }
          expect(await person.width()).toBeLessThanOrEqual(width)
          await person.screenshot(`docs-${place.replaceAll(/\W/g, '-')}-${colorScheme}-${width}`)
        }
      }
    })

    test('finds a section by its words, and leads there', async () => {
      await open(phone, 'docs/guides/files.html')
      await phone.page.getByRole('searchbox', { name: 'Search' }).fill('advanceLastRead')
      const found = phone.page
        .locator('#found')
        .getByRole('link', { name: /Conversation, member by member: advanceLastReadMessageIndex/ })
      await found.click()
      await phone.page.waitForURL(/conversation-class\.html#advancelastreadmessageindex$/)
      await phone.page.getByRole('heading', { name: 'advanceLastReadMessageIndex' }).waitFor()
    })

    test('leads from the contents of a page to another one', async () => {
      await open(desktop, 'docs/guides/files.html')
      await desktop.page.getByRole('navigation', { name: 'Contents' }).getByRole('link', { name: 'Typing' }).click()
      await desktop.page.getByRole('heading', { name: 'Typing', level: 1 }).waitFor()
      await desktop.page.getByRole('link', { name: 'Typing' }).and(desktop.page.locator('[aria-current=page]')).waitFor()
      expect([...desktop.complaints, ...phone.complaints]).toEqual([])
    })
  })
})
