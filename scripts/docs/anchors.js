import { withoutCode } from './pages.js'

/**
 * The anchor of a heading, as those who show Markdown make it.
 * @param {string} heading its text, with its marks
 */
function anchorOf(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')
}

/**
 * The headings of a page. Anchors of the same name are told apart by a number.
 * @param {string} markdown
 */
export function headingsOf(markdown) {
  /** @type {Map<string, number>} */
  const seen = new Map()
  return [...withoutCode(markdown).matchAll(/^(#+) (.*)$/gm)].map(([, marks = '', title = '']) => {
    const anchor = anchorOf(title)
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    return { level: marks.length, title: title.replaceAll('`', ''), anchor: count === 0 ? anchor : `${anchor}-${count}` }
  })
}
