/** What both kinds of SQL database give of a table: its columns by their names, which are the same in both. */
export type Row = Record<string, unknown>

/** What one of them keeps as 1 and the other one as true. */
export const isTrue = (value: unknown): boolean => value === true || value === 1

/** Comes after every other text, as stores sort them. */
export const LAST_TEXT = '\u{10ffff}'
