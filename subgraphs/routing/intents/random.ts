/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
export const openRandom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** In place (Fisher and Yates), the first `count` of them. */
export const shuffle = (order: Int32Array, random: () => number, count = order.length) => {
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const moved = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = moved
  }
}

export const countUp = (length: number): Int32Array => Int32Array.from({ length }, (_, index) => index)
