import type { JsonObject } from './json.ts'
import type { Rewrite } from './rewrites.ts'

/** What a fetch asks about: each representation once, and for every entity which of them is its own (-1 where it has none). */
export type Folded = { readonly representations: JsonObject[]; readonly ownOf: Int32Array }

/** The same text for the same representation. Most are a type and one id. */
const keyOf = (representation: JsonObject): string => {
  let found = ''
  let count = 0
  for (const key in representation) {
    const value = representation[key]
    count += 1
    if (count > 2 || typeof value !== 'string') return JSON.stringify(representation)
    found += `${key}\n${value.length}\n${value}\n`
  }
  return found
}

/**
 * What is in a list several times is asked about once: its subgraph would say the same of it. `rewrite` makes of a representation what is sent; that
 * may be the same of two that are not, as where a subgraph knows only an interface of both.
 */
export const openFold = (count: number, rewrite: Rewrite) => {
  const ownOf = new Int32Array(count).fill(-1)
  const representations: JsonObject[] = []
  const known = new Map<string, number>()
  const addNew = (index: number, representation: JsonObject) => {
    rewrite(representation)
    ownOf[index] = representations.push(representation) - 1
  }
  return {
    folded: { representations, ownOf },
    add: (index: number, representation: JsonObject): void => {
      if (count === 1) return addNew(index, representation)
      const key = keyOf(representation)
      const before = known.get(key)
      if (before !== undefined) ownOf[index] = before
      else {
        known.set(key, representations.length)
        addNew(index, representation)
      }
    },
  }
}
