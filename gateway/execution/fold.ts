import type { JsonObject } from './json.ts'
import type { Rewrite } from './rewrites.ts'

/** What a fetch asks about: each representation once, and for every entity which of them is its own (-1 where it has none). */
export type Folded = { readonly representations: JsonObject[]; readonly ownOf: Int32Array }

/** Where the number of a representation is kept. */
type Kept = { readonly known: Map<string, number>; readonly key: string }

/** Most representations are a type and one id: those are found without making a text of each. */
const openKnown = () => {
  const byType = new Map<string, { readonly name: string; readonly known: Map<string, number> }>()
  const byText = new Map<string, number>()
  return (representation: JsonObject): Kept => {
    const { __typename: type } = representation
    const name = soleKey(representation)
    if (typeof type === 'string' && name !== null) {
      const key = representation[name]
      const ofType = byType.get(type) ?? { name, known: new Map<string, number>() }
      if (typeof key === 'string' && ofType.name === name) {
        byType.set(type, ofType)
        return { known: ofType.known, key }
      }
    }
    return { known: byText, key: JSON.stringify(representation) }
  }
}

/** The one key beside the type; null where there are more, or none. */
const soleKey = (representation: JsonObject): string | null => {
  let found: string | null = null
  for (const key in representation) {
    if (key === '__typename') continue
    if (found !== null) return null
    found = key
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
  const find = openKnown()
  const addNew = (index: number, representation: JsonObject) => {
    rewrite(representation)
    ownOf[index] = representations.push(representation) - 1
  }
  return {
    folded: { representations, ownOf },
    add: (index: number, representation: JsonObject): void => {
      if (count === 1) return addNew(index, representation)
      const { known, key } = find(representation)
      const before = known.get(key)
      if (before !== undefined) ownOf[index] = before
      else {
        known.set(key, representations.length)
        addNew(index, representation)
      }
    },
  }
}
