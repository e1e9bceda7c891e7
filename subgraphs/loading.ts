import DataLoader from 'dataloader'
import type { Reading } from '../fuse/call.ts'
import { Sourced } from './answers.ts'

export type Loader<T> = DataLoader<string, Sourced<T>>

/** A loader that joins what one request asks for by key into batches of at most `maxBatchSize`. */
export const openLoader = <T>(read: (keys: readonly string[]) => Promise<readonly (Reading<T> | Error)[]>, maxBatchSize = 500): Loader<T> =>
  new DataLoader<string, Sourced<T>>(async (keys) => (await read(keys)).map((row) => (row instanceof Error ? row : toSourced(row))), { maxBatchSize })

export const toSourced = <T>(reading: Reading<T>): Sourced<T> => new Sourced(reading.value, reading.source)
