const kept = 1_024

/** Null where there is nothing to tell of. */
export type Quantiles = { readonly p50Ms: number | null; readonly p99Ms: number | null }

/** How long the last 1,024 attempts took. */
export type Latencies = {
  add(ms: number, at: number): void
  /** How many there have been. */
  readonly count: number
  /** Of those after the first `count`. */
  quantilesAfter(count: number): Quantiles
  /** Of those that ended after `at`, as it was given. */
  quantilesSince(at: number): Quantiles
}

export const openLatencies = (): Latencies => {
  const took = new Float64Array(kept)
  const endedAt = new Float64Array(kept)
  let count = 0
  const after = (start: number, isWanted: (slot: number) => boolean = () => true) => {
    const slots = Array.from({ length: Math.min(count - start, kept) }, (_, back) => (count - 1 - back) % kept)
    return quantilesOf(Float64Array.from(slots.filter(isWanted), (slot) => took[slot] ?? 0).sort())
  }
  return {
    add: (ms, at) => {
      took[count % kept] = ms
      endedAt[count % kept] = at
      count += 1
    },
    get count() {
      return count
    },
    quantilesAfter: (start) => after(start),
    quantilesSince: (at) => after(0, (slot) => (endedAt[slot] ?? at) > at),
  }
}

/** Of numbers in ascending order, by nearest rank. */
const quantilesOf = (sorted: Float64Array): Quantiles => {
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
  return { p50Ms: rank(0.5), p99Ms: rank(0.99) }
}
