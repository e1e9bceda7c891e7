import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { foundCompany } from '../demo/company.ts'
import type { TheirArticle } from '../demo/company.ts'
import { handbookPath, writeHandbook } from '../demo/svn/handbook.ts'
import { lakeHtml, lakeMarkdown } from '../demo/yuque/lake.ts'
import { cleanMarkdown } from '../subgraphs/knowledge/clean-markdown.ts'
import { htmlToMarkdown, storageToMarkdown } from '../subgraphs/knowledge/markdown.ts'
import type { Hit, Indexed } from '../subgraphs/knowledge/search/indexed.ts'
import { openIndex } from '../subgraphs/knowledge/search/search-index.ts'
import type { SearchIndex } from '../subgraphs/knowledge/search/search-index.ts'
import { parseSynonyms } from '../subgraphs/synonym-groups.ts'
import type { Report, Row } from './report.ts'
import type { Given, Suite } from './suite.ts'

const readers = ['all']
const [looked, counted] = [10, 3] as const
const mark = 90

const halves = ['tune', 'report'] as const
const languages = ['zh', 'en'] as const

const question = z.object({ text: z.string().min(1), language: z.enum(languages), topic: z.string(), half: z.enum(halves), across: z.boolean().default(false) })
const questionFile = z.object({ questions: z.array(question) })
type Question = z.infer<typeof question>

/** `half`: that one alone, so that tuning does not look at the other. */
const givenOptions = z.object({ failures: z.enum(halves).optional(), half: z.enum(halves).optional() })
type Options = z.infer<typeof givenOptions>

/** A topic is called by the title of its English copy, which follows the Chinese one. */
const topicsOf = (articles: readonly TheirArticle[]): ReadonlyMap<number, string> => {
  const english = articles.filter(({ language }) => language === 'en')
  return new Map(articles.map(({ id }) => [id, english.find((one) => one.id >= id)?.title ?? '']))
}

const indexedAs = (source: string, { id, title, tags, updatedAt, version }: TheirArticle, body: string): Indexed =>
  ({ id: `${source}:${id}`, source, title, body, tags, readers, updatedAt: Date.parse(updatedAt), revision: String(version) })

/** As the demo's Yuque gives them: Chinese ones alone, some as HTML. */
const yuqueBody = ({ id, body }: TheirArticle) => (id % 3 === 0 ? htmlToMarkdown(lakeHtml(body).replace('<!doctype html>', '')) : cleanMarkdown(lakeMarkdown(body)))

const textOf = (content: Buffer, mimeType: string | null, file: string): string => {
  const text = new TextDecoder(/charset=(\S+)/.exec(mimeType ?? '')?.[1] ?? 'utf-8').decode(content)
  return file.endsWith('.html') ? htmlToMarkdown(text) : text
}

/** What is in the repository, also what is of no topic; its titles are its first headings. */
const handbookOf = (articles: readonly TheirArticle[]): readonly Indexed[] => {
  const repository = writeHandbook(articles)
  return [...(repository.treeAt(repository.youngest) ?? [])].flatMap(([file, node]) => {
    if (node.kind === 'folder') return []
    const body = textOf(node.content, node.mimeType, file)
    const title = /^# (.*)$/m.exec(body)?.[1] ?? path.posix.basename(file)
    const updatedAt = Date.parse(repository.committed(node.revision)?.date ?? '')
    return [{ id: `svn:${file.replace(/^trunk/, '')}`, source: 'svn', title, body, tags: [], readers, updatedAt, revision: String(node.revision) }]
  })
}

type Language = (typeof languages)[number]
/** By the ids in the index. */
type Shelves = { readonly articles: readonly Indexed[]; readonly topics: ReadonlyMap<string, string>; readonly languages: ReadonlyMap<string, Language> }

const indexedIds = (one: TheirArticle) => [`confluence:${one.id}`, `yuque:${one.id}`, `svn:${handbookPath(one)}`]

const openShelves = (): Shelves => {
  const { articles } = foundCompany()
  const topics = topicsOf(articles)
  const chinese = articles.filter(({ language }) => language === 'zh')
  return {
    articles: [
      ...articles.map((one) => indexedAs('confluence', one, storageToMarkdown(one.body))),
      ...chinese.map((one) => indexedAs('yuque', one, yuqueBody(one))),
      ...handbookOf(articles),
    ],
    topics: new Map(articles.flatMap((one) => indexedIds(one).map((id) => [id, topics.get(one.id) ?? ''] as const))),
    languages: new Map(articles.flatMap((one) => indexedIds(one).map((id) => [id, one.language] as const))),
  }
}

/** From 0; Infinity where nothing of the topic is among what was looked at. */
const rankOf = (hits: readonly Hit[], topic: string, topics: Shelves['topics']): number => {
  const rank = hits.findIndex(({ id, duplicates }) => [id, ...duplicates].some((one) => topics.get(one) === topic))
  return rank === -1 ? Infinity : rank
}

type Asked = Question & { readonly rank: number; /** Of what is shown itself. */ readonly shownRank: number; readonly found: readonly string[] }

const ask = async (index: SearchIndex, questions: readonly Question[], { topics }: Shelves): Promise<readonly Asked[]> => {
  const asked: Asked[] = []
  for (const one of questions) {
    const hits = await index.search({ text: one.text, readers, sources: null, limit: looked })
    const shown = hits.map((hit) => ({ ...hit, duplicates: [] }))
    asked.push({ ...one, rank: rankOf(hits, one.topic, topics), shownRank: rankOf(shown, one.topic, topics), found: hits.slice(0, counted).map(({ id, title }) => topics.get(id) ?? title) })
  }
  return asked
}

const shareOf = (ranks: readonly number[]) => (100 * ranks.filter((rank) => rank < counted).length) / ranks.length

const rowsOf = (asked: readonly Asked[], what: string, isHeld: boolean): readonly Row[] => {
  const share = shareOf(asked.map(({ rank }) => rank))
  const reciprocal = asked.reduce((sum, { rank }) => sum + 1 / (rank + 1), 0) / asked.length
  return [
    { measure: `${what} (${asked.length}), right among the first ${counted}`, value: share, unit: '%', ...(isHeld ? { mark: `≥ ${mark} %`, met: share >= mark } : {}) },
    { measure: `${what}, the same, not as a duplicate of another`, value: shareOf(asked.map(({ shownRank }) => shownRank)), unit: '%' },
    { measure: `${what}, mean reciprocal rank of the first ${looked}`, value: reciprocal, unit: '' },
  ]
}

/** Those that are asked across languages meet no article of a topic in their own. */
const askEach = async (folder: string, questions: readonly Question[], shelves: Shelves): Promise<readonly Asked[]> => {
  const asked: Asked[] = []
  for (const missing of [null, ...languages]) {
    const some = questions.filter(({ across, language }) => (across ? language : null) === missing)
    await using index = await openIndex({ file: path.join(folder, `${missing ?? 'all'}.db`), synonyms: await readSynonyms(), log: { info: () => {}, warn: () => {} } })
    await index.put(shelves.articles.filter(({ id }) => missing === null || shelves.languages.get(id) !== missing))
    asked.push(...(await ask(index, some, shelves)))
  }
  return asked
}

const halfRows = (asked: readonly Asked[], half: Question['half']): readonly Row[] => {
  const some = asked.filter((one) => one.half === half)
  const across = some.filter((one) => one.across)
  return [...rowsOf(some, half, half === 'report'), ...(across.length > 0 ? rowsOf(across, `${half}, across languages`, false) : []), ...languages.flatMap((language) => rowsOf(some.filter((one) => one.language === language), `${half}, ${language}`, false))]
}

const tellFailures = (asked: readonly Asked[]) => {
  for (const { text, topic, rank, found } of asked) {
    if (rank >= counted) process.stderr.write(`${text}\n  is ${topic} (${Number.isFinite(rank) ? `rank ${rank + 1}` : 'not found'})\n${found.map((one) => `  not ${one}\n`).join('')}`)
  }
}

const readSynonyms = async () => parseSynonyms(await readFile(path.join(import.meta.dirname, '../knowledge/synonyms.yaml'), 'utf8'), { file: 'synonyms.yaml' })

const readQuestions = async (shelves: Shelves): Promise<readonly Question[]> => {
  const { questions } = questionFile.parse(parse(await readFile(path.join(import.meta.dirname, '../test/kit/knowledge-questions.yaml'), 'utf8')))
  const known = new Set(shelves.topics.values())
  const strange = questions.filter(({ topic }) => !known.has(topic))
  if (strange.length > 0) throw new Error(`no topics of the demo's: ${strange.map(({ topic }) => topic).join(', ')}`)
  return questions
}

const measure = async (folder: string, { failures, half }: Options): Promise<Report> => {
  const shelves = openShelves()
  const wanted = half ? [half] : halves
  const questions = (await readQuestions(shelves)).filter((one) => wanted.includes(one.half))
  const asked = await askEach(folder, questions, shelves)
  tellFailures(asked.filter((one) => one.half === failures))
  return {
    title: `knowledge-questions: ${questions.length} questions, ${shelves.articles.length} articles of ${new Set(shelves.topics.values()).size} topics in three sources`,
    rows: wanted.flatMap((one) => halfRows(asked, one)),
  }
}

const run = async (given: Given): Promise<Report> => {
  const options = givenOptions.parse(given)
  const folder = await mkdtemp(path.join(tmpdir(), 'fuseboard-knowledge-'))
  try {
    return await measure(folder, options)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const knowledgeQuestions: Suite = { options: { failures: { type: 'string' }, half: { type: 'string' } }, run }
