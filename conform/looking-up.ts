import { isDeepStrictEqual } from 'node:util'
import type { CallOptions, Row } from '../fuse/call.ts'
import { BackendFailure } from '../fuse/errors.ts'
import { forEachOf, isThere, madeUp, madeUpIds, many, patiently, quote, tell } from './asking.ts'
import { behindRelay } from './behind-relay.ts'
import { broken, kept, keptUnless, steadily, untested } from './promise.ts'
import type { PortPromise, Subject, Verdict } from './promise.ts'

/** A method that takes keys and answers with one row for each. */
export type Lookup<P, S, T extends object> = {
  readonly method: string
  /** Of rows that are there. */
  readonly keys: (samples: S) => readonly string[]
  readonly find: (backend: P, keys: readonly string[], opt: CallOptions) => Promise<readonly Row<T>[]>
  /** Whose row it is, as far as the row says. */
  readonly keyOf: (row: T) => string | undefined
  /** Where absence is not `null` but a row with nothing in it. */
  readonly isEmpty?: (row: T) => boolean
}

type Asking<P, S, T extends object> = { readonly lookup: Lookup<P, S, T>; readonly subject: Subject<P, S>; readonly keys: readonly string[] }

const abreast = 8
const largeBatch = 250

/** What every lookup by keys promises: batching, order, absence. */
export const lookupPromises = <P, S, T extends object>(lookup: Lookup<P, S, T>): readonly PortPromise<P, S>[] => {
  const { method } = lookup
  const on = (least: number, check: (asking: Asking<P, S, T>) => Promise<Verdict>) => async (subject: Subject<P, S>): Promise<Verdict> => {
    const keys = lookup.keys(subject.samples).slice(0, 40)
    if (keys.length < least) return untested(`needs ${least === 1 ? 'a row' : `${least} rows`}, found ${keys.length === 0 ? 'none' : keys.length}`)
    return steadily(() => check({ lookup, subject, keys }))
  }
  return [
    { area: 'batching', title: `${method} of many keys gives what as many calls give`, check: on(2, manyAreEach) },
    { area: 'batching', title: `${method} takes ${largeBatch} keys`, check: on(1, takesLargeBatch) },
    { area: 'batching', title: `${method} of nothing gives nothing`, check: on(0, nothingOfNothing) },
    { area: 'order', title: `${method} answers in the order of its keys, duplicates included`, check: on(2, answersInOrder) },
    { area: 'absence', title: `${method} has null, and a place, for a key that is not there`, check: on(0, absentIsNull) },
    { area: 'absence', title: `${method} finds nothing under an odd key, and the others beside it`, check: on(0, oddIsAbsent) },
  ]
}

const find = <P, S, T extends object>({ lookup, subject }: Asking<P, S, T>, keys: readonly string[]): Promise<readonly Row<T>[]> =>
  lookup.find(subject.backend, keys, patiently(subject))

/** For comparison: what can't be read is its class, as its words may name the call. */
const plain = (row: unknown): unknown => (row instanceof BackendFailure ? row.name : row)
const isSame = (one: unknown, other: unknown) => isDeepStrictEqual(plain(one), plain(other))

const eachAlone = <P, S, T extends object>(asking: Asking<P, S, T>, keys: readonly string[]): Promise<readonly Row<T>[]> =>
  forEachOf(keys, abreast, async (key) => (await find(asking, [key]))[0] ?? null)

/** Blind to order, which is a promise of its own. */
const missingFrom = <T>(expected: readonly T[], rows: readonly unknown[]): T | undefined => {
  const left = [...rows]
  return expected.find((row) => {
    const at = left.findIndex((one) => isSame(one, row))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

const manyAreEach = async <P, S, T extends object>(asking: Asking<P, S, T>): Promise<Verdict> => {
  const { keys, lookup } = asking
  const alone = await eachAlone(asking, keys)
  const other = alone.findIndex((row, at) => isThere(row) && (lookup.keyOf(row) ?? keys[at]) !== keys[at])
  if (other >= 0) return broken(`asked for ${quote(keys[other] ?? '')} alone, it gave another's row`)
  const together = await find(asking, keys)
  const missing = missingFrom(alone, together)
  if (missing === undefined) return kept(many(keys.length, 'key'))
  return broken(`${nameOf(lookup, missing)} is another in a batch of ${keys.length} than alone`)
}

const nameOf = <P, S, T extends object>({ keyOf }: Lookup<P, S, T>, row: Row<T>): string => (isThere(row) ? quote(keyOf(row) ?? '') : 'one that is absent or unreadable')

const takesLargeBatch = async <P, S, T extends object>(asking: Asking<P, S, T>): Promise<Verdict> => {
  const { lookup, subject, keys } = asking
  const all = [...madeUpIds(largeBatch - keys.length), ...keys]
  const ask = async (backend: P): Promise<string | null> => {
    // By the same way: a row may name the address that its backend was asked at.
    const alone = await eachAlone({ ...asking, subject: { ...subject, backend } }, keys.slice(0, 3))
    const rows = await lookup.find(backend, all, patiently(subject)).catch((error: unknown) => new Error(`it fails with ${tell(error)}`))
    if (rows instanceof Error) return rows.message
    return missingFrom(alone, rows) === undefined ? null : `of ${largeBatch} keys, of which ${keys.length} exist, rows are missing`
  }
  const counted = await behindRelay(subject, async ({ backend, relay }) => {
    const trouble = await ask(backend)
    if (trouble !== null) return broken(trouble)
    const before = relay.calls
    await lookup.find(backend, all, patiently(subject))
    return kept(`in ${many(relay.calls - before, 'request')}`)
  })
  return counted.kind === 'untested' ? keptUnless([await ask(subject.backend)]) : counted
}

const nothingOfNothing = async <P, S, T extends object>(asking: Asking<P, S, T>): Promise<Verdict> => {
  const { lookup, subject } = asking
  const rows = await find(asking, [])
  if (rows.length > 0) return broken(`it gave ${many(rows.length, 'row')}`)
  const counted = await behindRelay(subject, async ({ backend, relay }) => {
    await lookup.find(backend, [], patiently(subject))
    return relay.calls === 0 ? kept('in no request') : broken(`it asked the backend ${many(relay.calls, 'time')}`)
  })
  return counted.kind === 'untested' ? kept() : counted
}

const answersInOrder = async <P, S, T extends object>(asking: Asking<P, S, T>): Promise<Verdict> => {
  const { keys, lookup } = asking
  const alone = new Map((await eachAlone(asking, keys)).map((row, at) => [keys[at], row]))
  const asked = [...keys.toReversed(), ...keys.slice(-1), ...keys.slice(0, 1)]
  const rows = await find(asking, asked)
  if (rows.length !== asked.length) return broken(`${asked.length} keys, two of them twice, got ${rows.length} rows`)
  const wrong = asked.findIndex((key, at) => !isSame(rows[at], alone.get(key)))
  if (wrong < 0) return kept(`${asked.length} keys, two of them twice`)
  return broken(`at place ${wrong} it gave ${nameOf(lookup, rows[wrong] ?? null)} for ${quote(asked[wrong] ?? '')}`)
}

const isAbsent = <P, S, T extends object>({ isEmpty }: Lookup<P, S, T>, row: Row<T> | undefined): boolean =>
  row === null || (row !== undefined && isThere(row) && (isEmpty?.(row) ?? false))

const absentIsNull = async <P, S, T extends object>(asking: Asking<P, S, T>): Promise<Verdict> => {
  const { keys, lookup } = asking
  const known = keys.slice(0, 3)
  const alone = await eachAlone(asking, known)
  const asked = [madeUp(), ...known.flatMap((key) => [key, madeUp()])]
  const rows = await find(asking, asked)
  if (rows.length !== asked.length) return broken(`${asked.length} keys, ${asked.length - known.length} of them made up, got ${rows.length} rows`)
  const failure = rows.find((row) => row instanceof BackendFailure)
  if (failure && missingFrom([failure], alone)) return broken(`a key that is not there gave ${tell(failure)}`)
  const count = rows.filter((row) => isAbsent(lookup, row)).length
  const [nobody] = await find(asking, [madeUp()])
  return keptUnless([
    count < asked.length - known.length ? 'a made-up key was given a row' : null,
    missingFrom(alone, rows) === undefined ? null : 'a made-up key changed what another was given',
    isAbsent(lookup, nobody) ? null : 'a made-up key, asked for alone, is not absent',
  ], known.length === 0 ? 'made-up keys alone: there is no sample' : undefined)
}

/** Keys that a wire may choke on, or take for something else than one key. */
const oddKeys = (known: string, other: string): readonly string[] => [
  '', ' ', '.', '..', '../..', '/', '\\', '%', '_', '*', '?', '&a=b', '#', '%2e%2e', '%00', '<x/>', ']]>', '"', '\'', '`', '\n', '\r\n', '\t', '\u0000', '\u0001', '\ud800',
  '\u202e', '\uffff', '🔑', '键', 'null', '-1', '1e9', '9'.repeat(30), 'x'.repeat(5_000), '{"$ne":null}', '${7*7}',
  `${known},${other}`, `${known} `, ` ${known}`, `${known}\n`, `${known}\u0000`, `../${known}`, `${known}/..`, `${known}?x=1`, `'${known}'`,
  `' OR '1'='1`, `${known}' OR '1'='1`, `${known}'; DROP TABLE orders; --`, `${known}) OR id in (${other}`, `${known}" or type = "page`,
]

const oddIsAbsent = async <P, S, T extends object>(asking: Asking<P, S, T>): Promise<Verdict> => {
  const { keys, lookup } = asking
  const [known = madeUp(), other = known] = keys
  const neighbours = keys.slice(0, 2)
  const odd = oddKeys(known, other)
  const alone = await eachAlone(asking, neighbours)
  const whyAlone = async (key: string): Promise<string | null> => {
    const answer = await find(asking, [key]).catch((error: unknown) => tell(error))
    if (typeof answer === 'string') return `the key ${quote(key)} makes it fail with ${answer}`
    return complaintAbout(lookup, key, answer[0])
  }
  const complaints = await forEachOf(odd, abreast, whyAlone)
  const why = complaints.find((complaint) => complaint !== null)
  if (why != null) return broken(why)
  const rows = await find(asking, [...neighbours.slice(0, 1), ...odd, ...neighbours.slice(1)]).catch((error: unknown) => tell(error))
  if (typeof rows === 'string') return broken(`odd keys together make it fail with ${rows}`)
  return missingFrom(alone, rows) === undefined ? kept(`${odd.length} odd keys`) : broken('odd keys changed what others were given')
}

/** A backend may have a row under just that key, odd as it is. */
const complaintAbout = <P, S, T extends object>(lookup: Lookup<P, S, T>, key: string, row: Row<T> | undefined): string | null => {
  if (row === undefined) return `the key ${quote(key)} has no place in the answer`
  if (isAbsent(lookup, row) || (isThere(row) && lookup.keyOf(row) === key)) return null
  return row instanceof BackendFailure ? `the key ${quote(key)} gave ${tell(row)}` : `the key ${quote(key)} found ${nameOf(lookup, row)}`
}
