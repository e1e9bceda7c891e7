import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import type { Stamp } from '../../fuse/call.ts'
import type { Fuse } from '../../fuse/fuse.ts'
import { RulesError } from '../department-rules.ts'
import type { Environment, KnowledgeSettings } from '../environment.ts'
import { openFeeding } from './feeding.ts'
import { openLibrary } from './library.prisma.ts'
import type { KeptArticle, Library, SourceState } from './library.ts'
import type { FusedSource } from './loaders.ts'
import { parseSynonyms } from './search/synonyms.ts'
import type { SynonymGroups } from './search/synonyms.ts'
import { openIndex } from './search/search-index.ts'
import type { SearchIndex } from './search/search-index.ts'
import { openSync } from './sync.ts'

/** What of knowledge lives as long as its process: the sources, what was read of them, and the index over it. */
export type Shelf = AsyncDisposable & {
  readonly sources: ReadonlyMap<string, FusedSource>
  readonly library: Library
  /** Rejects where this process can't have one. */
  readonly index: () => Promise<SearchIndex>
  readonly settings: KnowledgeSettings
  /** Those that do not answer now, by name: as they were last read, and as this process's fuses have it. */
  silent(states: readonly SourceState[]): ReadonlyMap<string, Silence>
}

export type Silence = { readonly code: string; readonly retryAfterMs: number | null }

export type ShelfOptions = Pick<Environment, 'database' | 'bus' | 'instance' | 'dataDir' | 'log' | 'knowledge'> & {
  readonly sources: ReadonlyMap<string, FusedSource>
  readonly fuses: ReadonlyMap<string, Pick<Fuse, 'snapshot'>>
}

/** Begins to open everything, and waits for nothing: the hub starts without it. */
export const openShelf = ({ database, bus, instance, dataDir, log, knowledge: settings, sources, fuses }: ShelfOptions): Shelf => {
  const library = openLibrary(database)
  let opening: Promise<SearchIndex> | null = null
  // Its threads cost a second, and memory: it is opened when there is something to put into it, or somebody searches.
  const index = () => (opening ??= openOwnIndex(path.join(dataDir, 'knowledge', 'index.db'), settings.synonyms, log))
  const feeding = openFeeding({ library, index, access: settings, sources: [...sources.keys()], bus, log })
  const sync = settings.sync && openSync({ sources, library, bus, instance, log, everyMs: settings.syncSeconds * 1_000, sweepMs: settings.sweepMinutes * 60_000 })
  return {
    ...{ sources, library, settings, index },
    silent: (states) => new Map([...sources.keys()].flatMap((name) => {
      const silence = silenceOf(fuses.get(name), states.find((one) => one.name === name))
      return silence ? [[name, silence] as const] : []
    })),
    [Symbol.asyncDispose]: async () => {
      if (sync) await sync[Symbol.asyncDispose]()
      await feeding[Symbol.asyncDispose]()
      const opened = await opening?.catch(() => null)
      await opened?.[Symbol.asyncDispose]()
    },
  }
}

const openOwnIndex = async (file: string, synonyms: string | undefined, log: Logger): Promise<SearchIndex> => {
  await mkdir(path.dirname(file), { recursive: true })
  return openIndex({ file, synonyms: synonyms === undefined ? [] : await readSynonyms(synonyms, log), log })
}

/** Without them less is found; that ends no start. */
const readSynonyms = async (file: string, log: Logger): Promise<SynonymGroups> => {
  try {
    return parseSynonyms(await readFile(file, 'utf8'), { file: path.basename(file) })
  } catch (error) {
    log.error(error instanceof RulesError ? { mistakes: error.mistakes } : { err: error }, 'the synonyms can not be read')
    return []
  }
}

const silenceOf = (fuse: Pick<Fuse, 'snapshot'> | undefined, state: SourceState | undefined): Silence | null => {
  if (fuse?.snapshot().state === 'OPEN') return { code: 'FUSE_OPEN', retryAfterMs: null }
  return state?.failureCode == null ? null : { code: state.failureCode, retryAfterMs: null }
}

/** How good a kept article is: as of the last time that its source was read to the end. */
export const stampOf = ({ source }: Pick<KeptArticle, 'source'>, states: readonly SourceState[], isSilent: boolean, now = Date.now()): Stamp => {
  const fetchedAt = states.find(({ name }) => name === source)?.syncedAt ?? now
  return { backend: source, state: isSilent ? 'STALE' : 'CACHED', fetchedAt, ageMs: Math.max(0, now - fetchedAt) }
}
