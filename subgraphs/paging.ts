import type { Page, Row, Window } from '../fuse/call.ts'
import type { Cursors } from './cursors.ts'
import { badInput } from './errors.ts'

/** The most rows that one page may ask for. */
const maxFirst = 100

export type PageArgs = { readonly first: number; readonly after?: string | null | undefined }

/** The window that `first` and `after` ask for. Throws `BAD_USER_INPUT` where they can't be served. */
export const windowOf = (cursors: Cursors, list: readonly unknown[], { first, after }: PageArgs): Window => {
  if (first < 0 || first > maxFirst) throw badInput(`first is 0 to ${maxFirst}, not ${first}`, 'first')
  return { offset: after == null ? 0 : cursors.open(list, after), limit: first }
}

/** A page as a Relay connection without edges. A row that can't be read stays at its place, as its error. */
export const toConnection = <T, N>(cursors: Cursors, list: readonly unknown[], window: Window, page: Page<T>, toNode: (row: T) => N) => {
  const end = window.offset + page.rows.length
  return {
    nodes: page.rows.map((row: Row<T>) => (row === null || row instanceof Error ? row : toNode(row))),
    totalCount: page.totalCount,
    pageInfo: {
      hasNextPage: page.hasMore,
      hasPreviousPage: window.offset > 0,
      startCursor: page.rows.length === 0 ? null : cursors.seal(list, window.offset),
      endCursor: page.rows.length === 0 ? null : cursors.seal(list, end),
    },
  }
}
