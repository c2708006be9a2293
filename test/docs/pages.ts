import { pages, root, textOf } from '../../scripts/docs/pages.js'

/** The root of the repository, with a slash. */
export const ROOT = root

/** Every page that people read: paths from the root of the repository. */
export const PAGES = pages

export { textOf }

/** Languages whose examples are held to work. */
const LANGUAGES = ['ts', 'tsx', 'js', 'sh', 'json'] as const

/** An example: a fenced block, and what the comment above it says about how it is run. */
export interface Example {
  /** The page and the line, for people. */
  readonly place: string
  readonly language: (typeof LANGUAGES)[number]
  readonly code: string
  /** `file`: its name in the folder of the page. */
  readonly file?: string
  /** `run with`: the command that runs the file, instead of Node. */
  readonly command?: string
  /** `runs until`: what it says when it has come as far as it should, and is ended. */
  readonly until?: string
  /** `run by`: the test that runs it. */
  readonly test?: string
  /** `not run`: why. */
  readonly reason?: string
}

const DIRECTIVES = { file: 'file', 'run with': 'command', 'runs until': 'until', 'run by': 'test', 'not run': 'reason' } as const

const BLOCK = /((?:^ *<!-- .*? -->\n)*)^( *)```(\w+)\n([\s\S]*?)^ *```$/gm

const isLanguage = (name: string): name is Example['language'] => (LANGUAGES as readonly string[]).includes(name)

function directivesOf(comments: string): Partial<Record<(typeof DIRECTIVES)[keyof typeof DIRECTIVES], string>> {
  const found = [...comments.matchAll(/<!-- ([\w ]+?): (.*?) -->/g)]
  return Object.fromEntries(
    found.flatMap(([, name, value]) =>
      name && name in DIRECTIVES ? [[DIRECTIVES[name as keyof typeof DIRECTIVES], value]] : [],
    ),
  )
}

/** The examples of a page, in their order. @param page a path from the root */
export function examplesOf(page: string): readonly Example[] {
  const text = textOf(page)
  return [...text.matchAll(BLOCK)].flatMap((match) => {
    const [whole, comments = '', indent = '', language = '', body = ''] = match
    if (!isLanguage(language)) return []
    const line = text.slice(0, match.index + whole.indexOf('```')).split('\n').length
    const code = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    return [{ place: `${page}:${line}`, language, code, ...directivesOf(comments) }]
  })
}
