import { isDeepStrictEqual } from 'node:util'
import type { Article, ArticleChange, KnowledgeBackend, ListedArticle } from '../subgraphs/knowledge/backend.ts'
import { forEachOf, isThere, many, patiently, quote } from './asking.ts'
import { broken, kept, keptUnless, steadily, untested } from './promise.ts'
import type { PortPromise, Subject, Verdict } from './promise.ts'

export type ArticleSamples = { readonly articles: readonly Article[] }

type Following = Subject<KnowledgeBackend, ArticleSamples>
type Page = { readonly marker: string; readonly more: boolean; readonly isAnew: boolean }
type ListPage<T> = Page & { readonly rows: readonly T[] }
type List<T> = (after: string | null, limit: number) => Promise<ListPage<T>>

/** A backend of more pages than this is followed no further: what is missing then is not held against it. */
const mostPages = 200
const pageSize = 50

/** What the port promises to whoever follows a source's changes, as far as it can be told without changing anything. */
export const followingPromises: readonly PortPromise<KnowledgeBackend, ArticleSamples>[] = [
  { area: 'paging', title: 'listChanges from the beginning tells of every sample', check: on((subject) => everySampleIsIn(subject, changesOf(subject))) },
  { area: 'paging', title: 'listIds has every sample, with its place and readers', check: on(everySampleIsListed) },
  { area: 'paging', title: 'listChanges comes to an end, and from there on to none but the last ones', check: on(endIsTheEnd) },
  { area: 'paging', title: 'pages of listChanges are the same changes whatever their size', check: on((subject) => sizesAgree(changesOf(subject))) },
  { area: 'paging', title: 'pages of listIds are the same articles whatever their size', check: on((subject) => sizesAgree(idsOf(subject))) },
  { area: 'paging', title: 'a marker may be used again', check: on(markerHolds) },
  { area: 'paging', title: 'a page has no more rows than were asked for', check: on(limitHolds) },
  { area: 'paging', title: 'a marker that is none begins anew, and says so', check: on(strangersBegin) },
  { area: 'absence', title: 'what listIds has is there, and what listChanges says was deleted last is not', check: on(toldIsSo) },
]

function on(check: (subject: Following) => Promise<Verdict>) {
  return async (subject: Following): Promise<Verdict> => {
    const { length } = subject.samples.articles
    return length < 2 ? untested(`needs 2 rows, found ${length === 0 ? 'none' : length}`) : steadily(() => check(subject))
  }
}

const changesOf = (subject: Following): List<ArticleChange> => async (after, limit) => {
  const { changes, ...page } = await subject.backend.listChanges(after, { ...patiently(subject), limit })
  return { ...page, rows: changes }
}

const idsOf = (subject: Following): List<ListedArticle> => (after, limit) => subject.backend.listIds(after, { ...patiently(subject), limit })

type All<T> = { readonly rows: readonly T[]; readonly marker: string; readonly isEnded: boolean }

/** All pages, or as many as are looked at. */
const follow = async <T>(list: List<T>, limit: number): Promise<All<T>> => {
  let { rows, marker, more } = await list(null, limit)
  for (let pages = 1; more && pages < mostPages; pages += 1) {
    const page = await list(marker, limit)
    rows = page.isAnew ? page.rows : [...rows, ...page.rows]
    ;({ marker, more } = page)
  }
  return { rows, marker, isEnded: !more }
}

const missing = (subject: Following, rows: readonly { readonly id: string }[]): string | null => {
  const told = new Set(rows.map(({ id }) => id))
  const lost = subject.samples.articles.find(({ id }) => !told.has(id))
  return lost === undefined ? null : `${quote(lost.id)} is in none of its pages`
}

async function everySampleIsIn(subject: Following, list: List<ArticleChange>): Promise<Verdict> {
  const { rows, isEnded } = await follow(list, pageSize)
  const lost = missing(subject, rows.filter(({ kind }) => kind === 'WRITTEN'))
  return isEnded || lost === null ? keptUnless([lost], many(rows.length, 'change')) : untested(`it has more than ${mostPages * pageSize} changes`)
}

async function everySampleIsListed(subject: Following): Promise<Verdict> {
  const { rows, isEnded } = await follow(idsOf(subject), pageSize)
  const lost = missing(subject, rows)
  if (lost !== null) return isEnded ? broken(lost) : untested(`it has more than ${mostPages * pageSize} articles`)
  const byId = new Map(rows.map((row) => [row.id, row]))
  const other = subject.samples.articles.find(({ id, place, readers }) => !isDeepStrictEqual(byId.get(id), { id, place, readers }))
  return other === undefined ? kept(many(rows.length, 'article')) : broken(`${quote(other.id)} has another place or other readers there than where it is looked up`)
}

async function endIsTheEnd(subject: Following): Promise<Verdict> {
  const list = changesOf(subject)
  const whole = await follow(list, 1_000)
  if (!whole.isEnded) return broken(`after ${mostPages} pages of up to 1000 changes there is more`)
  const next = await list(whole.marker, 1_000)
  return keptUnless([
    next.isAnew ? 'its own last marker is none' : null,
    next.rows.length > 20 && next.rows.length * 2 > whole.rows.length ? `after the end ${many(next.rows.length, 'change')} of ${whole.rows.length} come again` : null,
  ])
}

/** The last word about each article. */
const lastWords = (rows: readonly { readonly id: string }[]) => new Map(rows.map((row) => [row.id, row]))

async function sizesAgree<T extends { readonly id: string }>(list: List<T>): Promise<Verdict> {
  const [large, small] = [await follow(list, 500), await follow(list, 9)]
  if (!large.isEnded) return untested('it has too many rows for that')
  const [one, other] = [lastWords(large.rows), lastWords(small.rows)]
  const lost = [...one].find(([id, row]) => !isDeepStrictEqual(row, other.get(id)))
  if (lost && !small.isEnded) return kept(`${many(small.rows.length, 'row')} in pages of 9, as many as are looked at`)
  return lost ? broken(`${quote(lost[0])} is in pages of 500, and in pages of 9 it is not, or another`) : kept(many(one.size, 'article'))
}

async function markerHolds(subject: Following): Promise<Verdict> {
  const complaints = await forEachOf([changesOf(subject), idsOf(subject)], 1, async (list) => {
    const first = await list(null, 3)
    const [once, again] = [await list(first.marker, 3), await list(first.marker, 3)]
    return !once.isAnew && isDeepStrictEqual(once, again) ? null : 'the same marker gives another page the second time'
  })
  return keptUnless(complaints)
}

async function limitHolds(subject: Following): Promise<Verdict> {
  const complaints = await forEachOf([1, 3, 20], 1, async (limit) => {
    const pages = [await changesOf(subject)(null, limit), await idsOf(subject)(null, limit)]
    const large = pages.find(({ rows }) => rows.length > limit)
    return large === undefined ? null : `a limit of ${limit} gave ${many(large.rows.length, 'row')}`
  })
  return keptUnless(complaints)
}

const strangers = ['', 'no marker', '0', '-1', '%00', '{"offset":1}', '2026-11-03T06:05:09.000Z', '键', 'x'.repeat(3_000)]

async function strangersBegin(subject: Following): Promise<Verdict> {
  const beginning = { changes: await changesOf(subject)(null, 3), ids: await idsOf(subject)(null, 3) }
  const complaints = await forEachOf(strangers, 4, async (stranger) => {
    const changes = await changesOf(subject)(stranger, 3)
    const ids = await idsOf(subject)(stranger, 3)
    if (!changes.isAnew || !ids.isAnew) return `it does not say that ${quote(stranger)} is none`
    return isDeepStrictEqual([changes.rows, ids.rows], [beginning.changes.rows, beginning.ids.rows]) ? null : `after ${quote(stranger)} it does not begin from the beginning`
  })
  return keptUnless([beginning.changes.isAnew || beginning.ids.isAnew ? 'it takes the beginning for a marker that is none' : null, ...complaints])
}

async function toldIsSo(subject: Following): Promise<Verdict> {
  const listed = (await idsOf(subject)(null, 20)).rows.map(({ id }) => id)
  const words = [...lastWords((await follow(changesOf(subject), 500)).rows).values()]
  const gone = words.flatMap((word) => ('kind' in word && word.kind === 'DELETED' ? [word.id] : [])).slice(-20)
  const found = await subject.backend.findArticles([...listed, ...gone], patiently(subject))
  const absent = listed.find((_, at) => found[at] === null)
  const present = gone.find((_, at) => isThere(found[listed.length + at] ?? null))
  return keptUnless([
    absent === undefined ? null : `${quote(absent)} is listed, and is not there`,
    present === undefined ? null : `${quote(present)} was deleted, and is there`,
  ], `${many(listed.length, 'article')}, ${many(gone.length, 'deletion')}`)
}
