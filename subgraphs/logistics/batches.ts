import type { Row } from '../../fuse/call.ts'
import { BackendFailure, Malformed } from '../../fuse/errors.ts'
import { gather } from '../gather.ts'
import { inBatches } from '../parsing.ts'
import type { Shipment } from './backend.ts'

/** As many keys as one call may name. */
const batchSize = 50

/** Calls in flight at once for one call of ours. */
const abreast = 8

/** `isAskable`: whether the wire can carry a key at all; one that it can't names nothing. `absent` is at the place of such a key. */
export type Batching<T> = { readonly isAskable: (key: string) => boolean; readonly absent: Row<T> }

/** Asks for each key once, and answers in the order of `keys`. A batch that fails costs its own keys; it throws where all of them failed. */
export const askInBatches = async <T>(
  keys: readonly string[], { isAskable, absent }: Batching<T>, askBatch: (batch: readonly string[]) => Promise<readonly Row<T>[]>,
): Promise<readonly Row<T>[]> => {
  const batches = inBatches([...new Set(keys)].filter(isAskable), batchSize)
  const answers = await gather(batches, abreast, askBatch)
  const found = new Map<string, Row<T>>()
  for (const [index, batch] of batches.entries()) {
    const answer = answers[index] ?? []
    for (const [at, key] of batch.entries()) found.set(key, answer instanceof BackendFailure ? answer : (answer[at] ?? null))
  }
  return keys.map((key) => found.get(key) ?? absent)
}

/** How the rows of one wire are read. `orderOf`: of which order a row is; null where it does not say. */
export type RowsOfOrders = {
  readonly orderOf: (row: unknown) => string | null
  readonly decode: (row: unknown) => Shipment | Malformed
  readonly backend: string
}

/** Rows that came in any order, as one list for each order. A row that does not say of which order it is may belong to any of those without one. */
export const listsOfOrders = (orderIds: readonly string[], rows: readonly unknown[], read: RowsOfOrders): readonly Row<readonly Row<Shipment>[]>[] => {
  const byOrder = Map.groupBy(rows, read.orderOf)
  const nameless = byOrder.has(null) ? new Malformed(read.backend, 'a shipment that does not say of which order it is') : null
  return orderIds.map((id) => (byOrder.has(id) || !nameless ? (byOrder.get(id) ?? []).map(read.decode) : nameless))
}
