import { existsSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { headingsOf } from '../../scripts/docs/anchors.js'
import { withoutCode } from '../../scripts/docs/pages.js'
import { PAGES, ROOT, textOf } from './pages.ts'

/** The links of a page within the repository, outside of code. */
function linksOf(page: string): readonly string[] {
  const prose = withoutCode(textOf(page)).replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => String(link)).filter((link) => !/^\w+:/.test(link))
}

/** What is wrong with a link. */
function complaint(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : normalize(join(dirname(page), path))
  if (!existsSync(join(ROOT, target))) return `${link}: there is no ${target}`
  if (anchor === undefined) return undefined
  return statSync(join(ROOT, target)).isFile() && headingsOf(textOf(target)).some((heading) => heading.anchor === anchor)
    ? undefined
    : `${link}: ${target} has no such heading`
}

describe('links', () => {
  test.each(PAGES)('of %s lead somewhere', (page) => {
    expect(
      linksOf(page)
        .map((link) => complaint(page, link))
        .filter(Boolean),
    ).toEqual([])
  })

  test('lead from the contents to every page', () => {
    const reached = new Set(['docs/README.md', 'docs/decisions/README.md'])
    for (const page of [...reached])
      for (const link of linksOf(page)) reached.add(normalize(join(dirname(page), String(link.split('#')[0]))))
    const apart = PAGES.filter((page) => !/^(packages|apps)\//.test(page) && !reached.has(page))
    expect(apart).toEqual([])
  })
})
