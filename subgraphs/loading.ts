import DataLoader from 'dataloader'
import type { Reading } from '../fuse/call.ts'
import { Sourced } from './answers.ts'
import { during, presentSpan } from './present-span.ts'

export type Loader<T> = DataLoader<string, Sourced<T>>

/** A loader that joins what one request asks for by key into batches of at most `maxBatchSize`. */
export const openLoader = <T>(read: (keys: readonly string[]) => Promise<readonly (Reading<T> | Error)[]>, maxBatchSize = 500): Loader<T> =>
  new DataLoader<string, Sourced<T>>(async (keys) => (await read(keys)).map((row) => (row instanceof Error ? row : toSourced(row))), {
    maxBatchSize,
    batchScheduleFn: scheduleBatch,
  })

const now = Promise.resolve()

/** When DataLoader itself would do it: after the promises that are settled by now. A batch belongs to the fetch that began it. */
const scheduleBatch = (dispatch: () => void): void => {
  const span = presentSpan()
  const run = span ? () => during(span, dispatch) : dispatch
  void now.then(() => process.nextTick(run))
}

export const toSourced = <T>(reading: Reading<T>): Sourced<T> => new Sourced(reading.value, reading.source)
