import { setImmediate as nextTurn } from 'node:timers/promises'

/** What is known of written Chinese: its words, and its simplified characters. */
export type Chinese = {
  /** Traditional characters as simplified ones. */
  simplify(han: string): string
  /** A run of simplified Han characters as its words, in their order. */
  cut(han: string): readonly string[]
  /** The same, and the shorter words within long ones as well. */
  cutFinely(han: string): readonly string[]
}

const sliceBytes = 1 << 16
const lineFeed = 10

let opening: Promise<Chinese> | null = null

const loadLibraries = () => Promise.all([import('@node-rs/jieba'), import('@node-rs/jieba/dict.js'), import('opencc-js/core'), import('opencc-js/preset/t2cn')])

/** Loads jieba's dictionary (5 MB, some 60 MB in memory) once in a thread, in slices, so that its event loop is held for none of the whole. */
const load = async (): Promise<Chinese> => {
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
  return { simplify, cut: (han) => jieba.cut(han, true), cutFinely: (han) => jieba.cutForSearch(han, true) }
}

/** The dictionary is loaded by the first call. */
export const openChinese = (): Promise<Chinese> => (opening ??= load())
