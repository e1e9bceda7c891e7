import type { Hit, Indexed, Search } from './indexed.ts'
import { bytes, counts, hits, opened, pairs } from './messages.ts'
import type { ReaderAsked, WriterAsked } from './messages.ts'
import { maxIndexed } from './passages.ts'
import type { SynonymGroups } from '../../synonym-groups.ts'
import { IndexFailed, startThread } from './thread.ts'
import type { Thread } from './thread.ts'

export { IndexFailed } from './thread.ts'

export type SearchOptions = {
  /** Ends the waiting, which then rejects with its reason. A search that has begun ends unheard. */
  readonly signal?: AbortSignal
}

export type Remembered = Readonly<Record<string, string>>

/** Articles that are found, whole and in passages. Whatever it does, it does in threads of its own. All methods reject with `IndexFailed` where these fail. */
export type SearchIndex = AsyncDisposable & {
  /**
   * Adds articles, or replaces those of the same id, in small transactions; one that has not changed but in its readers is not written again. `remember` is kept
   * with the last of them, for `recall`.
   */
  put(articles: readonly Indexed[], remember?: Remembered): Promise<void>
  remove(ids: readonly string[], remember?: Remembered): Promise<void>
  recall(name: string): Promise<string | null>
  /** What a source has here, by id, after an id (`''`: from the first): what is no longer at the source can be removed. */
  revisions(source: string, after: string, limit: number): Promise<readonly (readonly [id: string, revision: string])[]>
  /** Articles of each source that may be read; a source of which none may is not in it. */
  count(readers: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Best first, an article once, near-duplicates folded. */
  search(wanted: Search, opt?: SearchOptions): Promise<readonly Hit[]>
  /** The best passages of one source, several of one article too. */
  passages(wanted: Omit<Search, 'sources'> & { readonly source: string }, opt?: SearchOptions): Promise<readonly Hit[]>
  /** Other synonyms, from the next search on. */
  useSynonyms(groups: SynonymGroups): Promise<void>
}

export type IndexOptions = {
  /** Absolute. More files lie beside it (`-wal`, `-shm`, and `.sound` once it is closed); nobody else may write to it. */
  readonly file: string
  readonly synonyms: SynonymGroups
  readonly log: { info(facts: object, message: string): void; warn(facts: object, message: string): void }
  /** Gives up the opening, which then rejects, once nothing runs and the file is closed in order. */
  readonly signal?: AbortSignal
}

/** So much is written in one transaction. */
const maxArticles = 128
const maxCharacters = 500_000
const maxTitle = 1_000
const maxTags = 100

/** What is not indexed is not handed over: to copy 20 MB takes tens of milliseconds. */
const bounded = (article: Indexed): Indexed => ({
  ...article,
  title: article.title.slice(0, maxTitle),
  body: article.body.slice(0, maxIndexed + 1),
  tags: article.tags.slice(0, maxTags).map((tag) => tag.slice(0, maxTitle)),
  readers: [...article.readers],
})

function* inBatches(articles: readonly Indexed[]): Generator<Indexed[]> {
  let [batch, characters]: [Indexed[], number] = [[], 0]
  for (const article of articles.values().map(bounded)) {
    if (batch.length >= maxArticles || (batch.length > 0 && characters + article.body.length > maxCharacters)) {
      yield batch
      ;[batch, characters] = [[], 0]
    }
    batch.push(article)
    characters += article.body.length
  }
  yield batch
}

const mutable = (groups: SynonymGroups) => groups.map((group) => [...group])
const wantedOf = ({ text, readers, sources, limit }: Search) => ({ text: text.slice(0, 1_000), readers: [...readers], sources: sources && [...sources], limit })

/**
 * Opens the index, or begins one. A file that is broken, or of another layout, is put aside and begun anew, which the log tells and `recall` shows: it knows
 * nothing then. Rejects where the folder can't be written to.
 */
export const openIndex = async (opt: IndexOptions): Promise<SearchIndex> => {
  opt.signal?.throwIfAborted()
  const { writer, reader, cutter } = await startThreads(opt)
  const seen = { isBroken: false }
  const noticing = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (error instanceof IndexFailed && error.isBroken) seen.isBroken = true
      throw error
    }
  }
  const write = async (asked: WriterAsked): Promise<void> => {
    await noticing(writer.ask(asked))
  }
  const read = (asked: ReaderAsked, opt?: SearchOptions) => noticing(reader.ask(asked, opt?.signal))
  return {
    put: async (articles, remember = {}) => {
      let writing = Promise.resolve()
      const batches = [...inBatches(articles)]
      for (const [index, batch] of batches.entries()) {
        const cut = bytes.parse(await cutter.ask(batch.map(toMessage)))
        await writing
        // The next ones are cut while these are written.
        writing = write({ kind: 'put', cut, remember: index === batches.length - 1 ? remember : {} })
        writing.catch(() => {})
      }
      await writing
    },
    remove: (ids, remember = {}) => write({ kind: 'remove', ids: [...ids], remember }),
    recall: async (name) => toText(await read({ kind: 'recall', name })),
    revisions: async (source, after, limit) => pairs.parse(await read({ kind: 'revisions', source, after, limit })),
    count: async (readers) => new Map(counts.parse(await read({ kind: 'count', readers: [...readers] }))),
    search: async (wanted, opt) => hits.parse(await read({ kind: 'search', wanted: wantedOf(wanted) }, opt)),
    passages: async ({ source, ...wanted }, opt) => hits.parse(await read({ kind: 'passages', wanted: wantedOf({ ...wanted, sources: [source] }) }, opt)),
    useSynonyms: async (groups) => {
      await read({ kind: 'synonyms', groups: mutable(groups) })
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled([read({ kind: 'close' }), cutter.end()])
      // Last of all: a file that another one still has open is not yet as it stays.
      await write({ kind: 'close', isSound: !seen.isBroken }).catch(() => undefined)
    },
  }
}

type Threads = { readonly writer: Thread; readonly reader: Thread; readonly cutter: Thread }

/** All three or none. */
const startThreads = async ({ file, synonyms, log, signal }: IndexOptions): Promise<Threads> => {
  const failed = new AbortController()
  const givenUp = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])])
  // The one that has no dictionary to load, and is waited for: ended in between, it would leave a file that the next start reads from one end to the other.
  const writing = startWriter(file, log)
  const reading = startThread(new URL('./reader.worker.ts', import.meta.url), { file, synonyms: mutable(synonyms) }, givenUp)
  const cutting = startThread(new URL('./cutter.worker.ts', import.meta.url), {}, givenUp)
  try {
    const [writer, reader, cutter] = await Promise.all([writing, reading, cutting])
    return { writer, reader, cutter }
  } catch (error) {
    failed.abort(error)
    const close = (thread: Promise<Thread>, closing: (one: Thread) => Promise<unknown>) => thread.then(closing).catch(() => undefined)
    // Neither has been asked for anything, and so none has the file open but the writer.
    await Promise.all([close(reading, (one) => one.end()), close(cutting, (one) => one.end())])
    await close(writing, (one) => one.ask({ kind: 'close', isSound: true }))
    throw error
  }
}

const startWriter = async (file: string, log: IndexOptions['log']): Promise<Thread> => {
  const writer = await startThread(new URL('./writer.worker.ts', import.meta.url), { file })
  const { aside } = opened.parse(writer.begun)
  if (aside) log.warn({ file, aside: aside.file, why: aside.why }, 'the search index is begun anew, the file is put aside')
  return writer
}

const toMessage = (article: Indexed) => ({ ...article, tags: [...article.tags], readers: [...article.readers] })
const toText = (value: unknown): string | null => (typeof value === 'string' ? value : null)
