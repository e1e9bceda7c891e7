/** Who is at which place. */
export type Places = ReadonlyMap<string, ReadonlySet<string>>

export const pairsOf = (places: Places): readonly (readonly [place: string, who: string])[] =>
  [...places].flatMap(([place, all]) => [...all].map((who) => [place, who] as const))

/** How often somebody is at a place of this process: once for each of their windows. */
export const openPlaces = () => {
  const places = new Map<string, Map<string, number>>()
  const count = (place: string, who: string) => places.get(place)?.get(who) ?? 0
  const set = (place: string, who: string, times: number) => {
    const all = places.get(place) ?? new Map<string, number>()
    if (times > 0) places.set(place, all.set(who, times))
    else all.delete(who)
    if (all.size === 0) places.delete(place)
  }
  return {
    count,
    has: (place: string, who: string) => count(place, who) > 0,
    at: (place: string) => places.get(place)?.keys() ?? [],
    add: (place: string, who: string) => set(place, who, count(place, who) + 1),
    remove: (place: string, who: string) => set(place, who, count(place, who) - 1),
    list: () => [...places].map(([place, all]) => [place, [...all.keys()]] as const),
  }
}

/** Whom the other processes told of. One that has told nothing for `forgetMs` is forgotten. */
export const openElsewhere = (forgetMs: number, now: () => number = Date.now) => {
  const others = new Map<string, { at: number; readonly places: Map<string, Set<string>> }>()
  const heard = (other: string) => {
    const known = others.get(other) ?? { at: 0, places: new Map<string, Set<string>>() }
    known.at = now()
    others.set(other, known)
    return known.places
  }
  return {
    has: (place: string, who: string) => [...others.values()].some(({ places }) => places.get(place)?.has(who) === true),
    at: (place: string) => [...others.values()].flatMap(({ places }) => [...(places.get(place) ?? [])]),
    placesOf: (other: string): Places => others.get(other)?.places ?? new Map<string, Set<string>>(),
    /** All of whom a process tells. */
    put: (other: string, all: Places) => {
      const places = heard(other)
      places.clear()
      for (const [place, present] of all) places.set(place, new Set(present))
      if (all.size === 0) others.delete(other)
    },
    /** One of them. */
    change: (other: string, place: string, who: string, present: boolean) => {
      const places = heard(other)
      const all = places.get(place) ?? new Set()
      if (present) places.set(place, all.add(who))
      else all.delete(who)
      if (all.size === 0) places.delete(place)
    },
    silent: () => [...others].filter(([, { at }]) => now() - at > forgetMs).map(([other]) => other),
  }
}
