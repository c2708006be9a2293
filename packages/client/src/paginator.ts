import { failure } from './errors.ts'

/** One page of a list, and the way to its neighbours. */
export interface Paginator<T> {
  /** What is on this page. */
  items: T[]
  /** Whether there is a page after this one: of newer messages, of conversations of less recent activity. */
  hasNextPage: boolean
  /** Whether there is a page before this one: of older messages, of conversations of more recent activity. */
  hasPrevPage: boolean
  /** @returns the page after this one; rejects when there is none */
  nextPage(): Promise<Paginator<T>>
  /** @returns the page before this one; rejects when there is none */
  prevPage(): Promise<Paginator<T>>
}

/** What is asked for of a list. */
export interface PaginatorOptions {
  pageSize?: number
}

/** Asks for a neighbouring page; undefined where there is none. */
export type Turn<T> = (() => Promise<RestPaginator<T>>) | undefined

/** One page of a list that the server keeps. */
export class RestPaginator<T> implements Paginator<T> {
  /** What is on this page. */
  readonly items: T[]
  readonly #next: Turn<T>
  readonly #previous: Turn<T>

  /** @internal */
  constructor(items: T[], next: Turn<T>, previous: Turn<T>) {
    this.items = items
    this.#next = next
    this.#previous = previous
  }

  /** Whether there is a page after this one: of newer messages, of conversations of less recent activity. */
  get hasNextPage(): boolean {
    return this.#next !== undefined
  }

  /** Whether there is a page before this one: of older messages, of conversations of more recent activity. */
  get hasPrevPage(): boolean {
    return this.#previous !== undefined
  }

  /** @returns the page after this one; rejects when there is none */
  nextPage(): Promise<RestPaginator<T>> {
    return turn(this.#next)
  }

  /** @returns the page before this one; rejects when there is none */
  prevPage(): Promise<RestPaginator<T>> {
    return turn(this.#previous)
  }
}

/** @returns the only page of an empty list */
export function nothing<T>(): Paginator<T> {
  return new RestPaginator<T>([], undefined, undefined)
}

async function turn<T>(to: Turn<T>): Promise<RestPaginator<T>> {
  if (!to) throw failure('parameterInvalid', { page: 'none' })
  return to()
}
