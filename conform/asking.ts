import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { CallOptions, Row } from '../fuse/call.ts'
import { BackendFailure, Refused } from '../fuse/errors.ts'
import { untested } from './promise.ts'
import type { Subject, Verdict } from './promise.ts'

/** A call that is expected to be answered. */
export const patiently = ({ callMs }: Pick<Subject<unknown, unknown>, 'callMs'>): CallOptions => ({ signal: AbortSignal.timeout(callMs) })

export const isThere = <T extends object>(row: Row<T>): row is T => row !== null && !(row instanceof BackendFailure)

/** An id that no backend has. */
export const madeUp = (): string => `none-${randomUUID()}`

export const madeUpIds = (count: number): readonly string[] => Array.from({ length: count }, madeUp)

/** What became of a call. `afterMs`: milliseconds since it was made. */
export type Outcome =
  | { readonly kind: 'answered'; readonly value: unknown; readonly afterMs: number }
  | { readonly kind: 'failed'; readonly error: unknown; readonly afterMs: number }
  | { readonly kind: 'pending' }

/** Never rejects, and resolves within `limitMs` whatever the adapter does. */
export const outcomeOf = async (call: () => Promise<unknown>, limitMs: number): Promise<Outcome> => {
  const began = performance.now()
  const settled = new AbortController()
  const run = async (): Promise<Outcome> => {
    try {
      const value = await call()
      return { kind: 'answered', value, afterMs: performance.now() - began }
    } catch (error) {
      return { kind: 'failed', error, afterMs: performance.now() - began }
    } finally {
      settled.abort()
    }
  }
  const running = run()
  const pending = delay(limitMs, { kind: 'pending' } as const, { signal: settled.signal }).catch(() => running)
  return await Promise.race([running, pending])
}

/** Runs a check that writes, unless the backend refuses to be written at all, which a made-up row tells without writing anything. */
export const whereWritable = async (attempt: () => Promise<unknown>, check: () => Promise<Verdict>): Promise<Verdict> => {
  try {
    await attempt()
  } catch (error) {
    if (error instanceof Refused) return untested(`it refuses to be written: ${tell(error)}`)
    throw error
  }
  return check()
}

/** For the table: the failure's class and words; never what was asked or answered. */
export const tell = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 200) : String(error))

/** Such as `1 row` or `40 rows`. */
export const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** A key for the table, cut and quoted. */
export const quote = (key: string): string => {
  const text = JSON.stringify(key)
  return text.length > 40 ? `${text.slice(0, 36)}…"` : text
}

/** `what` for each item, at most `abreast` of them at a time, in their order. */
export const forEachOf = async <T, R>(items: readonly T[], abreast: number, what: (item: T) => Promise<R>): Promise<readonly R[]> => {
  const results: R[] = []
  for (let at = 0; at < items.length; at += abreast) results.push(...(await Promise.all(items.slice(at, at + abreast).map(what))))
  return results
}
