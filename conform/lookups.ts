import { isDeepStrictEqual } from 'node:util'
import type { CallOptions, Row } from '../fuse/call.ts'
import { asking, broken, kept, told, untested } from './pledge.ts'
import type { Pledge, Subject, Verdict } from './pledge.ts'

/** A read by keys, one row for each, in their order. */
export type Lookup<P> = {
  /** As the port calls it. */
  readonly name: string
  /** Of the samples that are its keys. */
  readonly keys: string
  readonly find: (backend: P, keys: readonly string[], opt: CallOptions) => Promise<readonly Row<unknown>[]>
  /** The key that a row says it belongs to; null where it does not say. */
  readonly keyOf: (row: unknown) => string | null
  /** Of a row that is not null: an empty list is as absent as null is. */
  readonly isAbsent?: (row: unknown) => boolean
}

/** What no backend has a row for, and what some would take for more than a key. */
export const oddKeys: readonly string[] = [
  '', ' ', '.', '..', '../..', '/etc/passwd', 'a,b', "' OR '1'='1", '") or 1=1 --', '<x/>', '&amp;', '%', '%2e%2e%2f', '*', '\n', 'a\u0000b', '\ud800', '键', 'x'.repeat(5_000),
]

const madeUp = (count: number) => Array.from({ length: count }, (_, index) => `ZZ-conform-${index}`)

const isGone = <P>(lookup: Lookup<P>, row: unknown) => row === null || (!(row instanceof Error) && lookup.isAbsent?.(row) === true)

const some = <P>({ samples }: Subject<P>, { keys }: Lookup<P>, atLeast: number): readonly string[] | Verdict => {
  const found = samples[keys] ?? []
  return found.length >= atLeast ? found : untested(`needs ${atLeast} of the backend's ${keys}, and found ${found.length}; name some with --sample`)
}

const isVerdict = (found: readonly string[] | Verdict): found is Verdict => 'kind' in found

/** Runs with enough samples, or says that there are too few. */
const withSamples =
  <P>(lookup: Lookup<P>, atLeast: number, use: (subject: Subject<P>, keys: readonly string[]) => Promise<Verdict>) =>
  async (subject: Subject<P>): Promise<Verdict> => {
    const keys = some(subject, lookup, atLeast)
    return isVerdict(keys) ? keys : use(subject, keys)
  }

const findOwn = async <P>({ backend }: Subject<P>, lookup: Lookup<P>, keys: readonly string[]): Promise<Verdict> => {
  const rows = await lookup.find(backend, keys, asking())
  if (rows.length !== keys.length) return broken(`${rows.length} rows for ${keys.length} keys`)
  for (const [at, row] of rows.entries()) {
    if (row instanceof Error) continue
    const key = row === null ? null : lookup.keyOf(row)
    if (key !== keys[at]) return broken(`at place ${at} was asked for ${told(keys[at])}, and got ${told(key)}`)
  }
  return kept(`${keys.length} keys`)
}

/** Without chance, so that a second run asks the same. */
const shuffle = <T>(rows: readonly T[]): readonly T[] => [...rows.filter((_, index) => index % 2 === 1), ...rows.filter((_, index) => index % 2 === 0).toReversed()]

const sameAlone = async <P>({ backend }: Subject<P>, lookup: Lookup<P>, keys: readonly string[]): Promise<Verdict> => {
  const few = keys.slice(0, 8)
  const together = await lookup.find(backend, few, asking())
  for (const [at, key] of few.entries()) {
    const [alone] = await lookup.find(backend, [key], asking())
    const [one, other] = [together[at], alone]
    if (one instanceof Error && other instanceof Error) continue
    if (!isDeepStrictEqual(one, other)) return broken(`${told(key)} alone is ${told(other)}, and among others ${told(one)}`)
  }
  return kept(`${few.length} rows`)
}

const manyAtOnce = <P>(subject: Subject<P>, lookup: Lookup<P>, keys: readonly string[]): Promise<Verdict> =>
  subject.relayed(async (backend, relay) => {
    const known = keys.slice(0, 10)
    const asked = [...madeUp(240), ...known]
    const rows = await lookup.find(backend, asked, asking())
    if (rows.length !== asked.length) return broken(`${rows.length} rows for ${asked.length} keys`)
    const lost = known.filter((_, index) => isGone(lookup, rows[240 + index]))
    if (lost.length > 0) return broken(`${told(lost)} are not found among 250`)
    const found = rows.slice(0, 240).findIndex((row) => !isGone(lookup, row))
    return found >= 0 ? broken(`${told(asked[found])} was found: ${told(rows[found])}`) : kept(`250 keys in ${relay.calls} requests`)
  })

const noneForNone = <P>(subject: Subject<P>, lookup: Lookup<P>): Promise<Verdict> =>
  subject.relayed(async (backend, relay) => {
    const rows = await lookup.find(backend, [], asking())
    if (rows.length > 0) return broken(`${rows.length} rows for no key`)
    return relay.calls > 0 ? broken('the backend was asked for nothing') : kept()
  })

const oddAmongGood = async <P>({ backend }: Subject<P>, lookup: Lookup<P>, keys: readonly string[]): Promise<Verdict> => {
  const [good = ''] = keys
  for (const odd of oddKeys) {
    const [before, found, after] = await lookup.find(backend, [good, odd, good], asking())
    if (!isGone(lookup, found)) return broken(`${told(odd)} gives ${told(found)}`)
    if (isGone(lookup, before) || !isDeepStrictEqual(before, after)) return broken(`beside ${told(odd)}, ${told(good)} is not what it was`)
  }
  return kept(`${oddKeys.length} odd keys`)
}

/** What holds for each read by keys. */
export const lookupPledges = <P>(lookup: Lookup<P>): readonly Pledge<P>[] => [
  { area: 'order', title: `${lookup.name} gives a row for each key, in their order`, check: withSamples(lookup, 2, (subject, keys) => findOwn(subject, lookup, shuffle(keys))) },
  {
    area: 'order', title: `${lookup.name} gives a key that is asked for twice at both places`,
    check: withSamples(lookup, 2, (subject, [first = '', second = '']) => findOwn(subject, lookup, [first, second, first, first])),
  },
  { area: 'batching', title: `${lookup.name} gives the same row among others as alone`, check: withSamples(lookup, 2, (subject, keys) => sameAlone(subject, lookup, keys)) },
  { area: 'batching', title: `${lookup.name} takes 250 keys at once`, check: withSamples(lookup, 1, (subject, keys) => manyAtOnce(subject, lookup, keys)) },
  { area: 'batching', title: `${lookup.name} asks nothing for no key`, check: (subject) => noneForNone(subject, lookup) },
  { area: 'absence', title: `${lookup.name} finds nothing for what can be no key, and the others beside it`, check: withSamples(lookup, 1, (subject, keys) => oddAmongGood(subject, lookup, keys)) },
]
