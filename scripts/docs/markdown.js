/**
 * What Markdown becomes on the site: headings have anchors, links between pages lead to the pages there, and links to files of the
 * repository to copies of them.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { headingsOf } from './anchors.js'
import { pages, placeOf, root, targetOf } from './pages.js'

/** What is on the site as it is; everything else is a text, whatever a server takes it for. */
const AS_IT_IS = /\.(json|png|svg)$/

/** Where a file of the repository is on the site. @param {string} path */
export const copyOf = (path) => (AS_IT_IS.test(path) ? path : `${path}.txt`)

/**
 * Where a link of a page leads on the site; undefined where nothing is.
 * @param {string} page @param {string} link @param {Set<string>} copied gets the files that have to be there
 */
function resolveLink(page, link, copied) {
  if (/^\w+:/.test(link)) return link
  const [path = '', anchor] = link.split('#')
  const target = targetOf(page, path)
  const file = [target, join(target, 'README.md')].find((each) => pages.includes(each))
  const depth = '../'.repeat(page.split('/').length - 1)
  const place = file ? placeOf(file) : copied.has(target) || isFile(target) ? copyOf(target) : undefined
  if (place === undefined) return undefined
  if (!file) copied.add(target)
  return depth + place + (anchor === undefined ? '' : `#${anchor}`)
}

/** @param {string} path */
const isFile = (path) => existsSync(join(root, path)) && statSync(join(root, path)).isFile()

/**
 * @param {any} md the library that Eleventy uses
 * @param {Set<string>} copied gets the files that pages link to
 */
export function adaptMarkdown(md, copied) {
  md.set({ html: true })
  md.core.ruler.push('site', (/** @type {any} */ { src, tokens, env }) => {
    const headings = headingsOf(src).values()
    adaptEmptyHeadings(tokens)
    for (const token of tokens) {
      if (token.type === 'heading_open') token.attrSet('id', headings.next().value?.anchor ?? '')
      for (const child of token.children ?? []) adaptLink(child, env.source, copied)
    }
  })
  // What is wider than a screen is moved sideways, by keyboard too.
  md.renderer.rules.table_open = () => '<div class="wide" tabindex="0"><table>\n'
  md.renderer.rules.table_close = () => '</table></div>\n'
}

/** A cell that names nothing is no heading of a column. @param {any[]} tokens */
function adaptEmptyHeadings(tokens) {
  for (const [at, token] of tokens.entries()) {
    if (token.type === 'th_open' && tokens[at + 1]?.content === '') token.tag = tokens[at + 2].tag = 'td'
  }
}

/** @param {any} token @param {string} page @param {Set<string>} copied */
function adaptLink(token, page, copied) {
  const name = token.type === 'link_open' ? 'href' : token.type === 'image' ? 'src' : undefined
  if (name === undefined) return
  const place = resolveLink(page, decodeURI(token.attrGet(name)), copied)
  if (place === undefined) token.attrs = []
  else token.attrSet(name, place)
}
