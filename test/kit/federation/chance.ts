/** Numbers that look like chance and are the same for the same seed (mulberry32). */
export type Chance = {
  /** From 0, less than 1. */
  next(): number
  /** A whole number from 0, less than `below`. */
  below(below: number): number
  happens(share: number): boolean
  pick<T>(from: readonly T[]): T
}

export const openChance = (seed: number): Chance => {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count: number) => Math.floor(next() * count)
  return {
    next,
    below,
    happens: (share) => next() < share,
    pick: (from) => {
      const at = below(from.length)
      for (const picked of from.slice(at, at + 1)) return picked
      throw new Error('there is nothing to pick from')
    },
  }
}

/** The same number for the same texts (FNV-1a). */
export const hashOf = (...texts: readonly string[]): number => {
  let hash = 0x811c9dc5
  for (const text of texts) {
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
    hash = Math.imul(hash ^ 0xff, 0x01000193)
  }
  return hash | 0
}
