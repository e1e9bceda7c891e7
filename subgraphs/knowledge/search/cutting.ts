import { createHash } from 'node:crypto'
import { hasHan } from '../../text-forms.ts'
import type { Indexed } from './indexed.ts'
import type { Language } from './merge.ts'
import type { CutArticle, CutPassage } from './messages.ts'
import { maxIndexed, passagesOf } from './passages.ts'
import { sketchOf } from './sketch.ts'
import { pairsOf, runsOf } from './tokens.ts'
import type { Tokenizer } from './tokens.ts'

/* An article as what is written of it: passages, and their tokens with a blank between them. */

/** From so often in one passage a word counts as what it is about. */
const strongFrom = 3

type Tokens = { readonly words: string[]; readonly pairs: readonly string[] }

/** Pairs that are words as well are there already. */
const tokensOf = (text: string, tokenizer: Tokenizer): Tokens => {
  const [words, pairs]: [string[], Set<string>] = [[], new Set()]
  for (const run of runsOf(text)) {
    words.push(...tokenizer.finely(run))
    if (run.han) for (const pair of pairsOf(tokenizer.simplify(run.text))) pairs.add(pair)
  }
  return { words, pairs: [...pairs.difference(new Set(words))] }
}

const strongOf = (words: readonly string[]): readonly string[] => {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].filter(([, count]) => count >= strongFrom).map(([word]) => word)
}

const looked = 2_000
/** A Han character says about as much as eight letters and blanks do in ten. */
const languageOf = (text: string): Language => (hasHan(text) && (text.match(/\p{Script=Han}/gu) ?? []).length * 8 > text.length ? 'zh' : 'en')
const digestOf = ({ title, body, tags, revision }: Indexed) => createHash('sha256').update(JSON.stringify([title, body.slice(0, maxIndexed), body.length, tags, revision])).digest('base64')
const join = (words: readonly string[]) => words.join(' ')

export const cutArticle = (article: Indexed, tokenizer: Tokenizer): CutArticle => {
  const title = tokensOf(article.title, tokenizer)
  const tags = join(tokensOf(article.tags.join('\n'), tokenizer).words)
  const all: string[] = []
  const cut = (headings: readonly string[], text: string): CutPassage => {
    const above = tokensOf(headings.join('\n'), tokenizer)
    const body = tokensOf(text, tokenizer)
    for (const word of body.words) all.push(word)
    const pairs = new Set([...title.pairs, ...above.pairs, ...body.pairs])
    return { text, headings: join(above.words), body: join(body.words), strong: join(strongOf(body.words)), pairs: join([...pairs]) }
  }
  const passages = [...passagesOf(article.body)].map(({ headings, text }) => cut(headings, text))
  const { id, source, updatedAt, revision, readers, body } = article
  return {
    id, source, updatedAt, revision, title: article.title, readers: [...new Set(readers)].sort(), language: languageOf(body.slice(0, looked)), length: body.length, digest: digestOf(article),
    sketch: sketchOf(all), words: join(title.words), tags,
    // One that has no text is found by its title alone.
    passages: passages.length > 0 ? passages : [cut([], '')],
  }
}
