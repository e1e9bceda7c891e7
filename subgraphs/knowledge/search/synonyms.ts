import type { SynonymGroups } from '../../synonym-groups.ts'
import { runsOf } from './tokens.ts'
import type { Tokenizer } from './tokens.ts'

/** Several words in a row, as tokens. */
export type Phrase = readonly string[]

/** What else may stand for words in a row of a query, and how many of its words it stands for. */
export type SynonymBook = { after(words: readonly string[]): { readonly length: number; readonly others: readonly Phrase[] } | null }

const keyOf = (phrase: Phrase) => phrase.join(' ')

/** The longest phrase that the words begin with counts. */
export const openSynonyms = (groups: SynonymGroups, tokenizer: Tokenizer): SynonymBook => {
  const others = new Map<string, Phrase[]>()
  let longest = 1
  for (const words of groups) {
    const phrases = words.map((text) => [...runsOf(text)].flatMap((run) => tokenizer.words(run))).filter((phrase) => phrase.length > 0)
    for (const phrase of phrases) {
      const rest = phrases.filter((other) => keyOf(other) !== keyOf(phrase))
      others.set(keyOf(phrase), [...(others.get(keyOf(phrase)) ?? []), ...rest])
      longest = Math.max(longest, phrase.length)
    }
  }
  return {
    after: (words) => {
      for (let length = Math.min(longest, words.length); length > 0; length -= 1) {
        const found = others.get(keyOf(words.slice(0, length)))
        if (found && found.length > 0) return { length, others: found }
      }
      return null
    },
  }
}
