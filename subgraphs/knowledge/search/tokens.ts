import { stem } from 'porter2'
import { openChinese } from '../../chinese.ts'
import { foldText } from '../../text-forms.ts'
import { stopWords } from './stop-words.ts'

/*
 * What a text is found by. The same for articles and for what is asked: folded, traditional characters as simplified ones, Chinese cut into words, English
 * stemmed (Porter2), stop words left out.
 */

/** A run of letters and digits of one script, as it stands in a text. */
export type Run = { readonly text: string; readonly start: number; readonly han: boolean }

/** Longer ones are keys and ciphers: their beginning is enough to find them by. */
const maxToken = 40
/** Runs are cut where no word is: the segmenter's work on one grows with its length. */
const maxRun = 400
const maxRemembered = 50_000

const runPattern = /\p{Script=Han}+|[[\p{L}\p{M}\p{N}]--\p{Script=Han}]+(?:['\u2019\u02bc][[\p{L}\p{M}]--\p{Script=Han}]+)*/gv
const hanFirst = /^\p{Script=Han}/u
/** Unified ideographs have one form. */
const ordinaryHan = /^[\u4e00-\u9fff]+$/
const plainRun = /^[a-z]+$/
const parts = /\p{N}+|[^\p{N}]+/gu
const possessive = /'s?$/

export function* runsOf(text: string): Generator<Run> {
  for (const { 0: run, index } of text.matchAll(runPattern)) {
    const han = hanFirst.test(run)
    for (let at = 0; at < run.length; at += maxRun) yield { text: run.slice(at, at + maxRun).toWellFormed(), start: index + at, han }
  }
}

export type Tokenizer = {
  /** Simplified, and as long as it was: what stands where is still known. */
  simplify(han: string): string
  /** Whole words; of a run that is no Han, its one word. */
  words(run: Run): readonly string[]
  /** For articles: the shorter words within long ones too, and letters and digits apart. */
  finely(run: Run): readonly string[]
}

/** The pairs of neighbours in a text: what a word is found by where nobody knows it as one. */
export const pairsOf = (han: string): readonly string[] => {
  const characters = [...han]
  return characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`)
}

const isWord = (token: string) => token !== '' && !stopWords.has(token)

/** What has been worked out before is looked up: a language has few words that are written often. */
const remembering = <T>(work: (text: string) => T): ((text: string) => T) => {
  const known = new Map<string, T>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    if (known.size >= maxRemembered) known.clear()
    const worked = work(text)
    known.set(text, worked)
    return worked
  }
}

const stemOf = (word: string) => (plainRun.test(word) ? stem(word) : word)

/** Of a word that mixes letters with digits, the runs of each; of others, nothing. */
export const partsOf = (word: string): readonly string[] => {
  const split = /\p{N}/u.test(word) ? (word.match(parts) ?? []) : []
  return split.length > 1 ? split.filter(isWord).map(stemOf) : []
}

const wordOf = (text: string): readonly string[] => {
  const folded = foldText(text).replace(possessive, '').replaceAll('\'', '').slice(0, maxToken).toWellFormed()
  return isWord(folded) ? [stemOf(folded)] : []
}

/** Conversion knows phrases, some of which have another length: character by character then. */
const simplifyEvenly = (simplify: (han: string) => string, han: string): string => {
  const folded = ordinaryHan.test(han) ? han : foldText(han)
  const even = folded.length === han.length ? folded : han
  const simple = simplify(even)
  if (simple.length === han.length) return simple
  return [...even].map((character) => [character, simplify(character)] as const).map(([was, is]) => (is.length === was.length ? is : was)).join('')
}

export const openTokenizer = async (): Promise<Tokenizer> => {
  const chinese = await openChinese()
  const lettersOf = remembering(wordOf)
  const lettersFinely = remembering((text) => wordOf(text).flatMap((word) => [word, ...partsOf(word)]))
  const last = { from: '', to: '' }
  // Asked for twice in a row of each run: for its words, and for its pairs.
  const simplify = (han: string): string => {
    if (last.from !== han) Object.assign(last, { from: han, to: simplifyEvenly((text) => chinese.simplify(text), han) })
    return last.to
  }
  return {
    simplify,
    words: (run) => (run.han ? chinese.cut(simplify(run.text)).filter(isWord) : lettersOf(run.text)),
    finely: (run) => (run.han ? chinese.cutFinely(simplify(run.text)).filter(isWord) : lettersFinely(run.text)),
  }
}
