import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { z } from 'zod'
import { excerptOf, highlightsIn } from './highlights.ts'
import type { Hit, Search } from './indexed.ts'
import { foldDuplicates } from './merge.ts'
import type { Copy, Folded } from './merge.ts'
import { bodyExpression, readQuery, synonymExpression, wordExpressions } from './query.ts'
import type { Asked, Frequency } from './query.ts'
import type { SynonymBook } from './synonyms.ts'
import type { Tokenizer } from './tokens.ts'

/*
 * Every statement that finds or counts joins the rights before it ranks: what a caller may not read is no row of its. Only how rare a word is in all is known to
 * the ranking, which is why scores are told as shares of the best one.
 */

export type Reader = {
  search(wanted: Search): readonly Hit[]
  /** Best passages, several of one article too, none folded. */
  passages(wanted: Search): readonly Hit[]
  count(readers: readonly string[]): readonly (readonly [source: string, articles: number])[]
  recall(name: string): string | null
  revisions(source: string, after: string, limit: number): readonly (readonly [id: string, revision: string])[]
}

/** A title says four times as much as the text below it; what only matches by its characters, little. In the order of the columns. */
const weights = '4.0, 2.0, 1.0, 3.0, 0.0, 0.3'
const synonymWeight = 0.7
/** So many passages are ranked for one expression: of more, those that were indexed last. */
const mostPassages = 3_000
/** Of those, so many are looked at first; an article of a thousand passages may fill them. */
const firstPassages = 200
/** Copies are looked for among so many times what is asked for. */
const foldedFrom = 3

const readable = 'passage.access in (select access from granted where reader in (select value from json_each(?)))'

const prepare = (database: DatabaseSync) => ({
  find: database.prepare(`
    select key, article, score from (
      select passage.key, passage.article, bm25(terms, ${weights}) as score from terms cross join passage on passage.key = terms.rowid
      where terms match ? and ${readable} and (? or passage.source in (select value from json_each(?))) order by terms.rowid desc limit ${mostPassages}
    ) order by score limit ?`),
  article: database.prepare('select id, source, title, updated_at as updatedAt, sketch, language, length from article where key = ?'),
  within: database.prepare(`
    select rowid as key from terms
    where terms match ?2 and rowid between (select first_passage from article where key = ?1) and (select last_passage from article where key = ?1) limit 1`),
  text: database.prepare('select text from passage_text where key = ?'),
  frequency: database.prepare('select doc from vocabulary where term = ?'),
  count: database.prepare('select source, sum(articles) as articles from (select source, access, count(*) as articles from article group by source, access) as passage where ' + readable + ' group by source order by source'),
  recall: database.prepare('select value from remembered where name = ?'),
  revisions: database.prepare('select id, revision from article where source = ? and id > ? order by id limit ?'),
})

type Statements = ReturnType<typeof prepare>
type Found = { readonly key: number; readonly article: number; readonly score: number }

const foundRow = z.object({ key: z.number(), article: z.number(), score: z.number() })
const articleRow = z.object({
  id: z.string(), source: z.string(), title: z.string(), updatedAt: z.number(), sketch: z.instanceof(Uint8Array), language: z.enum(['zh', 'en']), length: z.number(),
})
const keyRow = z.object({ key: z.number() })
const textRow = z.object({ text: z.string() })
const countRow = z.object({ source: z.string(), articles: z.number() })

const findPassages = ({ find }: Statements, expression: string, { readers, sources }: Search, most: number): readonly Found[] =>
  find.all(expression, JSON.stringify(readers), sources === null ? 1 : 0, JSON.stringify(sources ?? []), most).map((row) => foundRow.parse(row))

const scaled = (found: readonly Found[], weight: number) => found.map((one) => ({ ...one, score: -one.score * weight }))

const bestFirst = (found: Iterable<Found>) => [...found].sort((one, other) => other.score - one.score || one.key - other.key)

/** Of several expressions for the same words: what a passage is worth by the best of them. */
const takeBest = (lists: readonly (readonly Found[])[]): readonly Found[] => {
  const best = new Map<number, Found>()
  for (const one of lists.flat()) if (one.score > (best.get(one.key)?.score ?? -Infinity)) best.set(one.key, one)
  return bestFirst(best.values())
}

/** Words and synonyms are ranked apart, as FTS5 weighs columns, not words. */
const addUp = (words: readonly Found[], synonyms: readonly Found[]): readonly Found[] => {
  const sums = new Map(words.map((one) => [one.key, one]))
  for (const one of synonyms) sums.set(one.key, { ...one, score: one.score + (sums.get(one.key)?.score ?? 0) })
  return bestFirst(sums.values())
}

type Looking = { readonly statements: Statements; readonly asked: Asked; readonly frequency: Frequency; readonly wanted: Search }
type IsEnough = (found: readonly Found[]) => boolean

const look = ({ statements, asked, frequency, wanted }: Looking, most: number, isEnough: IsEnough) => {
  const lists: (readonly Found[])[] = []
  for (const expression of wordExpressions(asked, frequency)) {
    lists.push(scaled(findPassages(statements, expression, wanted, most), 1))
    if (isEnough(lists.flat())) break
  }
  const expression = synonymExpression(asked, frequency)
  const synonyms = expression === null ? [] : scaled(findPassages(statements, expression, wanted, most), synonymWeight)
  return { found: addUp(takeBest(lists), synonyms), isAll: [...lists, synonyms].every((list) => list.length < most) }
}

/** Until there are enough, or no more. */
const lookUntil = (looking: Looking, isEnough: IsEnough): readonly Found[] => {
  const first = look(looking, firstPassages, isEnough)
  return first.isAll || isEnough(first.found) ? first.found : look(looking, mostPassages, isEnough).found
}

const bestOfEach = (found: readonly Found[]): readonly Found[] => {
  const best = new Map<number, Found>()
  for (const one of found) if (!best.has(one.article)) best.set(one.article, one)
  return [...best.values()]
}

type Candidate = Copy & { readonly source: string; readonly title: string; readonly found: Found }

const candidateOf = ({ article }: Statements, found: Found): Candidate => {
  const { sketch, ...row } = articleRow.parse(article.get(found.article))
  return { ...row, sketch: new Uint32Array(Uint8Array.from(sketch).buffer), found }
}

/** To count a frequent word takes milliseconds, and it stays one: its count is kept for a time. A rare one may be new. */
const keptFrom = 500
const keptMs = 60_000
const maxKept = 20_000

const openFrequency = (statement: StatementSync): Frequency => {
  const kept = new Map<string, { readonly count: number; readonly at: number }>()
  return (word) => {
    const known = kept.get(word)
    if (known && performance.now() - known.at < keptMs) return known.count
    const [value] = Object.values(statement.get(word) ?? {})
    const count = typeof value === 'number' ? value : 0
    if (kept.size >= maxKept) kept.clear()
    if (count >= keptFrom) kept.set(word, { count, at: performance.now() })
    return count
  }
}

const tokensOf = ({ words, synonyms }: Asked): ReadonlySet<string> => new Set([...words, ...synonyms.flat()])

type Showing = { readonly statements: Statements; readonly tokenizer: Tokenizer; readonly asked: Asked; readonly best: number }

const showPassage = ({ statements, tokenizer, asked }: Showing, key: number, title: string) => {
  const { text } = textRow.parse(statements.text.get(key))
  const shown = text === '' ? title : text
  return excerptOf(shown, highlightsIn(shown, tokensOf(asked), tokenizer))
}

/** An article that is found by its title is shown by a passage that says so too, where it has one. */
const passageOf = (showing: Showing, { found, title }: Candidate): Hit['passage'] => {
  const passage = showPassage(showing, found.key, title)
  if (passage.highlights.length > 0) return passage
  const within = showing.statements.within.get(found.article, bodyExpression(showing.asked))
  return within ? showPassage(showing, keyRow.parse(within).key, title) : passage
}

const toHit = (showing: Showing) => ({ kept, duplicates }: Folded<Candidate>): Hit => {
  const { id, source, title, found } = kept
  return { id, source, title, score: showing.best > 0 ? found.score / showing.best : 0, passage: passageOf(showing, kept), duplicates }
}

export const openReader = (database: DatabaseSync, tokenizer: Tokenizer, book: () => SynonymBook): Reader => {
  const statements = prepare(database)
  const frequency = openFrequency(statements.frequency)
  /** One state of the file for the whole of an answer. */
  const atOnce = <T>(work: () => T): T => {
    database.exec('begin')
    try {
      return work()
    } finally {
      database.exec('commit')
    }
  }
  const answer = (wanted: Search, choose: (looking: Looking) => readonly Folded<Candidate>[]) => atOnce(() => {
    const asked = readQuery(wanted.text, tokenizer, book())
    if (asked.words.length === 0 || wanted.limit <= 0) return []
    const chosen = choose({ statements, asked, frequency, wanted }).slice(0, wanted.limit)
    const best = Math.max(...chosen.map(({ kept }) => kept.found.score))
    return chosen.map(toHit({ statements, tokenizer, asked, best }))
  })
  return {
    search: (wanted) => answer(wanted, (looking) => {
      const most = wanted.limit * foldedFrom
      const found = bestOfEach(lookUntil(looking, (some) => bestOfEach(some).length >= wanted.limit))
      return foldDuplicates(found.slice(0, most).map((one) => candidateOf(statements, one)))
    }),
    passages: (wanted) => answer(wanted, (looking) => {
      const found = lookUntil(looking, (some) => some.length >= wanted.limit).slice(0, wanted.limit)
      return found.map((one) => ({ kept: candidateOf(statements, one), duplicates: [] }))
    }),
    count: (readers) => statements.count.all(JSON.stringify(readers)).map((row) => countRow.parse(row)).map(({ source, articles }) => [source, articles] as const),
    recall: (name) => z.object({ value: z.string() }).optional().parse(statements.recall.get(name))?.value ?? null,
    revisions: (source, after, limit) =>
      statements.revisions.all(source, after, limit).map((row) => z.object({ id: z.string(), revision: z.string() }).parse(row)).map(({ id, revision }) => [id, revision] as const),
  }
}
