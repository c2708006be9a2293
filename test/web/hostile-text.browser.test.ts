import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium } from '../end-to-end/browser.ts'
import { DESKTOP, type Person, PHONE } from './person.ts'
import { WebWorld } from './web-world.ts'

/** Texts that would run where texts are taken for something else; each sets `window.ran`. */
const HOSTILE = [
  '<script>window.ran=1</script>',
  '<img src=x onerror="window.ran=1">',
  '<svg onload=window.ran=1>',
  '"><iframe srcdoc="<script>parent.ran=1</script>">',
  "'-window.ran=1-'",
  '{{constructor.constructor("window.ran=1")()}}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is hostile.
  '${window.ran=1}',
  'javascript:window.ran=1',
  'jAvAsCrIpT:window.ran=1//https://example.com',
  'https://example.com/"onmouseover="window.ran=1',
  'data:text/html,<script>opener.ran=1</script>',
  '[link](javascript:window.ran=1)',
  '<a href="javascript:window.ran=1">click</a>',
  '<style>*{background:url(javascript:window.ran=1)}</style>',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=window.ran=1>',
  '\u202Etpircs\u0000<b>',
]

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="opener.ran=1"><script>top.ran=1</script></svg>'

describe('stored text in the web app (reliability B44)', () => {
  let world: WebWorld
  let alice: Person
  let bob: Person

  beforeEach(({ skip }) => skip(!hasChromium, 'there is no Chromium'))

  beforeAll(async () => {
    if (!hasChromium) return
    world = await WebWorld.begin()
    ;[alice, bob] = await Promise.all([world.person('alice', DESKTOP), world.person('<img src=x onerror="window.ran=1">', PHONE)])
    await Promise.all([alice.signIn(world.server.url), bob.signIn(world.server.url)])
  }, 180_000)

  afterAll(() => world?.close())

  it('is shown as it is: in names, identities, messages, and names of files', async () => {
    const name = HOSTILE[1] ?? ''
    const sid = await world.conversation(name, 'alice', bob.name)
    await world.send(sid, HOSTILE)
    await alice.open(name)
    await alice.sees('<style>')
    expect(await alice.texts()).toEqual(expect.arrayContaining(HOSTILE.slice(0, -1)))
    await bob.open(name)
    await bob.write('from a hostile name')
    await alice.sees('from a hostile name')
    await alice.page.getByText(`${bob.name}`).first().waitFor()
    const file = { name: '<img src=x onerror=window.ran=1>.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(SVG) }
    await bob.page.locator('input[type=file]').setInputFiles([file])
    await bob.page.getByRole('button', { name: 'Send' }).click()
    await alice.page.getByRole('button', { name: /^Download .*svg$/ }).waitFor()
    await alice.page.getByRole('button', { name: 'Participants', exact: true }).click()
    await alice.page.getByRole('complementary', { name: 'Participants' }).getByText(bob.name).waitFor()
    expect(await alice.page.locator('.picture').count()).toBe(0)
    expect(await alice.page.locator('.messages :is(script, iframe, style, img, form)').count()).toBe(0)
  })

  it('becomes a link only with http or https, which tells nothing of this page', async () => {
    const links = await alice.page.evaluate<string[][]>(`[...document.querySelectorAll('.messages a')].map((link) =>
      ['href', 'rel', 'target'].map((name) => link.getAttribute(name)))`)
    const rel = 'noopener noreferrer nofollow'
    expect(new Set(links.map(([href]) => href))).toEqual(new Set(['https://example.com/']))
    for (const link of links) expect(link.slice(1)).toEqual([rel, '_blank'])
  })

  it('never ran, and the policy would not have let it', async () => {
    for (const { page } of [alice, bob]) expect(await page.evaluate('window.ran')).toBeUndefined()
    const { headers } = await fetch(world.server.url)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';")
    expect(policy).not.toMatch(/unsafe|\*|nonce/)
    const blocked = await alice.page.evaluate(`new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective), { once: true })
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = 1' }))
    })`)
    expect(blocked).toBe('script-src-elem')
    expect(await alice.page.evaluate('window.ran')).toBeUndefined()
  })

  it('lets nothing else come in', () => {
    const complaints = [...alice.complaints, ...bob.complaints]
    expect(complaints.filter((each) => !each.includes('inline script'))).toEqual([])
  })
})
