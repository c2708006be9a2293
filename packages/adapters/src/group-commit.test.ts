import type { Tx } from '@conversa/core'
import { describe, expect, test } from 'vitest'
import { type Backend, GroupCommit } from './group-commit.ts'

/** A backend that writes down what it is told, and fails when it is told to. */
class Ledger implements Backend {
  readonly tx = {} as Tx
  readonly log: string[] = []
  failing: Partial<Record<'begin' | 'commit' | 'rollback', number>> = {}

  begin(): void {
    this.#happen('begin')
  }

  commit(): void {
    this.#happen('commit')
  }

  rollback(): void {
    this.#happen('rollback')
  }

  #happen(what: 'begin' | 'commit' | 'rollback'): void {
    this.log.push(what)
    const left = this.failing[what] ?? 0
    if (left === 0) return
    this.failing[what] = left - 1
    throw new Error(`no ${what}`)
  }
}

function begin() {
  const ledger = new Ledger()
  const turns: (() => void)[] = []
  const sizes: number[] = []
  const commits = new GroupCommit(
    ledger,
    (run) => turns.push(run),
    (size) => sizes.push(size),
  )
  const work = (name: string, fails = false) =>
    commits.transact(async () => {
      ledger.log.push(name)
      await Promise.resolve()
      if (fails) throw new Error(`no ${name}`)
      return name
    })
  const read = (name: string) =>
    commits.read(async () => {
      ledger.log.push(name)
      await Promise.resolve()
      return name
    })
  /** Ends the turn of the event loop, and waits until what that begins is over. */
  const turn = async () => {
    for (const run of turns.splice(0)) run()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { ledger, turns, sizes, commits, work, read, turn }
}

describe('a group', () => {
  test('is what came in one turn of the event loop, committed once, and settles after that in its order', async () => {
    const { ledger, turns, sizes, work, turn } = begin()
    const settled: string[] = []
    for (const name of ['a', 'b', 'c']) void work(name).then((value) => settled.push(value, `${ledger.log.at(-1)}`))
    expect(turns).toHaveLength(1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(ledger.log).toEqual([])
    await turn()
    expect(ledger.log).toEqual(['begin', 'a', 'b', 'c', 'commit'])
    expect(settled).toEqual(['a', 'commit', 'b', 'commit', 'c', 'commit'])
    expect(sizes).toEqual([3])
    void work('d')
    await turn()
    expect(ledger.log.slice(5)).toEqual(['begin', 'd', 'commit'])
  })

  test('has a largest size', async () => {
    const { sizes, work, turn } = begin()
    const works = Array.from({ length: 2500 }, (_, at) => work(`${at}`))
    await turn()
    expect(await Promise.all(works)).toEqual(works.map((_, at) => `${at}`))
    expect(sizes).toEqual([1024, 1024, 452])
  })

  test('takes what comes while it runs into the next one', async () => {
    const { ledger, commits, work, turn } = begin()
    const inner: Promise<string>[] = []
    void commits.transact(() => {
      inner.push(work('inner'))
    })
    await turn()
    expect(ledger.log).toEqual(['begin', 'commit'])
    await turn()
    expect(ledger.log).toEqual(['begin', 'commit', 'begin', 'inner', 'commit'])
    expect(await Promise.all(inner)).toEqual(['inner'])
  })

  test('is never empty', async () => {
    const { ledger, sizes, commits, work, turn } = begin()
    const gate = Promise.withResolvers<void>()
    void commits.read(() => gate.promise)
    void work('a')
    await turn()
    void work('b')
    gate.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    await turn()
    expect(ledger.log).toEqual(['begin', 'a', 'b', 'commit'])
    expect(sizes).toEqual([2])
  })
})

describe('a work that throws', () => {
  test('fails alone: the group is rolled back, and its works run again one by one, in their order', async () => {
    const { ledger, sizes, work, turn } = begin()
    const settled: string[] = []
    const works = [work('a'), work('b', true), work('c'), work('d', true)]
    for (const one of works) {
      void one.then(
        (value) => settled.push(value),
        (error: Error) => settled.push(error.message),
      )
    }
    await turn()
    expect(settled).toEqual(['a', 'no b', 'c', 'no d'])
    const alone = ['begin', 'a', 'commit', 'begin', 'b', 'rollback', 'begin', 'c', 'commit', 'begin', 'd', 'rollback']
    expect(ledger.log).toEqual(['begin', 'a', 'b', 'rollback', ...alone])
    expect(sizes).toEqual([1, 1])
  })

  test('may throw at once instead of later', async () => {
    const { ledger, commits, turn } = begin()
    const work = commits.transact(() => {
      throw new Error('at once')
    })
    work.catch(() => {})
    await turn()
    await expect(work).rejects.toThrow('at once')
    expect(ledger.log).toEqual(['begin', 'rollback'])
  })

  test('holds up nothing that comes after it', async () => {
    const { work, turn } = begin()
    const failed = work('a', true)
    failed.catch(() => {})
    await turn()
    const next = work('b')
    await turn()
    expect(await next).toBe('b')
    await expect(failed).rejects.toThrow('no a')
  })
})

describe('a store that fails', () => {
  test.each(['begin', 'commit'] as const)('once at %s of a group: every work is tried alone', async (where) => {
    const { ledger, work, turn } = begin()
    ledger.failing = { [where]: 1 }
    const works = [work('a'), work('b')]
    await turn()
    expect(await Promise.all(works)).toEqual(['a', 'b'])
    expect(ledger.log.slice(-6)).toEqual(['begin', 'a', 'commit', 'begin', 'b', 'commit'])
    expect(ledger.log).toContain('rollback')
  })

  test.each(['begin', 'commit'] as const)('at every %s: every work is told', async (where) => {
    const { ledger, sizes, work, turn } = begin()
    ledger.failing = { [where]: 99 }
    const works = [work('a'), work('b')]
    const told = Promise.allSettled(works)
    await turn()
    expect((await told).map((one) => one.status === 'rejected' && String(one.reason))).toEqual([
      `Error: no ${where}`,
      `Error: no ${where}`,
    ])
    expect(sizes).toEqual([])
    ledger.failing = {}
    const next = work('c')
    await turn()
    expect(await next).toBe('c')
  })

  test('at one work alone: the others are stored', async () => {
    const { ledger, work, turn } = begin()
    ledger.failing = { commit: 2 }
    const told = Promise.allSettled([work('a'), work('b'), work('c')])
    await turn()
    expect((await told).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  })

  test('even at the rollback: every work is told, and nothing happens in what is broken before it is undone', async () => {
    const { ledger, work, read, turn } = begin()
    ledger.failing = { rollback: 3 }
    const told = Promise.allSettled([work('a'), work('b', true), work('c')])
    await turn()
    expect((await told).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await expect(read('r')).rejects.toThrow('no rollback')
    const early = work('d')
    early.catch(() => {})
    await turn()
    await expect(early).rejects.toThrow('no rollback')
    expect(ledger.log.filter((entry) => entry !== 'rollback')).toEqual(['begin', 'a', 'b'])
    expect(await read('r')).toBe('r')
    const late = work('e')
    await turn()
    expect(await late).toBe('e')
  })
})

describe('a read', () => {
  test('runs at once when nothing else does', async () => {
    const { ledger, read } = begin()
    const value = read('r')
    expect(ledger.log).toEqual(['r'])
    expect(await value).toBe('r')
  })

  test('waits for the group that runs, and goes before the next one', async () => {
    const { ledger, commits, work, read, turn } = begin()
    void commits.transact(() => {
      void read('r1')
      void work('later')
      void read('r2')
    })
    void work('same')
    await turn()
    await turn()
    expect(ledger.log).toEqual(['begin', 'same', 'commit', 'r1', 'r2', 'begin', 'later', 'commit'])
  })

  test('waits for all of a group whose works run one by one', async () => {
    const { ledger, commits, work, read, turn } = begin()
    const broken = commits.transact(() => {
      void read('r')
      throw new Error('no')
    })
    broken.catch(() => {})
    void work('b')
    await turn()
    expect(ledger.log.indexOf('r')).toBeGreaterThan(ledger.log.lastIndexOf('commit'))
  })

  test('that throws is told so, and holds up nothing', async () => {
    const { commits, read } = begin()
    await expect(
      commits.read(() => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await expect(commits.read(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await read('r')).toBe('r')
  })
})

describe('settled', () => {
  test('is at once when there is nothing', async () => {
    const { commits } = begin()
    await commits.settled()
  })

  test('waits for writes that wait for the end of the turn, for reads and for failures', async () => {
    const { commits, work, read, turn } = begin()
    const done: string[] = []
    const broken = work('broken', true)
    broken.catch(() => done.push('broken'))
    void work('a').then((name) => done.push(name))
    void read('r').then((name) => done.push(name))
    const settled = commits.settled().then(() => done.push('settled'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(done).toEqual(['r'])
    await turn()
    await settled
    expect(done).toEqual(['r', 'broken', 'a', 'settled'])
  })
})
