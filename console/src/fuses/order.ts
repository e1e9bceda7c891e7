import type { FuseState } from '../../gql/graphql.ts'

type Placed = { readonly id: string; readonly backend: string; readonly instance: string }

/**
 * Fuses in an order that no failure changes: as the hub lists them by its configuration, those of one backend beside each other. One
 * that is not in the list comes after it.
 */
export const inOrder = <T extends Placed>(fuses: Iterable<T>, listed: readonly string[]): readonly T[] => {
  const all = [...fuses]
  const place = new Map(listed.map((id, i) => [id, i]))
  const placeOf = ({ id }: T) => place.get(id) ?? listed.length
  const backends = new Map<string, number>()
  for (const fuse of all) backends.set(fuse.backend, Math.min(backends.get(fuse.backend) ?? Infinity, placeOf(fuse)))
  const backendPlace = ({ backend }: T) => backends.get(backend) ?? 0
  return all.toSorted((a, b) => backendPlace(a) - backendPlace(b) || compare(a.backend, b.backend) || placeOf(a) - placeOf(b) || compare(a.instance, b.instance))
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** One instance goes without saying. */
export const manyInstances = (fuses: readonly Placed[]): boolean => new Set(fuses.map(({ instance }) => instance)).size > 1

/** What a fuse is called: by its backend, and by its process too where that is needed to tell them apart. */
export const nameOf = ({ backend, instance }: Placed, withInstance: boolean): string => (withInstance ? `${backend} (${instance})` : backend)

const states = ['CLOSED', 'HALF_OPEN', 'OPEN'] as const

export const countByState = (fuses: readonly { readonly state: FuseState }[]): readonly { readonly state: FuseState; readonly count: number }[] =>
  states.map((state) => ({ state, count: fuses.filter((fuse) => fuse.state === state).length })).filter(({ count }) => count > 0)

/** Closed where there is none. */
export const worstOf = (fuses: Iterable<{ readonly state: FuseState }>): FuseState =>
  [...fuses].reduce<FuseState>((worst, { state }) => (states.indexOf(state) > states.indexOf(worst) ? state : worst), 'CLOSED')
