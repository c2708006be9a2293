/**
 * Answers that are under way may be older than what was heard meanwhile. Each question keeps the set of conversations about which
 * the user's own scope spoke since it was asked: what an answer says of those is not to be trusted.
 */
export class Doubt {
  readonly #questions = new Set<Set<string>>()

  /** The user's own scope spoke of a conversation. */
  cast(sid: string): void {
    for (const question of this.#questions) question.add(sid)
  }

  /**
   * Asks a question.
   *
   * @returns the answer, and the conversations that it may be wrong about
   */
  async ask<T>(question: Promise<T>): Promise<{ readonly answer: T; readonly doubtful: ReadonlySet<string> }> {
    const doubtful = new Set<string>()
    this.#questions.add(doubtful)
    try {
      return { answer: await question, doubtful }
    } finally {
      this.#questions.delete(doubtful)
    }
  }
}
