/**
 * What the source of the SDK says of its public classes: the signature of each member, and the comment above it.
 */
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readSource } from './sources.js'

const root = fileURLToPath(new URL('..', import.meta.url))

const sources = globSync('packages/client/src/*.ts', { cwd: root })
  .filter((path) => !path.endsWith('.test.ts'))
  .sort()
  .map((path) => readSource(root, path))

/** @typedef {{ signatures: string[], text: string, tags: { tag: string, text: string }[] }} Description */
/** @typedef {{ start: number, end: number }} Span */

/** @param {string} type */
function declarationOf(type) {
  for (const { text, program } of sources) {
    for (const { declaration } of program.body.filter((node) => node.type === 'ExportNamedDeclaration')) {
      const isWanted = declaration?.type === 'ClassDeclaration' || declaration?.type === 'TSInterfaceDeclaration'
      if (isWanted && declaration.id?.name === type) return { text, declaration }
    }
  }
  return undefined
}

/** One line of what was written in several. @param {string} text */
const inOneLine = (text) => text.replaceAll(/\s+/g, ' ').replaceAll('( ', '(').replaceAll(/,? \)/g, ')').trim()

/** The comment that ends where something begins, without lines for other tools in between. @param {string} text @param {number} start */
function commentAbove(text, start) {
  const before = text.slice(0, start).replaceAll(/^ *\/\/ biome-ignore.*\n/gm, '')
  return /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(before)?.[1]?.replaceAll(/^ *\* ?/gm, '') ?? ''
}

/** @param {string} comment @returns {Pick<Description, 'text' | 'tags'>} */
function read(comment) {
  const [text = '', ...tags] = comment.split(/(?:^|\s)@(?=param|returns|throws)/)
  return {
    text: inOneLine(text),
    tags: tags.map((each) => {
      const [, tag = '', rest = ''] = /^(\w+)\s+([\s\S]*)$/.exec(each) ?? []
      return { tag, text: inOneLine(rest) }
    }),
  }
}

/** What is written of a method up to its body, or of a property up to its value. @param {string} text @param {any} member */
function signatureOf(text, member) {
  const end = member.value?.body?.start ?? member.value?.end ?? member.end
  return inOneLine(text.slice(member.start, end))
    .replace(/^(static |async |get |override )+/, '')
    .replace(/;$/, '')
}

/**
 * The members that a class declares itself.
 * @param {string} type @returns {Map<string, Description>}
 */
export function describeMembers(type) {
  /** @type {Map<string, Description>} */
  const found = new Map()
  const source = declarationOf(type)
  if (source?.declaration?.type !== 'ClassDeclaration')
    throw new Error(`unable to describe ${type}: the SDK exports no such class`)
  for (const member of source.declaration.body.body) {
    if (member.type !== 'MethodDefinition' || member.key.type !== 'Identifier') continue
    const { signatures = [], text = '', tags = [] } = found.get(member.key.name) ?? {}
    const isHidden = signatures.length > 0 && member.value.body
    const said = read(commentAbove(source.text, member.start))
    found.set(member.key.name, {
      signatures: isHidden ? signatures : [...signatures, signatureOf(source.text, member)],
      text: text || said.text,
      tags: tags.length > 0 ? tags : said.tags,
    })
  }
  return found
}

/** What an interface and those that it extends have, with the text of each type. @param {string} type @returns {[string, string][]} */
function propertiesOf(type) {
  const source = declarationOf(type)
  if (source?.declaration?.type !== 'TSInterfaceDeclaration') return []
  const { text, declaration } = source
  const inherited = declaration.extends.flatMap(({ expression }) => propertiesOf(text.slice(expression.start, expression.end)))
  const own = declaration.body.body.flatMap((member) => {
    if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier' || !member.typeAnnotation) return []
    const { start, end } = member.typeAnnotation.typeAnnotation
    return [/** @type {[string, string]} */ ([member.key.name, inOneLine(text.slice(start, end))])]
  })
  return [...inherited, ...own]
}

/** What listeners of each event of a class are given. @param {string} type @returns {Map<string, string>} */
export function describeEvents(type) {
  const source = declarationOf(type)
  const emitted = source && /extends Emitter<(\w+)>/.exec(source.text.slice(source.declaration.start))?.[1]
  return new Map(emitted ? propertiesOf(emitted) : [])
}
