import { z } from 'zod'
import type { Malformed } from '../../fuse/errors.ts'
import { parseRow, parseWhole } from '../parsing.ts'
import type { Shipment, ShipmentStatus } from './backend.ts'
import { instant, isNoTime, type Source } from './times.ts'

/** The REST API's words: camelCase JSON, as ASP.NET Core writes it. `demo/logistics-rest.ts` shows the API. */

const ourStatuses: ReadonlyMap<string, ShipmentStatus> = new Map([
  ['labelCreated', 'LABEL_CREATED'], ['inTransit', 'IN_TRANSIT'], ['outForDelivery', 'OUT_FOR_DELIVERY'],
  ['delivered', 'DELIVERED'], ['exception', 'EXCEPTION'], ['returned', 'RETURNED'],
])

/** .NET leaves what is null out where it is told to, and writes it where it is not. */
const optional = z.string().nullish().transform((text) => (text == null || text === '' ? null : text))

/** A value of an enum that has no name is written as its number. */
const enumWord = z.union([z.string(), z.int()]).transform(String)

const openSchema = (source: Source) => {
  const checkpoint = z
    .object({ occurredAt: z.string(), place: z.string().nullish(), description: z.string().nullish() })
    .transform(({ occurredAt, place, description }, ctx) => ({
      occurredAt: instant(occurredAt, source, ctx), place: place ?? '', description: description ?? '',
    }))
  return z
    .object({
      id: z.string().min(1),
      orderId: z.string().min(1),
      customerId: optional,
      trackingNumber: z.string().min(1),
      carrier: z.string(),
      status: enumWord,
      statusText: optional,
      estimatedDelivery: optional,
      checkpoints: z.array(checkpoint).nullish(),
    })
    .transform(({ status, statusText, estimatedDelivery, checkpoints, ...rest }, ctx): Shipment => ({
      ...rest,
      status: ourStatuses.get(status) ?? 'UNKNOWN',
      statusText: statusText ?? status,
      estimatedDelivery: estimatedDelivery === null || isNoTime(estimatedDelivery) ? null : instant(estimatedDelivery, source, ctx),
      events: (checkpoints ?? []).toSorted((a, b) => b.occurredAt.localeCompare(a.occurredAt)),
    }))
}

/** Rows of the REST API → shipments. */
export const restShipments = (source: Source): ((row: unknown) => Shipment | Malformed) => {
  const schema = openSchema(source)
  return (row) => parseRow(schema, row, source.name, 'a shipment')
}

export type RestKey = 'id' | 'orderId' | 'trackingNumber'

const named = z.string().min(1)

/** A key of a row; null where it has none. */
export const restKey = (name: RestKey) => {
  const keyed = z.object({ [name]: named })
  return (row: unknown): string | null => keyed.safeParse(row).data?.[name] ?? null
}

/** A list that was cut would make shipments absent that are there. */
const found = z
  .object({ items: z.array(z.unknown()), totalCount: z.int().nullish() })
  .refine(({ items, totalCount }) => totalCount == null || totalCount === items.length, 'not all that was found')

/** The rows in the answer to a search. Throws `Malformed`. */
export const restRows = (answer: unknown, backend: string): readonly unknown[] => parseWhole(found, answer, backend, 'a list of shipments').items
