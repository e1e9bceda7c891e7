import { foldText } from '../../text-forms.ts'

/* Several lists as one. Pure. */

export type Ranked = { readonly id: string }
export type RankedList<T extends Ranked> = { readonly items: readonly T[]; readonly weight: number }

/** What a rank is worth: 1 / (60 + rank), as in "Reciprocal Rank Fusion Outperforms Condorcet" (Cormack, Clarke, Büttcher; SIGIR 2009). */
const steadying = 60

/**
 * Reciprocal rank fusion: scores of different sources do not compare, their orders do. An item is that of the first list it is in; best first, equal ones by
 * their id.
 */
export const fuseRanks = <T extends Ranked>(lists: readonly RankedList<T>[]): readonly { readonly item: T; readonly score: number }[] => {
  const fused = new Map<string, { item: T; score: number }>()
  for (const { items, weight } of lists) {
    const first = new Map(items.map((item, index) => [item.id, { item, index }] as const).reverse())
    for (const [id, { item, index }] of first) {
      const share = weight / (steadying + index + 1)
      const known = fused.get(id)
      fused.set(id, { item: known?.item ?? item, score: (known?.score ?? 0) + share })
    }
  }
  return [...fused.values()].sort((one, other) => other.score - one.score || (one.item.id < other.item.id ? -1 : 1))
}

export type Language = 'zh' | 'en'

/** What one copy is compared with another by. */
export type Copy = Ranked & {
  readonly title: string
  readonly language: Language
  /** The smallest hashes of its shingles, ascending (`sketch.ts`). */
  readonly sketch: Uint32Array
  /** Milliseconds since 1970. */
  readonly updatedAt: number
  /** Of its body, in characters. */
  readonly length: number
}

/** Of two texts of 300 words in which one word in forty differs, about three quarters of the shingles of three are the same. */
const sameFrom = 0.7

/** The share of shingles that two texts have in common (Jaccard), by the smallest of both (Broder, 1997). 0 where one has none. */
export const resemblance = (one: Uint32Array, other: Uint32Array): number => {
  const wanted = Math.max(one.length, other.length)
  let [at, otherAt, both, seen] = [0, 0, 0, 0]
  while (seen < wanted && (at < one.length || otherAt < other.length)) {
    const [left, right] = [one[at] ?? Infinity, other[otherAt] ?? Infinity]
    if (left === right) both += 1
    if (left <= right) at += 1
    if (right <= left) otherAt += 1
    seen += 1
  }
  return one.length === 0 || other.length === 0 ? 0 : both / seen
}

/** Under another title: articles that are made from one template differ in little else than what they are about. */
const sameElsewhereFrom = 0.97

const isSame = (one: Copy, other: Copy): boolean => {
  const from = foldText(one.title) === foldText(other.title) ? sameFrom : sameElsewhereFrom
  return one.language === other.language && resemblance(one.sketch, other.sketch) >= from
}

/** The newer one is better kept; of two of one age the longer one. */
const isBetter = (one: Copy, other: Copy): boolean =>
  one.updatedAt === other.updatedAt ? (one.length === other.length ? one.id < other.id : one.length > other.length) : one.updatedAt > other.updatedAt

export type Folded<T> = { readonly kept: T; readonly duplicates: readonly string[] }

/** Near-duplicates as one: the best kept copy, at the place of the one that was found first. The others' ids go with it. */
export const foldDuplicates = <T extends Copy>(found: readonly T[]): readonly Folded<T>[] => {
  const groups: [T, ...T[]][] = []
  for (const copy of found) {
    const group = groups.find(([first]) => isSame(first, copy))
    if (group) group.push(copy)
    else groups.push([copy])
  }
  return groups.map((group) => {
    const kept = group.reduce((best, copy) => (isBetter(copy, best) ? copy : best))
    return { kept, duplicates: group.filter((copy) => copy !== kept).map(({ id }) => id) }
  })
}
