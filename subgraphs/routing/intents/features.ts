import type { Words } from './words.ts'

/*
 * What a text is known by, each as a number of 32 bits: words, two in a row, any two of a text, the same of the first four letters of words, and the
 * characters within words. Two different ones that share a number are as rare as 1 in 10,000 features, and the examples outvote them.
 */

/** As first draw of each kind's numbers, so that a word is not its own characters. */
const seeds = { word: 0x2545f491, stem: 0x6c078965, letters: 0x1b873593, han: 0x52dce729, next: 0x38495ab5, pair: 0x165667b1, stemPair: 0x27d4eb2f } as const

const stemLength = 4
const shortestGram = 3
const longestGram = 5
const longestHanGram = 3
/** Any two of the first so many different words: their number grows with the square. */
const maxPaired = 40

const step = (hash: number, value: number) => Math.imul(hash ^ value, 0x01000193)

/** Spreads a number over all of its bits (MurmurHash3's last step); never 0, which stands for none. */
const finish = (hash: number): number => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) || 1
}

const hashText = (seed: number, text: string, length = text.length): number => {
  let hash = seed
  for (let at = 0; at < length; at += 1) hash = step(hash, text.charCodeAt(at))
  return finish(hash)
}

const hashTwo = (seed: number, first: number, second: number) => finish(Math.imul(step(seed, first), 0x9e3779b1) ^ second)
const hashEither = (seed: number, one: number, other: number) => (one < other ? hashTwo(seed, one, other) : hashTwo(seed, other, one))

/** The first `words` of them are whole words, the first `own` of single words and their characters; the rest are of two words. One may be there several times. */
export type Features = { readonly hashes: readonly number[]; readonly words: number; readonly own: number }

const pushGrams = (hashes: number[], seed: number, text: string, shortest: number, longest: number) => {
  for (let start = 0; start + shortest <= text.length; start += 1) {
    const end = Math.min(text.length, start + longest)
    let hash = seed
    for (let at = start; at < end; at += 1) {
      hash = step(hash, text.charCodeAt(at))
      if (at - start + 1 >= shortest) hashes.push(finish(hash))
    }
  }
}

const pushCharacters = (hashes: number[], { runs }: Words) => {
  for (const { kind, text } of runs) {
    if (kind === 'han') pushGrams(hashes, seeds.han, text, 1, longestHanGram)
    if (kind === 'letters') pushGrams(hashes, seeds.letters, ` ${text} `, shortestGram, longestGram)
  }
}

const pushInARow = (hashes: number[], words: readonly number[]) => {
  let before = 0
  for (const word of words) {
    hashes.push(hashTwo(seeds.next, before, word))
    before = word
  }
  if (words.length > 0) hashes.push(hashTwo(seeds.next, before, 0))
}

/** A stem equals its word where the word is short: two short ones are a pair already. */
const pushPairs = (hashes: number[], words: readonly number[], stems: readonly number[]) => {
  const different = [...new Set(words.keys().map((index) => words.indexOf(words[index] ?? 0)))].slice(0, maxPaired)
  different.forEach((one, index) => {
    for (let next = index + 1; next < different.length; next += 1) {
      const other = different[next] ?? 0
      const [oneWord, oneStem, otherWord, otherStem] = [words[one] ?? 0, stems[one] ?? 0, words[other] ?? 0, stems[other] ?? 0]
      hashes.push(hashEither(seeds.pair, oneWord, otherWord))
      if (oneStem !== oneWord || otherStem !== otherWord) hashes.push(hashEither(seeds.stemPair, oneStem, otherStem))
    }
  })
}

export const featuresOf = (text: Words): Features => {
  const words = text.words.map((word) => hashText(seeds.word, word))
  const stems = text.words.map((word, index) => (word.length > stemLength ? hashText(seeds.stem, word, stemLength) : (words[index] ?? 0)))
  const hashes = [...words, ...stems.filter((stem, index) => stem !== words[index])]
  pushCharacters(hashes, text)
  const own = hashes.length
  pushInARow(hashes, words)
  pushPairs(hashes, words, stems)
  return { hashes, words: words.length, own }
}
