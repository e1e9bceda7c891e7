import { visibleText } from '../../text-forms.ts'
import { pairsOf, partsOf, runsOf } from './tokens.ts'
import type { Tokenizer } from './tokens.ts'
import type { Phrase, SynonymBook } from './synonyms.ts'

/* A text that somebody typed, as expressions of FTS5. They are made of quoted tokens alone, so that nothing of the text is read as an operator. */

/** So much of a text is read, in characters, and so many different words. */
const maxRead = 1_000
const maxWords = 24
const maxSynonyms = 24

export type Asked = {
  /** Different words, in the text's order. */
  readonly words: readonly string[]
  readonly synonyms: readonly Phrase[]
}

export const readQuery = (text: string, tokenizer: Tokenizer, book: SynonymBook): Asked => {
  const all = [...runsOf(visibleText(text.slice(0, maxRead)))].flatMap((run) => tokenizer.words(run)).slice(0, 4 * maxWords)
  const words = [...new Set(all)].slice(0, maxWords)
  const known = new Set(words)
  const synonyms = new Map<string, Phrase>()
  for (let at = 0; at < all.length;) {
    const found = book.after(all.slice(at))
    for (const phrase of found?.others ?? []) if (!phrase.every((token) => known.has(token))) synonyms.set(phrase.join(' '), phrase)
    at += found?.length ?? 1
  }
  return { words, synonyms: [...synonyms.values()].slice(0, maxSynonyms) }
}

/** Tokens have letters and digits only; the quotes are doubled all the same. */
const quote = (tokens: readonly string[]) => `"${tokens.join(' ').replaceAll('"', '""')}"`

/** Any of the words, or what stands for them, in a passage's own text. */
export const bodyExpression = ({ words, synonyms }: Asked): string => `body : (${[...words.map((word) => quote([word])), ...synonyms.map(quote)].join(' OR ')})`

const isHan = (word: string) => /^\p{Script=Han}/u.test(word)

const all = (tokens: readonly string[]) => `(${tokens.map((token) => quote([token])).join(' AND ')})`

/** A word that no passage has: Chinese is looked for by the pairs of its characters, as the segmenter may have cut a text elsewhere; `iphone15` by its parts. */
const unknownWord = (word: string): string | null => {
  const pieces = isHan(word) ? pairsOf(word) : partsOf(word)
  if (pieces.length > 0) return all(pieces)
  return isHan(word) ? `${quote([word])} *` : null
}

/** How many passages have a word. */
export type Frequency = (word: string) => number

/** Ranking a passage takes some 1.5 µs: so many may have one of the words. */
const rankedBudget = 4_000
const synonymBudget = 1_500
/** Where a word stands that says what a passage is about; `strong` has what is in its text several times. */
const strongColumns = '{title headings tags strong}'

const any = (expressions: readonly string[]) => expressions.join(' OR ')

/**
 * Words as expressions, one to be asked after the other while there is too little. Rare words come first, and frequent ones beside them only. Then frequent
 * ones (those whose passages are more than may be ranked) where they say what a passage is about, then wherever they are.
 */
export const wordExpressions = ({ words }: Asked, frequency: Frequency): readonly string[] => {
  const counted = words.map((word) => ({ word, count: frequency(word) })).sort((one, other) => one.count - other.count)
  const rare = counted.filter(({ count }) => count === 0).flatMap(({ word }) => unknownWord(word) ?? [])
  const frequent: string[] = []
  let sum = 0
  for (const { word, count } of counted.filter((one) => one.count > 0)) {
    sum += count
    ;(sum <= rankedBudget ? rare : frequent).push(quote([word]))
  }
  const first = frequent.length === 0 ? [any(rare)] : [`${any(rare)} OR ((${any(rare)}) AND (${any(frequent)}))`]
  const then = frequent.length === 0 ? [] : [`${strongColumns} : (${any(frequent)})`, any(frequent)]
  return [...(rare.length === 0 ? [] : first), ...then]
}

/** What stands for the words; null where nothing does. Frequent phrases only where they weigh, as they are many. */
export const synonymExpression = ({ synonyms }: Asked, frequency: Frequency): string | null => {
  const phrases = synonyms.map((phrase) => ({ text: quote(phrase), count: Math.min(...phrase.map(frequency)) })).filter(({ count }) => count > 0)
  let sum = 0
  const texts = phrases.sort((one, other) => one.count - other.count).map(({ text, count }) => ((sum += count) <= synonymBudget ? text : `${strongColumns} : ${text}`))
  return texts.length === 0 ? null : any(texts)
}
