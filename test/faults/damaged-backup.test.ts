import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openFileBlobs } from '@conversa/adapters/files'
import { keepChecksums, restoreBackup } from '@conversa/adapters/sqlite'
import { Client } from '@conversa/client'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { call } from '../command-line/call.ts'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'

/* A backup is looked at before anything is replaced by it: its rows, and the bytes of its files, which are most of it. */

afterAll(endServerProcesses)

/** What is in the middle of a file of a message, in pages of their own, to be found among the bytes of a backup. */
const MARK = 'a file of Anna '
const CONTENT = '.'.repeat(90_000) + MARK.repeat(1000) + '.'.repeat(95_000)

async function folderOfTest(): Promise<string> {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return folder.path
}

/** A backup as it comes by HTTP, without the command, of a server that has one file of 200,000 bytes. */
async function fetched() {
  const [data, elsewhere] = [await folderOfTest(), await folderOfTest()]
  const server = await ServerProcess.start({ data })
  const client = await Client.create(await server.token('anna'), { url: server.url })
  const conversation = await client.createConversation()
  await conversation.join()
  const form = new FormData()
  form.append('file', new Blob([CONTENT], { type: 'text/plain' }), 'a.txt')
  await conversation.sendMessage(form)
  await client.shutdown()
  const { authToken } = JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8'))
  const headers = { authorization: `Basic ${btoa(`operator:${authToken}`)}` }
  const answer = await fetch(`${server.url}/conversa/v1/Backup`, { headers })
  expect(answer.status).toBe(200)
  const bytes = Buffer.from(await answer.arrayBuffer())
  await server.stop()
  const file = join(elsewhere, 'fetched.backup')
  const path = join(elsewhere, 'restored', 'conversa.db')
  const restore = async (content: Uint8Array) => {
    writeFileSync(file, content)
    return restoreBackup({ file, path, blobs: await openFileBlobs(join(elsewhere, 'restored', 'media')) })
  }
  return { data, elsewhere, file, path, restore, bytes }
}

/** The same bytes with one bit of a file of a message changed. */
function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  const at = copy.indexOf(MARK)
  expect(at).toBeGreaterThan(0)
  copy[at] = (copy[at] as number) ^ 1
  return copy
}

describe('a backup that was fetched without the command', () => {
  test('is restored when it is whole, and refused when a bit of a file flipped', { timeout: 60_000 }, async () => {
    const { restore, path, bytes } = await fetched()
    expect(await restore(bytes)).toEqual({ files: 1, areFilesChecked: true })
    const before = readFileSync(path)
    await expect(restore(flipped(bytes))).rejects.toThrow(/unable to restore .*: part \d of the file ME\w+ is damaged/)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test('is refused wherever it was cut off', { timeout: 120_000 }, async () => {
    const { restore, path, bytes } = await fetched()
    for (const kept of [0, 1, 100, 4096, bytes.length / 4, bytes.length / 2, bytes.length - 4096, bytes.length - 1]) {
      await expect(restore(bytes.subarray(0, kept)), `${kept} of ${bytes.length}`).rejects.toThrow(/unable to restore/)
    }
    expect(existsSync(path)).toBe(false)
  })

  test('is restored when an older program made it, which says that its files have no checksums', {
    timeout: 60_000,
  }, async () => {
    const { elsewhere, restore, file, bytes } = await fetched()
    writeFileSync(file, bytes)
    const database = new DatabaseSync(file)
    database.exec("ALTER TABLE backup_parts DROP COLUMN crc; DELETE FROM meta WHERE name = 'backup format'")
    database.close()
    const older = readFileSync(file)
    expect(await restore(older)).toEqual({ files: 1, areFilesChecked: false })
    expect(await call(['restore', file], { CONVERSA_DATA: join(elsewhere, 'another') })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/with 1 files of messages; an older program made the backup, without checksums/),
    })
  })

  test('is refused when a newer program made it', { timeout: 60_000 }, async () => {
    const { restore, file, bytes } = await fetched()
    writeFileSync(file, bytes)
    const database = new DatabaseSync(file)
    keepChecksums(database)
    database.exec("UPDATE meta SET value = '3' WHERE name = 'backup format'")
    database.close()
    await expect(restore(readFileSync(file))).rejects.toThrow(/a newer program made it/)
  })
})

describe('conversa backup', () => {
  test('leaves no backup when a file of it came damaged, or not all of it came', { timeout: 60_000 }, async () => {
    const { data, elsewhere, bytes } = await fetched()
    const [file, damaged] = [join(elsewhere, 'new.backup'), flipped(bytes)]
    let isCutOff = false
    const door = createServer((_, response) => {
      response.setHeader('content-type', 'application/vnd.sqlite3')
      if (isCutOff) response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
      else response.end(damaged)
    })
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void door.close())
    const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}`
    const backUp = () => call(['backup', file, '--url', url], { CONVERSA_DATA: data })
    expect(await backUp()).toMatchObject({ code: 1, stderr: expect.stringMatching(/there is no backup: part \d of the file/) })
    isCutOff = true
    expect(await backUp()).toMatchObject({ code: 1 })
    expect(existsSync(file) || existsSync(`${file}.partial`)).toBe(false)
  })
})
