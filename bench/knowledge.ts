import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { z } from 'zod'
import { openIndex } from '../subgraphs/knowledge/search/search-index.ts'
import type { SearchIndex } from '../subgraphs/knowledge/search/search-index.ts'
import { parseSynonyms } from '../subgraphs/synonym-groups.ts'
import { articleOf, departments, openRandom, openVocabularies, queryOf } from './knowledge/articles.ts'
import type { Vocabularies } from './knowledge/articles.ts'
import { offerLoad, quantile } from './load.ts'
import type { Report, Row } from './report.ts'
import type { Given, Suite } from './suite.ts'

const givenOptions = z.object({ articles: z.coerce.number().int().positive().default(50_000), seconds: z.coerce.number().positive().default(30) })

const chunk = 256
const perSecond = 50
const putPerSecond = 100
const marks = { buildSeconds: 60, stallMs: 50, residentMB: 800, searchMs: 30, startMs: 3_000 } as const

type Stalls = { readonly longestMs: () => number; readonly end: () => void }

/** A timer that should tick every millisecond, and how late it was at worst. */
const watchStalls = (): Stalls => {
  const seen = { at: performance.now(), longestMs: 0 }
  const timer = setInterval(() => {
    const now = performance.now()
    seen.longestMs = Math.max(seen.longestMs, now - seen.at - 1)
    seen.at = now
  }, 1)
  return { longestMs: () => seen.longestMs, end: () => clearInterval(timer) }
}

type Bench = { readonly index: SearchIndex; readonly vocabularies: Vocabularies; readonly articles: number; readonly seconds: number }

/** The next articles are written while the last ones are indexed: this process has nothing else to do. */
const build = async ({ index, vocabularies, articles }: Bench): Promise<readonly Row[]> => {
  const stalls = watchStalls()
  const before = performance.now()
  let running = Promise.resolve()
  for (let start = 0; start < articles; start += chunk) {
    const some = []
    for (let at = start; at < Math.min(articles, start + chunk); at += 1) {
      some.push(articleOf(vocabularies, at))
      if (at % 8 === 0) await nextTurn()
    }
    await running
    running = index.put(some)
  }
  await running
  const seconds = (performance.now() - before) / 1e3
  const stallMs = stalls.longestMs()
  stalls.end()
  return [
    { measure: 'first build', value: seconds, unit: 's', mark: `≤ ${marks.buildSeconds} s`, met: seconds <= marks.buildSeconds },
    { measure: 'longest stall of the event loop meanwhile', value: stallMs, unit: 'ms', mark: `≤ ${marks.stallMs} ms`, met: stallMs <= marks.stallMs },
  ]
}

const searchOnce = async ({ index, vocabularies }: Bench, seed: number): Promise<number> => {
  const random = openRandom(seed)
  const department = departments[Math.floor(random() * departments.length)] ?? ''
  const hits = await index.search({ text: queryOf(vocabularies, random), readers: ['public', 'staff', department], sources: null, limit: 10 })
  return hits.length
}

const searchRows = async (bench: Bench, when: string, firstSeed: number): Promise<readonly Row[]> => {
  const samples = await offerLoad({ perSecond, seconds: bench.seconds, send: (index) => searchOnce(bench, firstSeed + index) })
  const times = samples.map(({ tookMs }) => tookMs)
  const p99 = quantile(times, 0.99)
  return [
    { measure: `${when}, p50`, value: quantile(times, 0.5), unit: 'ms' },
    { measure: `${when}, p99`, value: p99, unit: 'ms', mark: `≤ ${marks.searchMs} ms`, met: p99 <= marks.searchMs },
    { measure: `${when}, longest`, value: Math.max(...times), unit: 'ms' },
    { measure: `${when}, that found something`, value: (100 * samples.filter(({ answer }) => answer > 0).length) / samples.length, unit: '%' },
  ]
}

/** Other editions of articles that are there, until the work ends. */
const whilePutting = async <T>({ index, vocabularies, articles }: Bench, work: Promise<T>): Promise<{ readonly done: T; readonly put: number }> => {
  const seen = { ended: false, put: 0 }
  const putting = (async () => {
    const random = openRandom(3)
    const step = putPerSecond / 10
    for (let dueAt = performance.now(); !seen.ended; dueAt += 100) {
      await sleep(Math.max(0, dueAt - performance.now()))
      await index.put(Array.from({ length: step }, () => articleOf(vocabularies, Math.floor(random() * articles), 1 + seen.put)))
      seen.put += step
    }
  })()
  const done = await work
  seen.ended = true
  await putting
  return { done, put: seen.put }
}

const started = z.object({ openMs: z.number(), searchedMs: z.number(), residentMB: z.number() })

const startRows = async (file: string, text: string, count: number): Promise<readonly Row[]> => {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'knowledge/start.ts'), file, text, String(count)])
  const { openMs, searchedMs, residentMB } = started.parse(JSON.parse(stdout))
  return [
    { measure: 'start from the persisted index, in a fresh process', value: openMs, unit: 'ms', mark: `≤ ${marks.startMs} ms`, met: openMs <= marks.startMs },
    { measure: 'the same, and its first search', value: searchedMs, unit: 'ms' },
    { measure: 'resident then', value: residentMB, unit: 'MB' },
  ]
}

const measure = async (folder: string, { articles, seconds }: z.infer<typeof givenOptions>): Promise<readonly Row[]> => {
  const file = path.join(folder, 'knowledge.db')
  const synonyms = parseSynonyms(await readFile(path.join(import.meta.dirname, '../knowledge/synonyms.yaml'), 'utf8'), { file: 'synonyms.yaml' })
  const vocabularies = await openVocabularies()
  const rows: Row[] = []
  {
    await using index = await openIndex({ file, synonyms, log: { info: () => {}, warn: () => {} } })
    const bench: Bench = { index, vocabularies, articles, seconds }
    rows.push(...(await build(bench)))
    rows.push(...(await searchRows(bench, 'a search', 1)))
    const { done, put } = await whilePutting(bench, searchRows(bench, `a search while ${putPerSecond} articles a second are put`, 1_000_000))
    rows.push(...done, { measure: 'articles put meanwhile', value: put / seconds, unit: '/ s' })
  }
  const residentMB = process.resourceUsage().maxRSS / 1e3
  rows.push({ measure: 'resident at most, whole process', value: residentMB, unit: 'MB', mark: `≤ ${marks.residentMB} MB`, met: residentMB <= marks.residentMB })
  rows.push({ measure: 'the file', value: (await stat(file)).size / 1e6, unit: 'MB' })
  rows.push(...(await startRows(file, vocabularies.en.words.find((word) => word.length > 6) ?? '', Math.floor(articles / 4))))
  return rows
}

const run = async (given: Given): Promise<Report> => {
  const options = givenOptions.parse(given)
  const folder = await mkdtemp(path.join(tmpdir(), 'fuseboard-knowledge-'))
  try {
    return { title: `knowledge: ${options.articles} articles, ${perSecond} searches a second`, rows: await measure(folder, options) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const knowledge: Suite = { options: { articles: { type: 'string' }, seconds: { type: 'string' } }, run }
