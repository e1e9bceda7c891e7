import type { CallOptions, Row } from '../fuse/call.ts'
import { asking, broken, kept, told, untested } from './pledge.ts'
import type { Pledge, Subject, Verdict } from './pledge.ts'

/** Rows to look at: a few dozen of them, whatever they are. */
export type Glance<P> = (backend: P, subject: Subject<P>, opt: CallOptions) => Promise<readonly Row<unknown>[]>

type Leaf = { readonly path: string; readonly text: string }

const leavesOf = (value: unknown, path = ''): readonly Leaf[] => {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null || value instanceof Error) return []
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, path === '' ? key : `${path}.${key}`))
}

const isTime = ({ path }: Leaf) => /(?:At|Delivery)$/.test(path)

/** UTF-8 read as Latin-1 or Windows-1252, GBK's replacement of a replacement character, and the character itself. */
const mojibake = /\ufffd|锟斤拷|烫烫烫|[ÃÂ][\u0080-\u00bf]|[äåæçèé][\u0080-\u00bf\u2010-\u2122][\u0080-\u00bf\u2010-\u2122]?/

const futureMs = 36 * 3_600_000

const glanced = async <P>(subject: Subject<P>, glance: Glance<P>, look: (leaves: readonly Leaf[], rows: number) => Verdict): Promise<Verdict> => {
  const rows = await glance(subject.backend, subject, asking())
  const there = rows.filter((row) => row !== null && !(row instanceof Error))
  return there.length === 0 ? untested('no row was found; name some with --sample') : look(there.flatMap((row) => leavesOf(row)), there.length)
}

const lookAtTimes = (leaves: readonly Leaf[]): Verdict => {
  const times = leaves.filter(isTime)
  const odd = times.find(({ text }) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) || Number.isNaN(Date.parse(text)))
  if (odd) return broken(`${odd.path} is ${told(odd.text)}, not ISO 8601 in UTC with milliseconds`)
  return times.length === 0 ? untested('no row has a time') : kept(`${times.length} times`)
}

/** A zone set too far east makes the newest times late, and one too far west puts them into the future; only that can be seen from here. */
const lookForFuture = (now: number) => (leaves: readonly Leaf[]): Verdict => {
  const past = leaves.filter((leaf) => isTime(leaf) && !leaf.path.endsWith('Delivery'))
  const late = past.find(({ text }) => Date.parse(text) > now + 60_000)
  if (past.length === 0) return untested('no row has a time that has passed')
  if (!late) return kept(`${past.length} times`)
  const hint = Date.parse(late.text) - now < futureMs ? '; timeZone may be wrong' : ''
  return broken(`${late.path} is ${late.text}, which has not come yet${hint}`)
}

const lookAtTexts = (leaves: readonly Leaf[], rows: number): Verdict => {
  const spoilt = leaves.find(({ text }) => mojibake.test(text) || !text.isWellFormed())
  if (spoilt) return broken(`${spoilt.path} looks as if it was read in another charset: ${told(spoilt.text)}`)
  const beyondAscii = leaves.filter(({ text }) => /[^\x00-\x7f]/.test(text)).length
  return beyondAscii === 0 ? untested(`no text of ${rows} rows has anything but ASCII`) : kept(`${beyondAscii} texts beyond ASCII`)
}

/** What holds for the values of rows. `now` is in Unix milliseconds. */
export const valuePledges = <P>(glance: Glance<P>, now: () => number = Date.now): readonly Pledge<P>[] => [
  { area: 'times and zones', title: 'every time is ISO 8601 in UTC with milliseconds', check: (subject) => glanced(subject, glance, lookAtTimes) },
  { area: 'times and zones', title: 'no time of what has happened is still to come', check: (subject) => glanced(subject, glance, lookForFuture(now())) },
  { area: 'charsets', title: 'texts come as they were written', check: (subject) => glanced(subject, glance, lookAtTexts) },
]
