import { many, quote } from './asking.ts'
import { broken, kept, keptUnless, untested } from './promise.ts'
import type { PortPromise, Subject, Verdict } from './promise.ts'
import { isUtcTime, mojibakeIn, textsIn } from './reading-text.ts'

/** A time of a row: where it stands, and whether it may lie ahead. */
export type RowTime = { readonly field: string; readonly at: string; readonly mayLieAhead?: boolean }

/** The rows of a port, as far as times, words and lists inside them go. */
export type RowWords<S, T extends object> = {
  /** With its article, such as `an order`. */
  readonly noun: string
  readonly rows: (samples: S) => readonly T[]
  readonly idOf: (row: T) => string
  readonly times: (row: T) => readonly RowTime[]
  /** Times that have to stand in this order inside a row. */
  readonly sequence?: { readonly title: string; readonly times: (row: T) => readonly string[]; readonly newest: 'first' | 'last' }
}

/** How far a backend's clock may be ahead of ours. */
const aheadMs = 10 * 60_000

/** What every row promises about its times and its text. */
export const rowPromises = <P, S, T extends object>(words: RowWords<S, T>): readonly PortPromise<P, S>[] => {
  const { noun, sequence } = words
  const on = (check: (rows: readonly T[]) => Verdict) => async ({ samples }: Subject<P, S>): Promise<Verdict> => {
    const rows = words.rows(samples)
    return rows.length === 0 ? untested('needs a row, found none') : check(rows)
  }
  const ordered: readonly PortPromise<P, S>[] =
    sequence === undefined ? [] : [{ area: 'order', title: sequence.title, check: on((rows) => areInSequence(rows, sequence, words)) }]
  return [
    ...ordered,
    { area: 'times and zones', title: `every time of ${noun} is ISO 8601 in UTC with milliseconds`, check: on((rows) => timesAreUtc(rows, words)) },
    { area: 'times and zones', title: `no time of ${noun} is still to come`, check: on((rows) => timesArePast(rows, words)) },
    { area: 'charsets', title: `the text of ${noun} is whole`, check: on((rows) => textIsWhole(rows, words)) },
  ]
}

const areInSequence = <S, T extends object>(rows: readonly T[], { times, newest }: NonNullable<RowWords<S, T>['sequence']>, { idOf }: RowWords<S, T>): Verdict => {
  const long = rows.filter((row) => times(row).length > 1)
  if (long.length === 0) return untested('needs a row with two of them, found none')
  const wrong = long.find((row) => {
    const given = times(row).map((time) => Date.parse(time))
    const sorted = given.toSorted((one, other) => (newest === 'first' ? other - one : one - other))
    return given.some((time, at) => time !== sorted[at])
  })
  return wrong ? broken(`in ${quote(idOf(wrong))} they do not come ${newest === 'first' ? 'newest' : 'oldest'} first`) : kept(many(long.length, 'row'))
}

const timesAreUtc = <S, T extends object>(rows: readonly T[], { idOf, times }: RowWords<S, T>): Verdict => {
  const all = rows.flatMap((row) => times(row).map((time) => ({ row, ...time })))
  if (all.length === 0) return untested('needs a time, found none')
  const wrong = all.find(({ at }) => !isUtcTime(at))
  return wrong ? broken(`${wrong.field} of ${quote(idOf(wrong.row))} is ${quote(wrong.at)}`) : kept(many(all.length, 'time'))
}

const timesArePast = <S, T extends object>(rows: readonly T[], { idOf, times }: RowWords<S, T>): Verdict => {
  const past = rows.flatMap((row) => times(row).filter(({ mayLieAhead }) => !mayLieAhead).map((time) => ({ row, ...time })))
  const newest = past.toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))[0]
  if (!newest) return untested('needs a time, found none')
  const ahead = Date.parse(newest.at) - Date.now()
  if (ahead <= aheadMs) return kept(`the newest is of ${newest.at}; compare one with the system's own screen`)
  return broken(`${newest.field} of ${quote(idOf(newest.row))} is ${(ahead / 3_600_000).toFixed(1)} h ahead of now: is \`timeZone\` the backend's?`)
}

const textIsWhole = <S, T extends object>(rows: readonly T[], { idOf }: RowWords<S, T>): Verdict => {
  const complaints = rows.map((row) => {
    const found = textsIn(row).map(mojibakeIn).find((one) => one !== null)
    return found == null ? null : `in ${quote(idOf(row))} stands ${found}: is \`charset\` the backend's?`
  })
  if (complaints.every((complaint) => complaint === null)) {
    const beyond = rows.filter((row) => textsIn(row).some((text) => /[^\u0000-\u007f]/.test(text))).length
    return beyond === 0 ? untested('needs text outside ASCII, found none') : kept(`${many(beyond, 'row')} with text outside ASCII`)
  }
  return keptUnless(complaints)
}
