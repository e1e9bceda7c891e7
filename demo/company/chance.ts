/** Numbers that look random and are the same every time. */
export type Chance = {
  /** From 0 up to, not including, 1. */
  fraction(): number
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  /** True in `share` (0 to 1) of the cases. */
  happens(share: number): boolean
  pick<T>(from: readonly [T, ...T[]]): T
  /** `count` decimal digits. */
  digits(count: number): string
}

/** mulberry32, by Tommy Ettinger (public domain). Each part of the company has its own seed, so that it changes alone. */
export const openChance = (seed: number): Chance => {
  let state = seed >>> 0
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (least: number, most: number) => least + Math.floor(fraction() * (most - least + 1))
  return {
    fraction,
    between,
    happens: (share) => fraction() < share,
    pick: (from) => from[between(0, from.length - 1)] ?? from[0],
    digits: (count) => Array.from({ length: count }, () => between(0, 9)).join(''),
  }
}
