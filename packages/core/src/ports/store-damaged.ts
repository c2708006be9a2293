/** What a store throws of data that is not what was written: the disk changed it. */
export class StoreDamaged extends Error {
  /** @param what is damaged; nothing that people wrote */
  constructor(what: string, cause?: unknown) {
    super(
      `unable to read the store: ${what} is damaged. Stop the server, look at all of it with \`conversa verify\`, and restore a backup with \`conversa restore\``,
      { cause },
    )
  }
}
