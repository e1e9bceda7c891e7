import { watch } from 'chokidar'
import type { Logger } from 'pino'
import { openTurns } from '../subgraphs/turns.ts'
import { ConfigError } from './config.ts'

export type WatchOptions = {
  /** Files that are read again when one of them changes. */
  readonly files: readonly string[]
  /** Reads, puts in place, and gives the files to look at from now on. What it rejects with is logged, and then nothing has changed. */
  readonly reload: () => Promise<readonly string[]>
  readonly reloaded?: (outcome: 'swapped' | 'refused') => void
  readonly log: Logger
}

/** A file is read when it has not changed for so long: one that is half written is not a configuration. */
const settledMs = 150
/** Files are looked at, rather than notified of: that also works on a network's disk and where a whole folder is replaced, as Kubernetes does. */
const lookMs = 250

/** Reloads whenever a file changes or SIGHUP comes, one reload at a time. Resolves when changes are noticed. */
export const watchConfig = async (opt: WatchOptions): Promise<AsyncDisposable> => {
  const watcher = watch([...opt.files], {
    ignoreInitial: true, usePolling: true, interval: lookMs, awaitWriteFinish: { stabilityThreshold: settledMs, pollInterval: 50 },
  })
  let files = opt.files
  const look = (next: readonly string[]) => {
    watcher.unwatch(files.filter((file) => !next.includes(file)))
    watcher.add(next.filter((file) => !files.includes(file)))
    files = next
  }
  const turns = openTurns(async () => look((await reloadOnce(opt)) ?? files))
  watcher.on('all', turns.ask).on('error', (error) => opt.log.error({ err: error }, 'the configuration can not be watched; SIGHUP reloads it'))
  process.on('SIGHUP', turns.ask)
  await new Promise<void>((resolve) => watcher.once('ready', resolve))
  return {
    [Symbol.asyncDispose]: async () => {
      process.off('SIGHUP', turns.ask)
      await watcher.close()
      await turns.done()
    },
  }
}

const reloadOnce = async ({ reload, reloaded, log }: WatchOptions): Promise<readonly string[] | null> => {
  try {
    const files = await reload()
    reloaded?.('swapped')
    return files
  } catch (error) {
    const mistakes = error instanceof ConfigError ? { mistakes: error.mistakes } : { err: error }
    log.error(mistakes, 'the configuration was refused; the one before it stays')
    reloaded?.('refused')
    return null
  }
}
