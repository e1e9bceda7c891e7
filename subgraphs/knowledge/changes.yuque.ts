import { Faulted, Malformed, Refused } from '../../fuse/errors.ts'
import type { CallOptions } from '../../fuse/call.ts'
import type { RestWire } from '../../fuse/wires/rest.ts'
import type { ChangePage, IdPage, ListOptions } from './backend.ts'
import { decodeDocs } from './decode.yuque.ts'
import type { ListedDoc } from './decode.yuque.ts'
import { checkLimit } from './limits.ts'

/**
 * What changed in some of Yuque's books. The API lists a book's documents by offsets, in an order that it does not promise, and can't be asked for those after a
 * time: each call of ours reads the lists whole, a hundred documents a request, and keeps what is later than the marker. So take large pages.
 */
export type YuqueBooks = { readonly wire: RestWire; readonly name: string; readonly shelves: readonly { readonly namespace: string; readonly path: string }[] }

const windowRows = 100

/** A book of more documents than this is no book. */
const mostDocs = 20_000

/** How often a list is read again that changes while it is read. */
const attempts = 3

/** A list takes its time to be read, and what is written meanwhile may be on a part that was read already; a call's deadline is shorter. */
const overlapMs = 2 * 60_000

// ── Lists ──

const listAll = async (api: YuqueBooks, opt: CallOptions): Promise<readonly ListedDoc[]> =>
  (await Promise.all(api.shelves.map(({ path, namespace }) => listBook(api, path, namespace, opt)))).flat().filter(({ isArticle }) => isArticle)

const listBook = async (api: YuqueBooks, path: string, namespace: string, opt: CallOptions): Promise<readonly ListedDoc[]> => {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const docs = await tryList(api, path, namespace, opt)
    if (docs !== null) return docs
  }
  throw new Faulted(api.name, `the list of ${namespace} is another each time`)
}

/** Each window begins with the last document of the one before. Null where it does not: something came or went, and a document may have been passed over. */
const tryList = async (api: YuqueBooks, path: string, namespace: string, opt: CallOptions): Promise<readonly ListedDoc[] | null> => {
  const docs: ListedDoc[] = []
  while (docs.length <= mostDocs) {
    const offset = Math.max(0, docs.length - 1)
    const rows = await readWindow(api, path, namespace, offset, opt)
    const [first, ...rest] = rows
    if (docs.length === 0) docs.push(...rows)
    else if (first?.id === docs.at(-1)?.id) docs.push(...rest)
    else return null
    if (rows.length < windowRows) return docs
  }
  throw new Malformed(api.name, `a book of more than ${mostDocs} documents`)
}

const readWindow = async ({ wire, name }: YuqueBooks, path: string, namespace: string, offset: number, opt: CallOptions): Promise<readonly ListedDoc[]> => {
  const answer = await wire.get(path, { ...opt, query: { offset, limit: windowRows } })
  // A book that was renamed must not look like one whose documents are all deleted.
  if (answer === null) throw new Refused(name, `there is no book ${namespace}`)
  const rows = decodeDocs(answer, name, namespace)
  if (rows instanceof Malformed) throw rows
  if (rows.length > windowRows) throw new Malformed(name, `${rows.length} documents where ${windowRows} were asked for`)
  return rows
}

// ── Changes ──

/** Where a document stands in time. One that does not say its time is the last, and comes with each run. */
type At = { readonly time: string; readonly id: string }

/** What is later than `after` is left to tell; at the end of a run the next one begins at `since`, ISO 8601 or empty. */
type Position = { readonly since: string; readonly after: At | null }

const isoPattern = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`
const positionPattern = new RegExp(`^changed/(${isoPattern})?(?:/(${isoPattern})/([1-9]\\d{0,15}))?$`)
const noTime = '9999-12-31T23:59:59.999Z'

const writePosition = ({ since, after }: Position): string => `changed/${since}${after === null ? '' : `/${after.time}/${after.id}`}`

const readPosition = (marker: string): Position | null => {
  const match = positionPattern.exec(marker)
  if (!match) return null
  const [, since = '', time, id] = match
  if ([since, time ?? ''].some((text) => text !== '' && Number.isNaN(Date.parse(text)))) return null
  return { since, after: time === undefined || id === undefined ? null : { time, id } }
}

const atOf = ({ updatedAt, id }: ListedDoc): At => ({ time: updatedAt ?? noTime, id })

const compare = (one: At, other: At): number => (one.time === other.time ? Number(one.id) - Number(other.id) : one.time < other.time ? -1 : 1)

export const listYuqueChanges = async (api: YuqueBooks, marker: string | null, { limit, ...opt }: ListOptions): Promise<ChangePage> => {
  checkLimit(limit)
  const given = marker === null ? { since: '', after: null } : readPosition(marker)
  const { since, after } = given ?? { since: '', after: null }
  const docs = (await listAll(api, opt)).toSorted((one, other) => compare(atOf(one), atOf(other)))
  const left = docs.filter((doc) => (after === null ? atOf(doc).time >= since : compare(atOf(doc), after) > 0))
  const page = left.slice(0, limit)
  const last = page.at(-1)
  const more = page.length < left.length
  // From the first list of a run on: what was written while the later ones were read is after that.
  const next = after === null ? beforeLatest(docs, since) : since
  return {
    changes: page.map(({ id, updatedAt }) => ({ kind: 'WRITTEN', id, revision: updatedAt ?? '' })),
    marker: writePosition({ since: next, after: more && last !== undefined ? atOf(last) : null }),
    more,
    isAnew: given === null,
  }
}

const beforeLatest = (docs: readonly ListedDoc[], since: string): string => {
  const latest = docs.findLast(({ updatedAt }) => updatedAt !== null)?.updatedAt
  return latest == null ? since : new Date(Math.min(Date.parse(latest), Date.now()) - overlapMs).toISOString()
}

// ── All there are ──

/** By number, which outlives everything: whatever comes or goes between two pages, none is passed over. */
export const listYuqueIds = async (api: YuqueBooks, marker: string | null, { limit, ...opt }: ListOptions): Promise<IdPage> => {
  checkLimit(limit)
  const given = marker === null ? 0 : Number(/^all\/(\d{1,16})$/.exec(marker)?.[1] ?? -1)
  const docs = (await listAll(api, opt)).toSorted((one, other) => Number(one.id) - Number(other.id))
  const left = docs.filter(({ id }) => Number(id) > given)
  const rows = left.slice(0, limit).map(({ id, place, readers }) => ({ id, place, readers }))
  return { rows, marker: `all/${rows.at(-1)?.id ?? Math.max(0, given)}`, more: rows.length < left.length, isAnew: given === -1 }
}
