import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeBlobs } from '@conversa/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openFileBlobs } from './file-blobs.ts'

const SID = `ME${'0123456789abcdef'.repeat(2)}`

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'conversa-files-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

async function* content(text: string) {
  yield new TextEncoder().encode(text)
}

const filesIn = async (path: string) =>
  (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))

describeBlobs('files', async () => openFileBlobs(await folder()))

describe('files in a folder', () => {
  test('have our keys as names, in folders by their last letters, and only their owner may read them', async () => {
    const path = await folder()
    const blobs = await openFileBlobs(join(path, 'media'))
    await blobs.write(SID, content('hello'))
    const file = join(path, 'media', 'def', SID)
    expect(await filesIn(path)).toEqual([file])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    for (const one of ['media', 'media/incoming', 'media/def']) {
      expect((await stat(join(path, one))).mode & 0o777, one).toBe(0o700)
    }
  })

  test.each([
    '../../etc/passwd',
    '',
    'ME',
    SID.toUpperCase(),
    `${SID}/x`,
    `${SID}\0`,
    `${SID}\n`,
    `${SID}0`,
    '..',
    '/etc/passwd',
  ])('%j is no key', async (key) => {
    const path = await folder()
    const blobs = await openFileBlobs(path)
    await expect(blobs.write(key, content('x'))).rejects.toThrow('its key is not a SID')
    await expect(blobs.read(key)).rejects.toThrow('its key is not a SID')
    await expect(blobs.remove(key)).rejects.toThrow('its key is not a SID')
    expect(await filesIn(path)).toEqual([])
  })

  test('of an interrupted process go with their record', async () => {
    const path = await folder()
    const blobs = await openFileBlobs(path)
    await writeFile(join(path, 'incoming', SID), 'half of i')
    expect(await blobs.read(SID)).toBeUndefined()
    await blobs.remove(SID)
    expect(await filesIn(path)).toEqual([])
  })

  test('are there after the folder was opened again', async () => {
    const path = await folder()
    await (await openFileBlobs(path)).write(SID, content('hello'))
    const again = await openFileBlobs(path)
    let text = ''
    for await (const chunk of (await again.read(SID))!) text += new TextDecoder().decode(chunk)
    expect(text).toBe('hello')
  })

  test('leave nothing behind when their folder cannot be written', async () => {
    const path = await folder()
    const blobs = await openFileBlobs(path)
    // A file where the folder should be.
    await writeFile(join(path, 'def'), '')
    await expect(blobs.write(SID, content('hello'))).rejects.toThrow('EEXIST')
    expect(await readdir(join(path, 'incoming'))).toEqual([])
  })
})
