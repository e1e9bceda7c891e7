import { setImmediate as nextTurn } from 'node:timers/promises'
import { splitRuns } from './text.ts'
import type { Run } from './text.ts'

/** Cuts a run of Han characters into words. */
export type Segment = (han: string) => readonly string[]

/** What a text is made of: its words in their order, and its runs, which characters are taken from. */
export type Words = { readonly words: readonly string[]; readonly runs: readonly Run[] }

const sliceBytes = 1 << 16
const lineFeed = 10

let opening: Promise<Segment> | null = null

const loadLibraries = () => Promise.all([import('@node-rs/jieba'), import('@node-rs/jieba/dict.js'), import('opencc-js/core'), import('opencc-js/preset/t2cn')])

/** Loads jieba's dictionary (5 MB, some 60 MB in memory) once in a thread, in slices, so that its event loop is held for none of the whole. */
const loadJieba = async (): Promise<Segment> => {
  const [{ Jieba }, { dict }, { ConverterBuilder }, simplifying] = await loadLibraries()
  const jieba = new Jieba()
  for (let start = 0; start < dict.length;) {
    const at = dict.indexOf(lineFeed, start + sliceBytes)
    const end = at === -1 ? dict.length : at + 1
    jieba.loadDict(dict.subarray(start, end))
    start = end
    await nextTurn()
  }
  const simplify = ConverterBuilder(simplifying)({ from: 't', to: 'cn' })
  return (han) => jieba.cut(simplify(han), true)
}

/** Words of Chinese, traditional characters as simplified ones. The dictionary is loaded by the first call. */
export const openSegmenter = (): Promise<Segment> => (opening ??= loadJieba())

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
