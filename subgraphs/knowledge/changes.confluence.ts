import { Malformed } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import type { RestWire } from '../../fuse/wires/rest.ts'
import { formatLocalTime } from '../local-time.ts'
import { parseWhole } from '../parsing.ts'
import type { ChangePage, IdPage, ListOptions } from './backend.ts'
import { confluenceId, confluenceWindow, listedContent, restrictionsExpanded, writtenContent } from './decode.confluence.ts'
import { checkLimit } from './limits.ts'

/**
 * What changed in a Confluence, by CQL's `lastmodified` (https://developer.atlassian.com/server/confluence/advanced-searching-using-cql/), which knows minutes
 * of the time zone of the user who asks: `settings.timeZone`. A list is read by offsets. So that none is missed where rows leave a list that is being read, each
 * window begins with the last row of the one before: where another is there, the list is read again.
 */
export type ConfluenceApi = { readonly wire: RestWire; readonly settings: BackendSettings }

const minuteMs = 60_000

/** As many rows as one answer may have; Confluence itself cuts at 100 where restrictions are expanded. */
const mostAtOnce = 100

/** A list that is another so many times in a row is no list. */
const mostRestarts = 20

/**
 * Where a list is read on: `fromMs`, a whole minute, is the earliest that is asked for (null: all), `start` the rows of it that were read, `last` the id of the
 * last one, `restarts` how often it was begun again.
 */
type Cursor = { readonly fromMs: number | null; readonly start: number; readonly last: string; readonly restarts: number }

const beginning: Cursor = { fromMs: null, start: 0, last: '', restarts: 0 }

const cursorPattern = /^(?:(\d{4}-\d\d-\d\dT\d\d:\d\dZ)|all)\/(\d{1,9})\/(\d{0,19})\/(\d{1,2})$/

const writeCursor = (list: string, { fromMs, start, last, restarts }: Cursor): string =>
  [list, fromMs === null ? 'all' : `${new Date(fromMs).toISOString().slice(0, 16)}Z`, start, last, restarts].join('/')

/** Null for what `writeCursor` did not write. */
const readCursor = (list: string, marker: string): Cursor | null => {
  const [, minute, start = '', last = '', restarts = ''] = (marker.startsWith(`${list}/`) ? cursorPattern.exec(marker.slice(list.length + 1)) : null) ?? []
  const cursor = { fromMs: minute === undefined ? null : Date.parse(minute), start: Number(start), last, restarts: Number(restarts) }
  return start !== '' && !Number.isNaN(cursor.fromMs) && writeCursor(list, cursor) === marker ? cursor : null
}

// ── Windows ──

type Window = { readonly rows: readonly unknown[]; readonly more: boolean }
type Question = { readonly cql: string; readonly expand: string }

/** The rows from `cursor` on; null where the list is no longer the one in which it was. */
const readWindow = async ({ wire, settings }: ConfluenceApi, question: Question, { start, last }: Cursor, { limit, ...opt }: ListOptions): Promise<Window | null> => {
  const overlap = start === 0 ? 0 : 1
  const query = { ...question, start: start - overlap, limit: Math.min(limit, mostAtOnce - 1) + overlap }
  const answer = parseWhole(confluenceWindow, await wire.get('/rest/api/content/search', { ...opt, query }), settings.name, 'a list of articles')
  const { results } = answer
  if ((answer.start ?? query.start) !== query.start || results.length > query.limit) throw new Malformed(settings.name, 'another part of a list than was asked for')
  if (overlap === 1 && confluenceId(results[0]) !== last) return null
  const rows = results.slice(overlap)
  const isCutOff = answer._links?.next !== undefined || results.length >= Math.min(query.limit, answer.limit ?? query.limit)
  if (rows.length === 0 && answer._links?.next !== undefined) throw new Malformed(settings.name, 'an empty page that says that there is more')
  return { rows, more: isCutOff && rows.length > 0 }
}

type Read = Window & { readonly cursor: Cursor; readonly isRestarted: boolean }

const readOrRestart = async (api: ConfluenceApi, question: Question, cursor: Cursor, opt: ListOptions): Promise<Read> => {
  const window = await readWindow(api, question, cursor, opt)
  if (window !== null) return { ...window, cursor, isRestarted: false }
  if (cursor.restarts >= mostRestarts) throw new Malformed(api.settings.name, 'a list that is another each time')
  const again = { ...cursor, start: 0, last: '', restarts: cursor.restarts + 1 }
  const first = await readWindow(api, question, again, opt)
  return { rows: first?.rows ?? [], more: first?.more ?? false, cursor: again, isRestarted: true }
}

// ── Changes ──

const kinds = 'type in (page, blogpost)'

/**
 * A minute as the server's clock shows it. Where clocks go back, an hour is there twice, and nobody can say in CQL which one is meant: then the text is of two hours
 * before, which is before both.
 */
export const cqlMinute = (ms: number, timeZone: string): string => {
  const text = formatLocalTime(ms, timeZone)
  const isTwice = [-60, -30, 30, 60].some((minutes) => formatLocalTime(ms + minutes * minuteMs, timeZone) === text)
  return (isTwice ? formatLocalTime(ms - 120 * minuteMs, timeZone) : text).slice(0, 16)
}

export const listConfluenceChanges = async (api: ConfluenceApi, after: string | null, opt: ListOptions): Promise<ChangePage> => {
  checkLimit(opt.limit)
  const given = after === null ? beginning : readCursor('changed', after)
  const cursor = given ?? beginning
  const since = cursor.fromMs === null ? '' : ` and lastmodified >= "${cqlMinute(cursor.fromMs, api.settings.timeZone)}"`
  const window = await readOrRestart(api, { cql: `${kinds}${since} order by lastmodified asc`, expand: 'version' }, cursor, opt)
  const rows = window.rows.map((row) => parseWhole(writtenContent, row, api.settings.name, 'a change'))
  return {
    changes: rows.map(({ id, revision }) => ({ kind: 'WRITTEN', id, revision })),
    marker: writeCursor('changed', nextChanges(window, rows)),
    more: window.more,
    isAnew: given === null,
  }
}

/**
 * On to a later minute as soon as there is one: its first rows come again then. At the end, back by a minute: the last one may not be over, and the index that is
 * searched is a few seconds late. A page that says it was written in the future must not hide what is written until then.
 */
const nextChanges = ({ cursor, more }: Read, rows: readonly { readonly id: string; readonly when: string | null }[]): Cursor => {
  const when = rows.findLast((row) => row.when !== null)?.when ?? null
  const latestMs = when === null ? null : minuteOf(Math.min(Date.parse(when), Date.now()))
  if (!more) return { ...beginning, fromMs: latestMs === null ? cursor.fromMs : latestMs - minuteMs }
  if (latestMs !== null && latestMs > (cursor.fromMs ?? -Infinity)) return { ...beginning, fromMs: latestMs }
  return passed(cursor, rows)
}

const minuteOf = (ms: number) => Math.floor(ms / minuteMs) * minuteMs

const passed = (cursor: Cursor, rows: readonly { readonly id: string }[]): Cursor => ({ ...cursor, start: cursor.start + rows.length, last: rows.at(-1)?.id ?? cursor.last })

// ── All there are ──

export const listConfluenceIds = async (api: ConfluenceApi, after: string | null, opt: ListOptions): Promise<IdPage> => {
  checkLimit(opt.limit)
  const given = after === null ? beginning : readCursor('all', after)
  const question = { cql: `${kinds} order by created asc`, expand: `space,${restrictionsExpanded}` }
  const window = await readOrRestart(api, question, given ?? beginning, opt)
  const rows = window.rows.map((row) => parseWhole(listedContent, row, api.settings.name, 'an article'))
  return { rows, marker: writeCursor('all', passed(window.cursor, rows)), more: window.more, isAnew: given === null || window.isRestarted }
}
