import { readFileSync } from 'node:fs'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { parseSync, Visitor } from 'oxc-parser'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { Packed } from './packed.ts'

/** What publint says about a tarball, a line each. */
export async function publintComplaints({ tarball, manifest }: Packed): Promise<string[]> {
  const { messages } = await publint({ pack: { tarball: exactBytes(tarball).buffer }, strict: true })
  return messages.map((message) => `${message.type}: ${formatMessage(message, manifest, { color: false })}`)
}

/**
 * What "are the types wrong?" says about a tarball, a line each.
 *
 * @param entrypoints beside those that have a name: of the patterns
 */
export async function typeComplaints({ tarball }: Packed, entrypoints: readonly string[] = []): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(exactBytes(tarball)), { includeEntrypoints: [...entrypoints] })
  if (!result.types) return ['it has no types']
  return result.problems.map((problem) => JSON.stringify(problem))
}

/** The bytes of a file, in a buffer that nothing else is in. */
function exactBytes(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(path))
}

/**
 * The modules that a file names, in whatever way: imports, re-exports, `import()`, types by `import('…')`, `require`, references.
 *
 * @param name with its extension, which says what language it is
 */
export function modulesNamedBy(name: string, text: string): string[] {
  const found = [...text.matchAll(/^\/\/\/\s*<reference (?:types|path)="([^"]+)"/gm)].map(([, specifier]) => specifier ?? '')
  const see = ({ source }: { source: object | null }) => {
    if (source) found.push('value' in source ? String(source.value) : 'computed')
  }
  const { program, errors } = parseSync(name.replace(/\.d\.cts$/, '.d.ts'), text)
  if (errors[0]) throw new Error(`unable to read ${name}: ${errors[0].message}`)
  new Visitor({
    ImportDeclaration: see,
    ImportExpression: see,
    ExportAllDeclaration: see,
    ExportNamedDeclaration: see,
    TSImportType: see,
    CallExpression({ callee, arguments: [first] }) {
      if (callee.type === 'Identifier' && callee.name === 'require')
        found.push(first?.type === 'Literal' ? String(first.value) : 'computed')
    },
  }).visit(program)
  return found
}
