import { describe, expect, test } from 'vitest'
import type { Blobs } from '../ports/blobs.ts'
import { sid } from './core-world.ts'
import { bytesOf, contentOf } from './world-blobs.ts'

const ONE = sid('ME', 1)
const TWO = sid('ME', 2)

/**
 * The acceptance suite of the `Blobs` port.
 *
 * @param open gives an empty place for files
 */
export function describeBlobs(name: string, open: () => Promise<Blobs>): void {
  describe(`the blobs contract on ${name}`, () => {
    test('gives what was written, all of it or a part', async () => {
      const blobs = await open()
      await blobs.write(ONE, contentOf([1, 2, 3, 4, 5]))
      await blobs.write(TWO, contentOf([9]))
      expect(await bytesOf(await blobs.read(ONE))).toEqual([1, 2, 3, 4, 5])
      expect(await bytesOf(await blobs.read(ONE, { first: 0, last: 0 }))).toEqual([1])
      expect(await bytesOf(await blobs.read(ONE, { first: 1, last: 3 }))).toEqual([2, 3, 4])
      expect(await bytesOf(await blobs.read(ONE, { first: 4, last: 4 }))).toEqual([5])
      expect(await bytesOf(await blobs.read(TWO))).toEqual([9])
    })

    test('keeps an empty file', async () => {
      const blobs = await open()
      await blobs.write(ONE, contentOf([]))
      expect(await bytesOf(await blobs.read(ONE))).toEqual([])
    })

    test('keeps large chunks and many of them', async () => {
      const blobs = await open()
      async function* content() {
        for (let at = 0; at < 20; at++) yield new Uint8Array(100_000).fill(at)
      }
      await blobs.write(ONE, content())
      let length = 0
      for await (const chunk of (await blobs.read(ONE))!) {
        const index = Math.floor(length / 100_000)
        expect(chunk[0]).toBe(index)
        length += chunk.length
      }
      expect(length).toBe(2_000_000)
    })

    test('knows nothing of what is not there', async () => {
      const blobs = await open()
      expect(await blobs.read(ONE)).toBeUndefined()
      await blobs.remove(ONE)
    })

    test('keeps nothing of a content that breaks off, and passes its error on', async () => {
      const blobs = await open()
      async function* broken() {
        yield Uint8Array.of(1, 2, 3)
        throw new RangeError('broken')
      }
      await expect(blobs.write(ONE, broken())).rejects.toThrow(RangeError)
      expect(await blobs.read(ONE)).toBeUndefined()
      await blobs.write(ONE, contentOf([1]))
      expect(await bytesOf(await blobs.read(ONE))).toEqual([1])
    })

    test('shows nothing of a file before it is whole', async () => {
      const blobs = await open()
      const { promise, resolve } = Promise.withResolvers<void>()
      async function* slow() {
        yield Uint8Array.of(1)
        await promise
      }
      const written = blobs.write(ONE, slow())
      expect(await blobs.read(ONE)).toBeUndefined()
      resolve()
      await written
      expect(await bytesOf(await blobs.read(ONE))).toEqual([1])
    })

    test('removes, and removing again is fine', async () => {
      const blobs = await open()
      await blobs.write(ONE, contentOf([1]))
      await blobs.write(TWO, contentOf([2]))
      await blobs.remove(ONE)
      await blobs.remove(ONE)
      expect(await blobs.read(ONE)).toBeUndefined()
      expect(await bytesOf(await blobs.read(TWO))).toEqual([2])
    })

    test('a file that was being read when it was removed is read to its end', async () => {
      const blobs = await open()
      await blobs.write(ONE, contentOf([1, 2, 3]))
      const content = await blobs.read(ONE)
      await blobs.remove(ONE)
      expect(await bytesOf(content)).toEqual([1, 2, 3])
    })
  })
}
