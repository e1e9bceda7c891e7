import { openChinese } from '../../chinese.ts'
import { splitRuns } from './text.ts'
import type { Run } from './text.ts'

/** Cuts a run of Han characters into words. */
export type Segment = (han: string) => readonly string[]

/** What a text is made of: its words in their order, and its runs, which characters are taken from. */
export type Words = { readonly words: readonly string[]; readonly runs: readonly Run[] }

/** Words of Chinese, traditional characters as simplified ones. The dictionary is loaded by the first call. */
export const openSegmenter = async (): Promise<Segment> => {
  const chinese = await openChinese()
  return (han) => chinese.cut(chinese.simplify(han))
}

/** Where no example has a Han character there is nothing to know a Chinese word by. */
export const segmentNothing: Segment = () => []

export const wordsOf = (normalized: string, segment: Segment): Words => {
  const words: string[] = []
  const runs = splitRuns(normalized).map((run) => {
    const cut = run.kind === 'han' ? segment(run.text) : [run.text]
    words.push(...cut)
    return run.kind === 'han' ? { kind: run.kind, text: cut.join('') } : run
  })
  return { words, runs }
}
