import { isDeepStrictEqual } from 'node:util'
import type { CallOptions, Page, Row, Window } from '../fuse/call.ts'
import { BackendFailure } from '../fuse/errors.ts'
import { forEachOf, many, patiently } from './asking.ts'
import { broken, kept, keptUnless, steadily, untested } from './promise.ts'
import type { PortPromise, Subject, Verdict } from './promise.ts'

/** A list that is read window by window. */
export type Listing<P, S, T extends object> = {
  readonly what: string
  /** Null where the samples do not say what to list. */
  list(samples: S): ((backend: P, window: Window, opt: CallOptions) => Promise<Page<T>>) | null
}

type ReadWindow<T extends object> = (offset: number, limit: number) => Promise<Page<T>>
type Checked<T extends object> = { readonly read: ReadWindow<T>; readonly whole: Page<T> }

const abreast = 8
/** Rows of the list that are looked at. */
const depth = 60

/** What every list promises about its windows. */
export const listPromises = <P, S, T extends object>(listing: Listing<P, S, T>): readonly PortPromise<P, S>[] => {
  const { what } = listing
  const on = (check: (checked: Checked<T>) => Promise<Verdict>) => async (subject: Subject<P, S>): Promise<Verdict> => {
    const list = listing.list(subject.samples)
    if (list === null) return untested('needs a list with rows: nothing lists any')
    const read: ReadWindow<T> = (offset, limit) => list(subject.backend, { offset, limit }, patiently(subject))
    return steadily(async () => {
      const whole = await read(0, depth)
      return whole.rows.length < 2 ? untested(`needs two rows, found ${whole.rows.length === 0 ? 'none' : 'one'}`) : check({ read, whole })
    })
  }
  return [
    { area: 'paging', title: `every window of ${what} is a slice of the whole`, check: on(windowsAreSlices) },
    { area: 'paging', title: `pages of ${what} above and below a hundred rows are the same rows`, check: on(largeIsSmall) },
    { area: 'paging', title: `the end of ${what} is where hasMore and totalCount say`, check: on(endIsTheEnd) },
    { area: 'paging', title: `a window of ${what} with a limit of 0, or past the end, is empty`, check: on(emptyWindows) },
  ]
}

const plain = <T extends object>(rows: readonly Row<T>[]): readonly unknown[] => rows.map((row) => (row instanceof BackendFailure ? row.name : row))
const isSame = <T extends object>(one: readonly Row<T>[], other: readonly Row<T>[]) => isDeepStrictEqual(plain(one), plain(other))

/** Every offset with one limit, and some with others: enough to catch a page that is off by one, without asking a live system two thousand times. */
const windowsOver = (length: number): readonly Window[] => {
  const offsets = [...Array(length + 2).keys()]
  return [
    ...offsets.map((offset) => ({ offset, limit: 7 })),
    ...[1, 2, 10, 25].flatMap((limit) => offsets.filter((offset) => offset % 9 === 0 || offset % Math.max(limit, 5) === 0).map((offset) => ({ offset, limit }))),
  ].filter(({ offset }) => offset < length)
}

const windowsAreSlices = async <T extends object>({ read, whole }: Checked<T>): Promise<Verdict> => {
  const { rows, totalCount } = whole
  const windows = windowsOver(rows.length)
  const complaints = await forEachOf(windows, abreast, async ({ offset, limit }) => {
    const page = await read(offset, limit)
    const at = `offset ${offset} limit ${limit}`
    const end = Math.min(offset + limit, rows.length)
    if (!isSame(page.rows.slice(0, end - offset), rows.slice(offset, end))) return `${at} is no slice of the first ${rows.length} rows`
    if (page.rows.length > limit) return `${at} gave ${page.rows.length} rows`
    if (page.totalCount !== totalCount) return `${at} counts ${page.totalCount ?? 'nothing'} where the whole counts ${totalCount ?? 'nothing'}`
    if (offset + limit < rows.length && !page.hasMore) return `${at} says that there is no more, and there is`
    return null
  })
  return keptUnless(complaints, `${windows.length} windows over ${rows.length} rows`)
}

const largeIsSmall = async <T extends object>({ read }: Checked<T>): Promise<Verdict> => {
  const large = await read(0, 250)
  const small = await forEachOf([...Array(10).keys()], abreast, (page) => read(page * 25, 25))
  const together = small.flatMap(({ rows }) => rows)
  if (isSame(large.rows, together)) return kept(many(large.rows.length, 'row'))
  return broken(`a limit of 250 gave ${large.rows.length} rows, ten pages of 25 gave ${together.length}${large.rows.length === together.length ? ' others' : ''}`)
}

const endIsTheEnd = async <T extends object>({ read, whole }: Checked<T>): Promise<Verdict> => {
  const { rows, totalCount, hasMore } = whole
  if (totalCount === null) return endWithoutCount(whole)
  if (totalCount < rows.length) return broken(`${rows.length} rows, and a count of ${totalCount}`)
  if (hasMore !== rows.length < totalCount) return broken(`${rows.length} of ${totalCount} rows, and hasMore is ${hasMore}`)
  const from = Math.max(0, totalCount - 3)
  const last = await read(from, 10)
  const short = await read(from, 2)
  return keptUnless([
    last.rows.length === totalCount - from ? null : `of ${totalCount} rows the last ${totalCount - from} were asked for, and ${last.rows.length} came`,
    last.hasMore ? 'the last page says that there is more' : null,
    short.hasMore === from + 2 < totalCount ? null : 'the page before the last row says that there is no more',
  ], many(totalCount, 'row'))
}

const endWithoutCount = <T extends object>({ rows, hasMore }: Page<T>): Verdict => {
  if (rows.length < depth && hasMore) return broken(`${rows.length} rows where ${depth} were asked for, and it says that there is more`)
  return kept('the backend does not count')
}

const emptyWindows = async <T extends object>({ read, whole }: Checked<T>): Promise<Verdict> => {
  const past = (whole.totalCount ?? 1_000_000) + 50
  const none = await read(0, 0)
  const beyond = await read(past, 5)
  return keptUnless([
    none.rows.length === 0 ? null : `a limit of 0 gave ${none.rows.length} rows`,
    none.hasMore ? null : 'a limit of 0 says that there is no more, and there is',
    beyond.rows.length === 0 ? null : `offset ${past} gave ${beyond.rows.length} rows`,
    beyond.hasMore ? `offset ${past} says that there is more` : null,
  ])
}
