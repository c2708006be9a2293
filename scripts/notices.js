/**
 * The licences of what is bundled: those who wrote it ask that these go along.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './compile.js'

/**
 * The folders of the packages that files are of, without ours.
 * @param {readonly string[]} files paths from the root
 */
const packagesOf = (files) =>
  [...new Set(files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file) ?? []))].sort()

/**
 * What one package says of itself.
 * @param {string} folder
 */
function noticeOf(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const kind = license ? ` (${license})` : ''
  const texts = readdirSync(join(root, folder))
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .map((file) => readFileSync(join(root, folder, file), 'utf8').trim())
  const by = typeof author === 'string' ? author : author?.name
  return [`${name} ${version}${kind}`, ...(texts.length > 0 ? texts : [by ?? '']), ''].join('\n\n')
}

/**
 * The text that goes along with a bundle.
 * @param {readonly string[]} files paths of what is in it, from the root
 */
export function noticesOf(files) {
  return packagesOf(files)
    .map(noticeOf)
    .join(`${'-'.repeat(80)}\n\n`)
}
