import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { call } from './call.ts'

/* What people mistype and mistake: each is told in words, and nothing is left behind. */

/** A folder with a folder, a file that is no backup, and nothing of a server. */
async function begin() {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const path = (name: string) => join(folder.path, name)
  await mkdir(path('folder'))
  await writeFile(path('file'), 'no backup')
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    call(args, { CONVERSA_DATA: path('data'), CONVERSA_OPERATOR_TOKEN: 'o'.repeat(32), PORT: '1', ...env })
  return { path, run, left: async () => (await readdir(folder.path)).sort() }
}

test.each([
  ['frobnicate', "error: there is no command 'frobnicate'"],
  ['bakup', "error: there is no command 'bakup'; did you mean 'backup'?"],
])('there is no command %s', async (name, said) => {
  const { run } = await begin()
  const { code, stderr } = await run([name])
  expect([code, stderr.split('\n')[0]]).toEqual([2, said])
})

test('a backup into no folder, or onto one, is refused before the server is asked', async () => {
  const { path, run, left } = await begin()
  expect(await run(['backup', path('none/a.backup')])).toMatchObject({ code: 2, stderr: `there is no folder ${path('none')}\n` })
  for (const more of [[], ['--force']]) {
    const said = `${path('folder')} is a folder: name the file to write\n`
    expect(await run(['backup', path('folder'), ...more])).toMatchObject({ code: 2, stderr: said })
  }
  expect(await left()).toEqual(['file', 'folder'])
})

test('nothing is made of a folder in place of a backup', async () => {
  const { path, run, left } = await begin()
  expect(await run(['restore', path('folder')])).toMatchObject({
    code: 2,
    stderr: `${path('folder')} is a folder: name the backup in it\n`,
  })
  expect(await left()).toEqual(['file', 'folder'])
})

test.each([
  ['restore', ['restore'], {}],
  ['verify', ['verify'], {}],
  ['serve', ['serve'], { CONVERSA_MODE: 'development' }],
])('conversa %s says that the data folder is a file', async (_, args, env) => {
  const { path, run } = await begin()
  const all = args[0] === 'restore' ? [...args, path('file')] : args
  const { code, stderr } = await run(all, { ...env, CONVERSA_DATA: path('file') })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^unable to \w+ .*\/file\/[^:]+: something on the way to it is a file and no folder \(ENOTDIR\)\n$/)
})

test('a database that is not there is named, and no secret of its address', async () => {
  const { run } = await begin()
  const { code, stderr } = await run(['verify'], { CONVERSA_DATABASE_URL: 'postgres://somebody:secret-word@127.0.0.1:9/none' })
  expect([code, stderr]).toEqual([1, 'unable to connect to 127.0.0.1:9: nobody listens there (ECONNREFUSED)\n'])
})
