import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Rows of a removed conversation that go in one step, so that a big one never holds up the others. */
const STEP = 500

/** Deletes what belonged to removed conversations, a little with each commit, also after a restart. */
export class Sweeper {
  readonly #next: StatementSync
  readonly #steps: readonly StatementSync[]
  readonly #done: StatementSync
  readonly #transact: (step: () => boolean) => Promise<boolean>
  #running: Promise<void> | undefined
  /** Whether something was removed since the last step looked. */
  #isWanted = false
  #stopped = false

  /** @param transact runs a step within a commit */
  constructor(database: DatabaseSync, transact: (step: () => boolean) => Promise<boolean>) {
    this.#transact = transact
    this.#next = database.prepare('SELECT conversation_id AS id FROM sweeps LIMIT 1')
    this.#done = database.prepare('DELETE FROM sweeps WHERE conversation_id = ?')
    const step = (table: string, key: string) =>
      database.prepare(
        `DELETE FROM ${table} WHERE (conversation_id, ${key}) IN
         (SELECT conversation_id, ${key} FROM ${table} WHERE conversation_id = ? LIMIT ${STEP})`,
      )
    // Files are removed by whoever keeps them; here their rows are marked for it.
    const free = database.prepare(
      `UPDATE media SET state = 'removed', key = NULL, conversation_id = NULL, idx = NULL
       WHERE id IN (SELECT id FROM media WHERE conversation_id = ? LIMIT ${STEP})`,
    )
    this.#steps = [
      step('messages', 'idx'),
      step('receipts', 'idx'),
      step('conversation_events', 'revision'),
      step('participants', 'sid'),
      free,
    ]
  }

  /** Begins to sweep, or goes on when it is about to end. */
  start(): void {
    this.#isWanted = true
    if (!this.#stopped) this.#running ??= this.#sweep()
  }

  /** Ends after the step under way; the rest waits for the next start of the program. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #sweep(): Promise<void> {
    try {
      while (!this.#stopped && this.#isWanted) {
        this.#isWanted = false
        if (await this.#transact(() => this.#step())) this.#isWanted = true
      }
    } catch {
      // The disk refuses writes now; what is left is found again at the next removal or start.
    }
    this.#running = undefined
  }

  #step(): boolean {
    const id = this.#next.get()?.id
    if (id === undefined) return false
    const deleted = this.#steps.reduce((sum, statement) => sum + Number(statement.run(Number(id)).changes), 0)
    if (deleted === 0) this.#done.run(Number(id))
    return true
  }
}
