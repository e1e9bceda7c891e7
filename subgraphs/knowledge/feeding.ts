import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Bus } from '../../bus/bus.ts'
import { Unreachable } from '../../fuse/errors.ts'
import { openTurns } from '../turns.ts'
import { keysOfReadership } from '../visibility.ts'
import { readersOf } from './access.ts'
import type { AccessSettings } from './access.ts'
import type { KeptArticle, Library } from './library.ts'
import type { Indexed } from './search/indexed.ts'
import type { SearchIndex } from './search/search-index.ts'
import { articlesChanged } from './sync.ts'

export type FeedingOptions = {
  readonly library: Pick<Library, 'listSources' | 'listChanged'>
  readonly index: () => Promise<SearchIndex>
  readonly access: AccessSettings
  readonly sources: readonly string[]
  readonly bus: Bus
  readonly log: Logger
  readonly lookMs?: number
}

type Feeding = Omit<FeedingOptions, 'index'> & { readonly index: SearchIndex; readonly stopping: AbortSignal }

const page = 200
const lookEveryMs = 2_000

/**
 * Brings what was kept into this process's index, in the order in which it changed, and resumes where the index has it. Disposing ends it at the next page: whoever
 * closes the index meanwhile need not wait for that one either.
 */
export const openFeeding = (opt: FeedingOptions): AsyncDisposable & { readonly caughtUp: () => Promise<void> } => {
  const { library, log, sources, bus } = opt
  const stopping = new AbortController()
  const { signal } = stopping
  const turns = openTurns(async () => {
    try {
      const states = await library.listSources()
      const some = states.filter(({ name, lastChange }) => sources.includes(name) && lastChange > 0)
      for (const { name, lastChange } of some) {
        signal.throwIfAborted()
        await feedSource({ ...opt, index: await opt.index(), stopping: signal }, name, lastChange)
      }
    } catch (error) {
      if (signal.aborted) return
      log[error instanceof Unreachable ? 'debug' : 'error']({ err: error }, 'the index can not be brought up to date now; that is tried again')
    }
  })
  const end = bus.subscribe(articlesChanged, turns.ask)
  const timer = setInterval(turns.ask, opt.lookMs ?? lookEveryMs).unref()
  turns.ask()
  return {
    caughtUp: () => {
      turns.ask()
      return turns.done()
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      end()
      stopping.abort()
      await turns.done()
    },
  }
}

/** How far the index has a source: of this database, and with these rights. With others it is fed again from the beginning, which puts new rights to what is there. */
const placeOf = async (feeding: Feeding, source: string, lastChange: number): Promise<{ readonly from: number; readonly rights: string }> => {
  const { index, access } = feeding
  const rights = createHash('sha256').update(JSON.stringify(access)).digest('base64url').slice(0, 16)
  const [from, known] = [Number((await index.recall(`change ${source}`)) ?? 0), await index.recall(`rights ${source}`)]
  // Another database than the one that it was fed from: what it knows of this source may be nothing of ours.
  if (from > lastChange) await forget(feeding, source)
  return { from: known === rights && from <= lastChange ? from : 0, rights }
}

const forget = async ({ index, stopping }: Feeding, source: string): Promise<void> => {
  for (;;) {
    stopping.throwIfAborted()
    const some = await index.revisions(source, '', 500)
    if (some.length === 0) return
    await index.remove(some.map(([id]) => id))
  }
}

const feedSource = async (opt: Feeding, source: string, lastChange: number): Promise<void> => {
  const { library, index, access, stopping } = opt
  const place = await placeOf(opt, source, lastChange)
  for (let { from } = place; from < lastChange; ) {
    stopping.throwIfAborted()
    const rows = await library.listChanged(source, from, page)
    const last = rows.at(-1)
    if (!last) return
    const remember = { [`change ${source}`]: String(last.change), [`rights ${source}`]: place.rights }
    const gone = rows.filter(({ isGone }) => isGone).map(toId)
    if (gone.length > 0) await index.remove(gone)
    await index.put(rows.filter(({ isGone }) => !isGone).map((row) => toIndexed(row, access)), remember)
    from = last.change
  }
}

const toId = ({ source, id }: Pick<KeptArticle, 'source' | 'id'>): string => `${source}:${id}`

const toIndexed = (row: KeptArticle, access: AccessSettings): Indexed => ({
  ...{ id: toId(row), source: row.source, title: row.title, body: row.body, tags: row.tags, revision: row.revision },
  readers: keysOfReadership(readersOf(access, row)),
  updatedAt: Date.parse(row.updatedAt),
})
