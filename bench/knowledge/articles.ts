import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { dict } from '@node-rs/jieba/dict.js'
import { stopWords } from '../../subgraphs/knowledge/search/stop-words.ts'
import type { Indexed } from '../../subgraphs/knowledge/search/indexed.ts'

/*
 * Articles that nobody wrote: real words, as rare as a language has them (Zipf's law as Mandelbrot wrote it), in Markdown. Chinese words are those of the
 * segmenter's dictionary, by its counts; English ones those of this repository's own texts, by theirs, and their derivations below them.
 */

export type Random = () => number

/** mulberry32: the same numbers for the same seed. */
export const openRandom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Draw = (random: Random) => string

export type Vocabulary = { readonly words: readonly string[]; readonly draw: Draw; /** As `draw`, without stop words. */ readonly drawAsked: Draw }

const size = 20_000
const flattening = 2.7
const root = path.join(import.meta.dirname, '../..')
const endings = ['s', 'ing', 'ed', 'er', 'ness', 'ment', 'able', 'less', 'ful', 'ship']

const openDraw = (words: readonly string[], isWanted: (word: string) => boolean): Draw => {
  const wanted = words.map((word, rank) => ({ word, weight: 1 / (rank + 1 + flattening) })).filter(({ word }) => isWanted(word))
  let sum = 0
  const sums = wanted.map(({ weight }) => (sum += weight))
  return (random) => {
    const at = random() * sum
    let [low, high] = [0, sums.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) < at) low = middle + 1
      else high = middle
    }
    return wanted[low]?.word ?? ''
  }
}

const vocabularyOf = (ranked: readonly string[]): Vocabulary => {
  const words = ranked.slice(0, size)
  return { words, draw: openDraw(words, () => true), drawAsked: openDraw(words, (word) => !stopWords.has(word)) }
}

const chineseWords = (): readonly string[] =>
  dict.toString().split('\n').map((line) => line.split(' ')).filter(([word = '']) => /^\p{Script=Han}{1,6}$/u.test(word))
    .sort(([, one = '0'], [, other = '0']) => Number(other) - Number(one)).slice(0, size).map(([word = '']) => word)

const textsIn = async (folder: string): Promise<readonly string[]> => {
  const names = (await readdir(path.join(root, folder), { recursive: true })).filter((name) => /\.(?:md|yaml)$/.test(name)).sort()
  return Promise.all(names.map((name) => readFile(path.join(root, folder, name), 'utf8')))
}

const englishWords = async (): Promise<readonly string[]> => {
  const texts = [...(await textsIn('docs')), ...(await textsIn('routing'))]
  const counts = new Map<string, number>()
  for (const [word] of texts.join('\n').toLowerCase().matchAll(/\b[a-z]{2,14}\b/g)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const own = [...counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1)).map(([word]) => word)
  return [...new Set([...own, ...endings.flatMap((ending) => own.filter((word) => word.length > 3).map((word) => `${word}${ending}`))])]
}

export type Vocabularies = { readonly zh: Vocabulary; readonly en: Vocabulary }
export type Tongue = keyof Vocabularies

export const openVocabularies = async (): Promise<Vocabularies> => ({ zh: vocabularyOf(chineseWords()), en: vocabularyOf(await englishWords()) })

export const departments = Array.from({ length: 20 }, (_, index) => `department-${index}`)
const sources = ['confluence', 'yuque', 'svn']
const averageWords = 300
/** Of a hundred articles, so many are a copy of another one but for a few words. */
const copies = 2

const pick = <T>(random: Random, all: readonly T[], otherwise: T): T => all[Math.floor(random() * all.length)] ?? otherwise

const sentence = (draw: Draw, random: Random, words: number, tongue: Tongue): string => {
  const drawn = Array.from({ length: words }, () => draw(random))
  return tongue === 'zh' ? `${drawn.join('')}。` : `${drawn.join(' ')}. `
}

const bodyOf = ({ draw }: Vocabulary, random: Random, tongue: Tongue): string => {
  // Between a sixth and eleven sixths of the average, mostly nearer.
  const words = Math.round(averageWords * (1 + (random() + random() - 1) * 0.83))
  const parts: string[] = []
  for (let written = 0; written < words;) {
    const length = Math.min(words - written, 6 + Math.floor(random() * 14))
    const heading = random() < 0.08 ? `\n\n## ${sentence(draw, random, 3, tongue)}\n\n` : random() < 0.2 ? '\n\n' : ''
    parts.push(heading, random() < 0.1 ? '\n- ' : '', sentence(draw, random, length, tongue))
    written += length
  }
  return parts.join('')
}

const readersOf = (random: Random): readonly string[] => {
  const kind = random()
  if (kind < 0.3) return ['public']
  if (kind < 0.6) return ['staff']
  return [...new Set([pick(random, departments, ''), pick(random, departments, '')])].sort()
}

/** The same article for the same number; an edition changes its body, and nothing else. */
export const articleOf = (vocabularies: Vocabularies, index: number, edition = 0): Indexed => {
  const random = openRandom(index + 1)
  const tongue = index % 2 === 0 ? 'zh' : 'en'
  const vocabulary = vocabularies[tongue]
  const source = sources[index % 3] ?? 'svn'
  const fixed = { id: `${source}:${index}`, source, readers: readersOf(random), tags: [vocabulary.drawAsked(random)], updatedAt: 1.7e12 + index, revision: String(edition) }
  const title = Array.from({ length: 4 }, () => vocabulary.drawAsked(random)).join(tongue === 'zh' ? '' : ' ')
  const copied = index >= 100 && index % 100 < copies ? openRandom(index - 99) : null
  const body = bodyOf(vocabulary, copied ?? openRandom(index * 31 + edition * 1_000_003 + 7), tongue)
  return { ...fixed, title, body: copied ? `${body}\n${sentence(vocabulary.draw, random, 6, tongue)}` : body }
}

/** One to four words of one language, as often as they are written. */
export const queryOf = (vocabularies: Vocabularies, random: Random): string => {
  const tongue = random() < 0.5 ? 'zh' : 'en'
  return Array.from({ length: 1 + Math.floor(random() * 4) }, () => vocabularies[tongue].drawAsked(random)).join(' ')
}
