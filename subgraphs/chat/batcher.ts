import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Joins what is asked for while a batch is being carried out into the next one. Alone, a piece of work begins at once; under load the batches grow, and
 * with them what one statement or one commit carries (group commit).
 */
export type Batcher<C, R> = {
  run(command: C): Promise<R>
  /** Resolves when nothing is in hand any more. */
  idle(): Promise<void>
}

export type BatcherOptions = {
  readonly maxBatch: number
  /** Errors that no single command can be to blame for, as when the database is gone. */
  readonly isNobodysFault: (error: unknown) => boolean
  /** How long a batch waits for more where the one before it held several, as then more are on their way. */
  readonly gatherMs?: number
}

/**
 * `work` carries out at most `maxBatch` commands, all or none, and gives a result for each. Where it fails, each command is tried on its own, so
 * that the one that is at fault fails alone.
 */
export const openBatcher = <C, R>(work: (commands: readonly C[]) => Promise<readonly R[]>, { maxBatch, isNobodysFault, gatherMs = 0 }: BatcherOptions): Batcher<C, R> => {
  type Waiting = { readonly command: C; readonly resolve: (result: R) => void; readonly reject: (error: unknown) => void }
  let waiting: Waiting[] = []
  let running: Promise<void> | null = null
  let before = 0

  const carryOut = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const results = await work(batch.map(({ command }) => command))
      batch.forEach(({ resolve, reject }, index) => {
        const result = results[index]
        if (result === undefined) reject(new Error('a command of a batch has no result'))
        else resolve(result)
      })
    } catch (error) {
      if (batch.length > 1 && !isNobodysFault(error)) {
        for (const one of batch) await carryOut([one])
      } else {
        for (const { reject } of batch) reject(error)
      }
    }
  }
  const runAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      if (gatherMs > 0 && before > 1) await sleep(gatherMs)
      const batch = waiting.slice(0, maxBatch)
      waiting = waiting.slice(maxBatch)
      before = batch.length
      await carryOut(batch)
    }
    running = null
  }
  return {
    run: (command) =>
      new Promise((resolve, reject) => {
        waiting.push({ command, resolve, reject })
        running ??= Promise.resolve().then(runAll)
      }),
    idle: async () => {
      while (running) await running
    },
  }
}
