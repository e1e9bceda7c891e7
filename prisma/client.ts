import type { PrismaClient } from './generated/client.ts'
import { openPgliteDatabase } from './pglite-database.ts'
import type { Opened } from './opened.ts'
import { openPostgresql } from './postgresql.ts'
import { DatabaseUnavailable, describeFailure } from './unavailable.ts'

export { DatabaseMismatch, DatabaseUnavailable } from './unavailable.ts'

/** What a database is opened with. Without a `url` it is PGlite in a folder of `dataDir`. */
export type DatabaseSettings = {
  readonly url?: string | undefined
  readonly maxConnections: number
  readonly dataDir: string
}

/** All that a database needs of a log; pino's Logger has it. */
export type DatabaseLog = { info(fields: object, message: string): void; warn(fields: object, message: string): void }

/** PostgreSQL, or PGlite in this process: the same dialect, schema and migrations. Disposing it closes what was opened. */
export type Database = AsyncDisposable & {
  readonly kind: 'pglite' | 'postgresql'
  /**
   * Connected and migrated; opened by whoever asks first. Rejects with `DatabaseUnavailable` where that can't be done now; the next call tries again.
   * What is asked of the client rejects with it too, where the database is gone: ask for the client each time, never keep one.
   */
  client(): Promise<PrismaClient>
  /**
   * Begins the end: an opening that still runs is given up, as if the process had died of it, and none begins any more; whoever waits for one is rejected. What is
   * open stays so until it is disposed of, which does this first.
   */
  readonly stopOpening: () => void
}

type State = { opening: Promise<Opened> | null; closing: Promise<void> | null }

/** How long PGlite may be busy with one query, in milliseconds: nothing but the end of its thread interrupts it, and a migration may take a while. */
const longestAnswerMs = 60_000

/** Nothing is opened before the first `client()`. `answerMs` is for PGlite; PostgreSQL ends its statements itself. */
export const openDatabase = (settings: DatabaseSettings, log: DatabaseLog, answerMs = longestAnswerMs): Database => {
  const state: State = { opening: null, closing: null }
  const stopping = new AbortController()
  return {
    kind: settings.url === undefined ? 'pglite' : 'postgresql',
    client: async () => {
      if (state.closing || (stopping.signal.aborted && !state.opening)) throw new DatabaseUnavailable('the database is closed')
      state.opening ??= keepOpening(state, () => open(settings, log, { answerMs, signal: stopping.signal }))
      const { client } = await state.opening
      return client
    },
    stopOpening: () => stopping.abort(),
    [Symbol.asyncDispose]: () => {
      stopping.abort()
      return (state.closing ??= close(state.opening))
    },
  }
}

const close = async (opening: Promise<Opened> | null): Promise<void> => {
  const opened = await opening?.catch(() => null)
  await opened?.close()
}

/** What could not be opened, or was lost, is forgotten: who asks next opens it anew. */
const keepOpening = (state: State, openNow: () => Promise<Opened>): Promise<Opened> => {
  const opening = openNow()
  const forget = () => {
    if (state.opening === opening) state.opening = null
  }
  opening.then((opened) => opened.onLost(forget), forget)
  return opening
}

type Opening = { readonly answerMs: number; readonly signal: AbortSignal }

const open = async ({ url, maxConnections, dataDir }: DatabaseSettings, log: DatabaseLog, { answerMs, signal }: Opening): Promise<Opened> => {
  try {
    return url === undefined ? await openPgliteDatabase({ dataDir, answerMs }, log, signal) : await openPostgresql({ url, maxConnections }, log, signal)
  } catch (error) {
    if (signal.aborted) throw new DatabaseUnavailable('the database is closed', { cause: error })
    if (error instanceof DatabaseUnavailable) throw error
    throw new DatabaseUnavailable(`the database can't be opened: ${describeFailure(error)}`, { cause: error })
  }
}
