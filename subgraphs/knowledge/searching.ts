import { Sourced } from '../answers.ts'
import { badInput } from '../errors.ts'
import { keysOfReader, mayRead } from '../visibility.ts'
import { readersOf } from './access.ts'
import type { KeptArticle, SourceState } from './library.ts'
import type { Context } from './loaders.ts'
import type { Hit } from './search/indexed.ts'
import type { SearchIndex } from './search/search-index.ts'
import { stampOf } from './shelf.ts'

/* What is found in the index is read out of the library again, and held against the rights once more: the index may be a moment behind. */

const mostHits = 50

export const checkFirst = (first: number): number => {
  if (first < 0 || first > mostHits) throw badInput(`first is 0 to ${mostHits}, not ${first}`, 'first')
  return first
}

export type FoundArticle = Sourced<KeptArticle>
export type FoundHit = { readonly hit: Hit; readonly article: FoundArticle }

export const splitId = (id: string): readonly [source: string, own: string] => {
  const at = id.indexOf(':')
  return [id.slice(0, Math.max(at, 0)), id.slice(at + 1)]
}

const findKept = async (ids: readonly string[], { loaders: { shelf } }: Context): Promise<ReadonlyMap<string, KeptArticle>> => {
  const bySource = Map.groupBy(ids.map(splitId), ([source]) => source)
  const found = await Promise.all([...bySource].map(([source, all]) => shelf.library.find(source, all.map(([, own]) => own))))
  return new Map(found.flat().filter((one) => one !== null).map((one) => [`${one.source}:${one.id}`, one]))
}

/** Those that are kept, and the caller's to read. */
export const findReadable = async (ids: readonly string[], states: readonly SourceState[], context: Context): Promise<ReadonlyMap<string, FoundArticle>> => {
  const { caller, loaders: { shelf } } = context
  const silent = shelf.silent(states)
  const kept = [...(await findKept(ids, context))].filter(([, article]) => mayRead(caller, readersOf(shelf.settings, article)))
  return new Map(kept.map(([id, article]) => [id, new Sourced(article, stampOf(article, states, silent.has(article.source)))]))
}

const readHits = async (hits: readonly Hit[], states: readonly SourceState[], context: Context): Promise<readonly FoundHit[]> => {
  const articles = await findReadable(hits.map(({ id }) => id), states, context)
  return hits.flatMap((hit) => {
    const article = articles.get(hit.id)
    return article ? [{ hit, article }] : []
  })
}

const timed = async <T>({ loaders: { shelf } }: Context, look: (index: SearchIndex) => Promise<T>): Promise<T> => {
  const index = await shelf.index()
  const began = performance.now()
  const found = await look(index)
  shelf.meter.searched(performance.now() - began)
  return found
}

export type FoundSearch = { readonly hits: readonly FoundHit[]; readonly silentSources: readonly { readonly name: string; readonly code: string; readonly retryAfterMs: number | null }[] }

export const search = async (text: string, named: readonly string[] | null | undefined, first: number, context: Context): Promise<FoundSearch> => {
  const { caller, signal, loaders: { shelf } } = context
  const limit = checkFirst(first)
  const sources = [...shelf.sources.keys()].filter((name) => named?.includes(name) ?? true)
  const states = await shelf.library.listSources()
  const hits = await timed(context, (index) => index.search({ text, readers: keysOfReader(caller), sources, limit }, { signal }))
  const silentSources = [...shelf.silent(states)].filter(([name]) => sources.includes(name)).map(([name, silence]) => ({ name, ...silence }))
  return { hits: await readHits(hits, states, context), silentSources }
}

export const bestPassages = async (source: string, text: string, first: number, context: Context): Promise<readonly FoundHit[]> => {
  const { caller, signal, loaders: { shelf } } = context
  const limit = checkFirst(first)
  if (!shelf.sources.has(source)) return []
  const states = await shelf.library.listSources()
  const hits = await timed(context, (index) => index.passages({ text, readers: keysOfReader(caller), source, limit }, { signal }))
  return readHits(hits, states, context)
}

export const listSources = async ({ caller, loaders: { shelf } }: Context) => {
  const [states, counts] = await Promise.all([shelf.library.listSources(), shelf.index().then((index) => index.count(keysOfReader(caller)))])
  return [...shelf.sources.keys()].map((name) => {
    const syncedAt = states.find((one) => one.name === name)?.syncedAt ?? null
    return { name, articles: counts.get(name) ?? 0, syncedAt: syncedAt === null ? null : new Date(syncedAt).toISOString() }
  })
}
