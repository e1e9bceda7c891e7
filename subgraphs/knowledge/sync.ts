import type { Logger } from 'pino'
import type { Bus } from '../../bus/bus.ts'
import type { ReadOptions } from '../../fuse/call.ts'
import { BackendFailure } from '../../fuse/errors.ts'
import type { KnowledgeMeter } from '../environment.ts'
import { openTurns } from '../turns.ts'
import type { Article } from './backend.ts'
import type { Library, Progress } from './library.ts'
import type { FusedSource } from './loaders.ts'

/** What the processes of a hub wake each other with when articles have changed; nothing is told by it. */
export const articlesChanged = 'knowledge.changed'

export type SyncOptions = {
  readonly sources: ReadonlyMap<string, FusedSource>
  readonly library: Library
  readonly bus: Bus
  /** This process, as it signs its leases. */
  readonly instance: string
  readonly meter: Pick<KnowledgeMeter, 'read' | 'failed'>
  readonly log: Logger
  /** How often each source is asked what has changed. */
  readonly everyMs: number
  /** How often it is looked for what is gone without a word. */
  readonly sweepMs: number
  readonly now?: () => number
}

/** Changes a page, and articles a call. */
const page = 100
const batch = 25
/** A process that has died gives up its lease after so long; one that reads renews it with each page. */
const leaseMs = 60_000
/** One page may take so long, with all of its articles. */
const patienceMs = 120_000
const firstMs = 5_000

/** Nothing that was kept is any use. */
const readLive = (signal: AbortSignal): ReadOptions => ({ signal, freshness: { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false } })

/** Reads the sources, one after the other and again and again; of several processes one at a time reads each. Disposing ends what runs, which the next one resumes. */
export const openSync = (opt: SyncOptions): AsyncDisposable => {
  const { sources, library, instance, log, everyMs } = opt
  const stopping = new AbortController()
  const syncOne = async (name: string, source: FusedSource): Promise<void> => {
    try {
      const progress = await library.lease(name, instance, leaseMs)
      if (!progress) return
      const isWhole = await readSource({ ...opt, name, source, stopping: stopping.signal }, progress)
      if (isWhole) await library.release(name, instance)
    } catch (error) {
      if (stopping.signal.aborted) return
      log[error instanceof BackendFailure ? 'warn' : 'error']({ err: error, source: name }, 'a knowledge source can not be read now; that is tried again')
      await noteFailure(opt, name, error)
    }
  }
  const turns = openTurns(async () => {
    await Promise.all([...sources].map(([name, source]) => syncOne(name, source)))
  })
  // A hub that starts has more urgent things to do, and a backend that is asked meanwhile seems slow.
  const first = setTimeout(turns.ask, Math.min(everyMs, firstMs)).unref()
  const timer = setInterval(turns.ask, everyMs).unref()
  return {
    [Symbol.asyncDispose]: async () => {
      clearTimeout(first)
      clearInterval(timer)
      stopping.abort()
      await turns.done()
    },
  }
}

/** Everybody is told that a source is silent; where the database is so too, nobody can be. */
const noteFailure = async ({ library, instance, meter }: SyncOptions, name: string, error: unknown): Promise<void> => {
  meter.failed(name)
  const failureCode = error instanceof BackendFailure ? error.code : 'INTERNAL_SERVER_ERROR'
  await library.keep(name, instance, { failureCode }).catch(() => undefined)
  await library.release(name, instance).catch(() => undefined)
}

type Reading = SyncOptions & { readonly name: string; readonly source: FusedSource; readonly stopping: AbortSignal }

/** False where another process has taken over meanwhile. */
const readSource = async (reading: Reading, { marker, sweptAt }: Progress): Promise<boolean> => {
  const { now = Date.now, sweepMs } = reading
  if (!(await readChanges(reading, marker))) return false
  return sweptAt !== null && now() - sweptAt < sweepMs ? true : sweep(reading)
}

const signalFor = ({ stopping }: Reading): AbortSignal => AbortSignal.any([stopping, AbortSignal.timeout(patienceMs)])

const readChanges = async (reading: Reading, from: string | null): Promise<boolean> => {
  const { source, library, name, instance, bus, meter, log, now = Date.now } = reading
  let marker = from
  for (let read = 0; ; ) {
    const signal = signalFor(reading)
    const listed = await source.listChanges(marker, { signal, limit: page })
    const gone = listed.changes.filter(({ kind }) => kind === 'DELETED').map(({ id }) => id)
    const found = await findAll(reading, [...new Set(listed.changes.filter(({ kind }) => kind === 'WRITTEN').map(({ id }) => id))], signal)
    // What a later change on the same page says of an article is what its source says now.
    const isThere = new Set(found.written.map(({ id }) => id))
    const whole = listed.more ? {} : { syncedAt: now(), failureCode: null }
    const isKept = await library.keep(name, instance, { written: found.written, gone: [...found.gone, ...gone.filter((id) => !isThere.has(id))], marker: listed.marker, ...whole })
    if (!isKept || !(await library.lease(name, instance, leaseMs))) return false
    read += listed.changes.length
    if (listed.changes.length > 0) {
      meter.read(name, listed.changes.length)
      bus.publish(articlesChanged, {})
      log.info({ source: name, read, more: listed.more }, 'articles were read')
    }
    if (!listed.more) return true
    if (listed.marker === marker) throw new Error(`${name} has more and does not go on`)
    marker = listed.marker
  }
}

type Found = { readonly written: readonly Article[]; readonly gone: readonly string[] }

const isUnreadable = (row: unknown): row is BackendFailure => row instanceof BackendFailure && row.code === 'BACKEND_MALFORMED'

/**
 * A row that can't be read is left as it was kept, and told of. Where none of a call can be, one of them may be too much for all: each is asked for by itself. Any other failure is that
 * of the source.
 */
const findAll = async (reading: Reading, ids: readonly string[], signal: AbortSignal, size = batch): Promise<Found> => {
  const { source, name, log } = reading
  const written: Article[] = []
  const gone: string[] = []
  for (let at = 0; at < ids.length; at += size) {
    const asked = ids.slice(at, at + size)
    const rows = await source.findArticles(asked, readLive(signal))
    if (asked.length > 1 && rows.every(isUnreadable)) {
      const each = await findAll(reading, asked, signal, 1)
      written.push(...each.written)
      gone.push(...each.gone)
      continue
    }
    rows.forEach((row, index) => {
      const id = asked[index] ?? ''
      if (isUnreadable(row)) log.warn({ err: row, source: name, article: id }, 'an article can not be read')
      else if (row instanceof Error) throw row
      else if (row.value === null) gone.push(id)
      else written.push(row.value)
    })
  }
  return { written, gone }
}

/** What is kept and no longer listed is gone, unless the source finds it all the same; and what may change without a word, rights above all, is read with it. */
const sweep = async (reading: Reading): Promise<boolean> => {
  const { source, library, name, instance, bus, now = Date.now } = reading
  const listed = new Set<string>()
  for (let marker: string | null = null; ; ) {
    const ids = await source.listIds(marker, { signal: signalFor(reading), limit: 500 })
    // The list had to be begun again: what was listed before may be gone.
    if (ids.isAnew) listed.clear()
    for (const { id } of ids.rows) listed.add(id)
    if (!(await library.keep(name, instance, { moved: ids.rows })) || !(await library.lease(name, instance, leaseMs))) return false
    if (!ids.more) break
    if (ids.marker === marker) throw new Error(`${name} has more ids and does not go on`)
    marker = ids.marker
  }
  const missing = (await listAllKept(reading)).filter((id) => !listed.has(id))
  const { written, gone } = await findAll(reading, missing, signalFor(reading))
  const isKept = await library.keep(name, instance, { written, gone, sweptAt: now() })
  if (isKept && missing.length > 0) bus.publish(articlesChanged, {})
  return isKept
}

const listAllKept = async ({ library, name }: Reading): Promise<readonly string[]> => {
  const all: string[] = []
  for (let after: string | null = null; ; ) {
    const ids = await library.listKept(name, after, 1_000)
    all.push(...ids)
    const last = ids.at(-1)
    if (last === undefined || ids.length < 1_000) return all
    after = last
  }
}
