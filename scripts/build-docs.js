/**
 * `npm run docs`: makes a site of all pages, into `dist/docs`. Every page is there as Markdown too, under the same name; `llms.txt` lists them.
 *
 * Usage: node scripts/build-docs.js [folder]
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { Eleventy } from '@11ty/eleventy'
import syntaxHighlight from '@11ty/eleventy-plugin-syntaxhighlight'
import { build } from 'esbuild'
import { headingsOf } from './docs/anchors.js'
import { adaptMarkdown, copyOf } from './docs/markdown.js'
import { contents, pages, placeOf, root, textOf, titleOf } from './docs/pages.js'

const SOURCE = join(root, 'scripts/docs')

/** What the layout shows around a page. @param {string} page */
function dataOf(page) {
  const markdown = textOf(page)
  const sections = contents().map(({ title, links }) => ({
    title,
    links: links.map((link) => ({ ...link, place: placeOf(link.page) })),
  }))
  return {
    layout: 'page.njk',
    // Markdown alone: braces in examples are theirs.
    templateEngineOverride: 'md',
    permalink: placeOf(page),
    source: page,
    title: titleOf(markdown),
    base: '../'.repeat(page.split('/').length - 1),
    contents: sections,
    headings: headingsOf(markdown).filter(({ level }) => level === 2 || level === 3),
  }
}

/** Sections of all pages, for the search. */
function searchable() {
  return pages.flatMap((page) => {
    const markdown = textOf(page)
    const headings = headingsOf(markdown)
    return markdown
      .split(/^#+ .*$/m)
      .slice(1)
      .map((text, at) => ({
        id: `${page}#${at}`,
        title: headings[at]?.title ?? '',
        page: titleOf(markdown),
        place: placeOf(page) + (at === 0 ? '' : `#${headings[at]?.anchor}`),
        text: text.replaceAll(/\]\([^)]*\)|<!--.*?-->|[`|*[]/g, ' ').replaceAll(/\s+/g, ' '),
      }))
  })
}

function llmsText() {
  const lines = contents().flatMap(({ title, links }) => [
    '',
    `## ${title}`,
    '',
    ...links.map((link) => `- [${link.title}](${link.page}): ${link.about}`),
  ])
  return [
    '# Conversa',
    '',
    '> Conversations on your own server: a server, a client SDK and the tools around them.',
    ...lines,
    '',
  ].join('\n')
}

/** Pages from Markdown. @param {string} outdir @returns {Promise<Set<string>>} the files that they link to */
async function writePages(outdir) {
  /** @type {Set<string>} */
  const copied = new Set()
  // Paths are taken as relative ones.
  const [input, output] = [relative(process.cwd(), SOURCE), relative(process.cwd(), outdir)]
  const eleventy = new Eleventy(input, output, {
    quietMode: true,
    config(config) {
      config.setTemplateFormats([])
      config.addTemplateFormats('md')
      config.setUseGitIgnore(false)
      config.addPlugin(syntaxHighlight, { preAttributes: { tabindex: 0 } })
      config.amendLibrary('md', (/** @type {any} */ md) => adaptMarkdown(md, copied))
      for (const page of pages) config.addTemplate(page, textOf(page), dataOf(page))
    },
  })
  await eleventy.write()
  return copied
}

/** @param {string} from a path from the root @param {string} to */
function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(join(root, from), to)
}

/**
 * The whole site.
 * @param {string} outdir what is in it before is gone
 */
export async function buildDocs(outdir) {
  rmSync(outdir, { recursive: true, force: true })
  const copied = await writePages(outdir)
  for (const page of pages) copy(page, join(outdir, page))
  for (const path of copied) copy(path, join(outdir, copyOf(path)))
  copy('apps/web/src/icon.svg', join(outdir, 'icon.svg'))
  writeFileSync(join(outdir, 'llms.txt'), llmsText())
  writeFileSync(join(outdir, 'search.json'), JSON.stringify(searchable()))
  const entryPoints = [
    { in: join(SOURCE, 'search-page.js'), out: 'search' },
    { in: join(SOURCE, 'site.css'), out: 'site' },
  ]
  await build({ entryPoints, outdir, bundle: true, minify: true, format: 'esm', target: 'es2022', logLevel: 'warning' })
  return pages.length
}

if (import.meta.main) {
  const outdir = resolve(process.argv[2] ?? join(root, 'dist/docs'))
  const count = await buildDocs(outdir)
  console.log(`${count} pages: ${relative(process.cwd(), join(outdir, 'docs/index.html'))}`)
}
