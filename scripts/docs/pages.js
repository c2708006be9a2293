/**
 * The pages that people read, and the contents that lead to them.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

const patterns = ['*.md', 'docs/**/*.md', 'packages/*/README.md', 'apps/*/README.md', 'examples/*/README.md']

/** Every page: paths from the root of the repository. */
export const pages = globSync(patterns, { cwd: root }).sort()

/** The page whose lists are the contents of all. */
const CONTENTS = 'docs/README.md'

/** @param {string} page */
export const textOf = (page) => readFileSync(join(root, page), 'utf8')

/** The page without its fenced blocks. @param {string} markdown */
export const withoutCode = (markdown) => markdown.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '')

/** What a page is called by its first heading. @param {string} markdown */
export const titleOf = (markdown) => (/^# (.*)$/m.exec(markdown)?.[1] ?? '').replaceAll('`', '')

/** The file that a link means, as a path from the root. @param {string} page that has the link @param {string} path */
export const targetOf = (page, path) => (path === '' ? page : normalize(join(dirname(page), path)).replace(/\/$/, ''))

/** @returns the sections of the contents, each with its links */
export function contents() {
  const [, ...sections] = textOf(CONTENTS).split(/^## /m)
  return sections.map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    links: [...section.matchAll(/^- \[(.*?)\]\((.*?)\): (.*)$/gm)].map(([, title = '', path = '', about = '']) => ({
      title,
      page: targetOf(CONTENTS, path),
      about,
    })),
  }))
}

/** Where a page is on the site. @param {string} page */
export const placeOf = (page) => page.replace(/(^|\/)README\.md$/, '$1index.html').replace(/\.md$/, '.html')
