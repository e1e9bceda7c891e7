import { isDeepStrictEqual } from 'node:util'
import type { CallOptions, Page } from '../fuse/call.ts'
import { asking, broken, kept, told, untested } from './pledge.ts'
import type { Pledge, Subject, Verdict } from './pledge.ts'

/** A read of a window of a longer list. */
export type Listing<P> = {
  readonly name: string
  readonly page: (backend: P, window: { readonly offset: number; readonly limit: number }, opt: CallOptions) => Promise<Page<unknown>>
  /** Whether `later` may stand behind `earlier`. */
  readonly inOrder: (earlier: unknown, later: unknown) => boolean
  readonly sorted: string
}

const wholeRows = 60
const windows = [[0, 1], [0, 5], [3, 5], [5, 5], [7, 3], [1, 20], [19, 2], [0, 60], [30, 25], [59, 5]] as const

const readable = (rows: readonly unknown[]) => rows.map((row) => (row instanceof Error ? 'unreadable' : row))

const slices = async <P>({ backend }: Subject<P>, { page }: Listing<P>): Promise<Verdict> => {
  const whole = await page(backend, { offset: 0, limit: wholeRows }, asking())
  if (whole.rows.length < 2) return untested(`needs a list of two rows, and found ${whole.rows.length}`)
  const isAll = !whole.hasMore
  for (const [offset, limit] of windows) {
    if (offset + limit > wholeRows && !isAll) continue
    const { rows, hasMore, totalCount } = await page(backend, { offset, limit }, asking())
    const expected = whole.rows.slice(offset, offset + limit)
    if (!isDeepStrictEqual(readable(rows), readable(expected))) return broken(`rows ${offset} to ${offset + limit} are not that part of the first ${wholeRows}`)
    const more = whole.rows.length > offset + limit || whole.hasMore
    if (hasMore !== more) return broken(`rows ${offset} to ${offset + limit} say that there ${hasMore ? 'is more' : 'is no more'}`)
    if (totalCount !== whole.totalCount) return broken(`the count is ${told(totalCount)} at ${offset}, and ${told(whole.totalCount)} at 0`)
  }
  if (whole.totalCount !== null && isAll && whole.totalCount !== whole.rows.length) return broken(`counts ${whole.totalCount}, and has ${whole.rows.length}`)
  return kept(`${windows.length} windows of ${whole.rows.length} rows`)
}

const beyond = async <P>({ backend }: Subject<P>, { page }: Listing<P>): Promise<Verdict> => {
  const { rows, hasMore } = await page(backend, { offset: 1_000_000, limit: 10 }, asking())
  if (rows.length > 0 || hasMore) return broken(`${rows.length} rows from the millionth on`)
  const none = await page(backend, { offset: 0, limit: 0 }, asking())
  return none.rows.length > 0 ? broken(`${none.rows.length} rows for a limit of 0`) : kept()
}

const ordered = async <P>({ backend }: Subject<P>, { page, inOrder, sorted }: Listing<P>): Promise<Verdict> => {
  const { rows } = await page(backend, { offset: 0, limit: wholeRows }, asking())
  const there = rows.filter((row) => row !== null && !(row instanceof Error))
  if (there.length < 2) return untested(`needs a list of two rows, and found ${there.length}`)
  const wrong = there.findIndex((row, index) => index > 0 && !inOrder(there[index - 1], row))
  return wrong >= 0 ? broken(`row ${wrong} is not ${sorted}: ${told(there[wrong])}`) : kept(`${there.length} rows`)
}

/** What holds for each list. */
export const listingPledges = <P>(listing: Listing<P>): readonly Pledge<P>[] => [
  { area: 'paging', title: `${listing.name} gives any window as a part of the whole list, and says whether there is more`, check: (subject) => slices(subject, listing) },
  { area: 'paging', title: `${listing.name} gives nothing past the end, nor for a limit of 0`, check: (subject) => beyond(subject, listing) },
  { area: 'order', title: `${listing.name} is ${listing.sorted}`, check: (subject) => ordered(subject, listing) },
]
