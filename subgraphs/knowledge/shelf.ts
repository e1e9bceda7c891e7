import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import type { Stamp } from '../../fuse/call.ts'
import type { Fuse } from '../../fuse/fuse.ts'
import type { Book } from '../book.ts'
import type { Environment, KnowledgeMeter, KnowledgeSettings } from '../environment.ts'
import type { SynonymGroups } from '../synonym-groups.ts'
import { openCitations } from './citing.prisma.ts'
import type { Citations } from './citing.ts'
import { openFeeding } from './feeding.ts'
import { openLibrary } from './library.prisma.ts'
import type { KeptArticle, Library, SourceState } from './library.ts'
import type { FusedSource } from './loaders.ts'
import { openNotices } from './notices.ts'
import type { Notices } from './notices.ts'
import { openIndex } from './search/search-index.ts'
import type { SearchIndex } from './search/search-index.ts'
import { openSync } from './sync.ts'

/** What of knowledge lives as long as its process: the sources, what was read of them, and the index over it. */
export type Shelf = AsyncDisposable & {
  readonly sources: ReadonlyMap<string, FusedSource>
  readonly library: Library
  readonly citations: Citations
  readonly notices: Notices
  /** Rejects where this process can't have one. */
  readonly index: () => Promise<SearchIndex>
  readonly settings: KnowledgeSettings
  readonly meter: Pick<KnowledgeMeter, 'searched'>
  /** Those that do not answer now, by name: as they were last read, and as this process's fuses have it. */
  silent(states: readonly SourceState[]): ReadonlyMap<string, Silence>
}

export type Silence = { readonly code: string; readonly retryAfterMs: number | null }

export type ShelfOptions = Pick<Environment, 'database' | 'bus' | 'instance' | 'dataDir' | 'log' | 'knowledge' | 'synonyms' | 'knowledgeMeter'> & {
  readonly sources: ReadonlyMap<string, FusedSource>
  readonly fuses: ReadonlyMap<string, Pick<Fuse, 'snapshot'>>
}

/** Begins to open everything, and waits for nothing: the hub starts without it. */
export const openShelf = ({ database, bus, instance, dataDir, log, knowledge: settings, synonyms, knowledgeMeter: meter, sources, fuses }: ShelfOptions): Shelf => {
  const library = openLibrary(database)
  const citations = openCitations(database)
  const notices = openNotices({ citations, bus, log })
  const closing = new AbortController()
  let opening: Promise<SearchIndex> | null = null
  // Its threads cost a second, and memory: it is opened when there is something to put into it, or somebody searches.
  const index = () =>
    (opening ??= openOwnIndex(path.join(dataDir, 'knowledge', 'index.db'), synonyms, log, closing.signal).catch((error: unknown) => {
      opening = null
      throw error
    }))
  const endSynonyms = synonyms.onChange((groups) => void opening?.then((opened) => opened.useSynonyms(groups)).catch((error: unknown) => log.error({ err: error }, 'the new synonyms are used from the next start on')))
  const feeding = openFeeding({ library, index, access: settings, sources: [...sources.keys()], bus, log })
  const sync = settings.sync && openSync({ sources, library, bus, instance, meter, log, everyMs: settings.syncSeconds * 1_000, sweepMs: settings.sweepMinutes * 60_000 })
  return {
    ...{ sources, library, citations, notices, settings, meter, index },
    silent: (states) => new Map([...sources.keys()].flatMap((name) => {
      const silence = silenceOf(fuses.get(name), states.find((one) => one.name === name))
      return silence ? [[name, silence] as const] : []
    })),
    [Symbol.asyncDispose]: async () => {
      endSynonyms()
      closing.abort()
      const closeIndex = async () => {
        const opened = await opening?.catch(() => null)
        await opened?.[Symbol.asyncDispose]()
      }
      // At once: what feeds the index ends with it, and goes on from there at the next start.
      await Promise.all([notices[Symbol.asyncDispose](), sync && sync[Symbol.asyncDispose](), feeding[Symbol.asyncDispose](), closeIndex()])
    },
  }
}

const openOwnIndex = async (file: string, synonyms: Book<SynonymGroups>, log: Logger, signal: AbortSignal): Promise<SearchIndex> => {
  await mkdir(path.dirname(file), { recursive: true })
  return openIndex({ file, synonyms: synonyms.current, log, signal })
}

const silenceOf = (fuse: Pick<Fuse, 'snapshot'> | undefined, state: SourceState | undefined): Silence | null => {
  const { state: fuseState, retryAfterMs } = fuse?.snapshot() ?? {}
  if (fuseState === 'OPEN') return { code: 'FUSE_OPEN', retryAfterMs: retryAfterMs == null ? null : Math.ceil(retryAfterMs) }
  return state?.failureCode == null ? null : { code: state.failureCode, retryAfterMs: null }
}

/** How good a kept article is: as of the last time that its source was read to the end. */
export const stampOf = ({ source }: Pick<KeptArticle, 'source'>, states: readonly SourceState[], isSilent: boolean, now = Date.now()): Stamp => {
  const fetchedAt = states.find(({ name }) => name === source)?.syncedAt ?? now
  return { backend: source, state: isSilent ? 'STALE' : 'CACHED', fetchedAt, ageMs: Math.max(0, now - fetchedAt) }
}
