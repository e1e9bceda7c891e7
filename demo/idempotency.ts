/**
 * What a write endpoint remembers of the keys that it has seen, as a real one would in its database. The first request with
 * a key decides; the same request again gets the first outcome again; another request with the key is a conflict.
 */
export type Ledger<Outcome> = {
  /** Runs `write` at most once per key. `fingerprint`: everything of the request that must be the same, as text. */
  once(key: string, fingerprint: string, write: () => Outcome): Entry<Outcome>
}

export type Entry<Outcome> =
  | { readonly kind: 'first' | 'again'; readonly outcome: Outcome }
  | { readonly kind: 'conflict' }

/** `maxKeys`: the oldest key is forgotten past that many. */
export const openLedger = <Outcome>(maxKeys = 100_000): Ledger<Outcome> => {
  const seen = new Map<string, { readonly fingerprint: string; readonly outcome: Outcome }>()
  return {
    once(key, fingerprint, write) {
      const known = seen.get(key)
      if (known) return known.fingerprint === fingerprint ? { kind: 'again', outcome: known.outcome } : { kind: 'conflict' }
      const outcome = write()
      seen.set(key, { fingerprint, outcome })
      forgetOldest(seen, maxKeys)
      return { kind: 'first', outcome }
    },
  }
}

const forgetOldest = (seen: Map<string, unknown>, maxKeys: number) => {
  if (seen.size <= maxKeys) return
  for (const key of seen.keys()) {
    seen.delete(key)
    return
  }
}
