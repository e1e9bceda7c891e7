import { z } from 'zod'
import type { OpenAdapter } from '../../fuse/adapters.ts'
import { BackendFailure, Malformed, Refused } from '../../fuse/errors.ts'
import type { CallOptions, Page, Row, Window } from '../../fuse/call.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { GrpcRefused, type GrpcWire, openGrpcWire } from '../../fuse/wires/grpc.ts'
import { gather } from '../gather.ts'
import { atTheirPlaces, inBatches, parseWhole } from '../parsing.ts'
import type { Order, OrdersBackend, OrdersOfCustomers, OrdersQuery, RefundOutcome, RefundRequest } from './backend.ts'
import {
  customerIdOf, decodeRefusal, encodeAmount, encodeInstant, encodeStatus, grpcBatch, grpcList, grpcLists, grpcOrders, grpcRefund, orderIdOf,
} from './decode.grpc.ts'
import { type ReadOrder, refusedRefund } from './decode.ts'

/** The service's own bounds. */
const maxBatch = 500
const maxPageSize = 200
/** Calls in flight at once for one call of ours. */
const abreast = 4

const methods = ['GetOrders', 'ListOrders', 'ListOrdersOfCustomers', 'CreateRefund'] as const

type Api = { readonly wire: GrpcWire<(typeof methods)[number]>; readonly settings: BackendSettings; readonly readOrder: ReadOrder }

const ownOptions = z.object({ proto: z.string().min(1).optional(), service: z.string().min(1).default('orders.v1.OrderService') })

/**
 * Orders over gRPC, by `orders.proto`. `options.proto` is the path of another file, and `options.service` the service in it, where a system has the same
 * methods and fields in a package of its own.
 */
export const openOrdersOverGrpc: OpenAdapter<OrdersBackend> = (settings) => {
  const { proto = new URL('orders.proto', import.meta.url), service } = ownOptions.parse(settings.options)
  const wire = openGrpcWire(settings, { proto, service, methods })
  const api: Api = { wire, settings, readOrder: grpcOrders(settings) }
  return {
    findOrders: (ids, opt) => findOrders(api, ids, opt),
    listOrders: (query, opt) => listOrders(api, query, opt),
    listOrdersOfCustomers: (query, opt) => listOrdersOfCustomers(api, query, opt),
    requestRefund: (request, opt) => requestRefund(api, request, opt),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

async function findOrders(api: Api, ids: readonly string[], opt: CallOptions): Promise<readonly Row<Order>[]> {
  const { wire, settings, readOrder } = api
  const wellFormed = [...new Set(ids)].filter(isSendable)
  const find = async (batch: readonly string[]): Promise<readonly Row<Order>[]> => {
    const { orders } = parseWhole(grpcBatch, await wire.call('GetOrders', { orderIds: batch }, opt), settings.name, 'a batch of orders')
    return atTheirPlaces(batch, orders, orderIdOf, readOrder, settings.name)
  }
  return inTheirOrder(ids, wellFormed, find)
}

/** Each distinct key is asked for once, in batches; a batch that fails costs its own keys, unless all of them do. */
const inTheirOrder = async <T>(
  keys: readonly string[], distinct: readonly string[], find: (batch: readonly string[]) => Promise<readonly Row<T>[]>,
): Promise<readonly Row<T>[]> => {
  const batches = inBatches(distinct, maxBatch)
  const answers = await gather(batches, abreast, find)
  const rows = new Map(batches.flatMap((batch, index) => {
    const answer = answers[index] ?? []
    return batch.map((key, place) => [key, answer instanceof BackendFailure ? answer : answer[place] ?? null] as const)
  }))
  return keys.map(key => rows.get(key) ?? null)
}

/** What is empty is, in proto3, what is not there; half a character can't be sent. Neither is anybody's id. */
const isSendable = (id: string): boolean => id !== '' && id.isWellFormed()

async function listOrders({ wire, settings, readOrder }: Api, query: OrdersQuery, opt: CallOptions): Promise<Page<Order>> {
  if (query.customerId !== null && !isSendable(query.customerId)) return { rows: [], hasMore: false, totalCount: 0 }
  const filter = encodeFilter(settings, query)
  const parts = await Promise.all(windowsOf(query).map(async window =>
    readPage(await wire.call('ListOrders', { ...filter, ...window }, opt), window, settings, readOrder)))
  return joinPages(parts, query)
}

async function listOrdersOfCustomers(api: Api, query: OrdersOfCustomers, opt: CallOptions): Promise<readonly Row<Page<Order>>[]> {
  const { wire, settings, readOrder } = api
  const { customerIds } = query
  const find = async (batch: readonly string[]): Promise<readonly Row<Page<Order>>[]> => {
    const parts = await Promise.all(windowsOf(query).map(async (window) => {
      const answer = await wire.call('ListOrdersOfCustomers', { customerIds: batch, ...window }, opt)
      const { customers } = parseWhole(grpcLists, answer, settings.name, 'pages of orders')
      return atTheirPlaces(batch, customers, customerIdOf, page => pageAtItsPlace(page, window, settings, readOrder), settings.name)
    }))
    return batch.map((_, place) => joinAtItsPlace(parts.map(part => part[place] ?? null), query))
  }
  return inTheirOrder(customerIds, [...new Set(customerIds)].filter(isSendable), find)
}

type TheirWindow = { readonly skip: number; readonly pageSize: number }

/** Pages as large as the service gives them. Of an empty window one row is asked for, so that the list's length is known. */
const windowsOf = ({ offset, limit }: Window): readonly TheirWindow[] =>
  Array.from({ length: Math.max(Math.ceil(limit / maxPageSize), 1) }, (_, index) => ({
    skip: offset + index * maxPageSize, pageSize: Math.max(Math.min(limit - index * maxPageSize, maxPageSize), 1),
  }))

type Part = { readonly rows: readonly Row<Order>[]; readonly totalCount: number }

/** Throws `Malformed`, also where rows are missing: a smaller cap than the one we know would shift every window without a word. */
const readPage = (answer: unknown, { skip, pageSize }: TheirWindow, { name }: BackendSettings, readOrder: ReadOrder): Part => {
  const { orders, totalSize } = parseWhole(grpcList, answer, name, 'a page of orders')
  const expected = Math.min(Math.max(totalSize - skip, 0), pageSize)
  if (orders.length !== expected) throw new Malformed(name, `a page of ${orders.length} orders, where ${expected} of ${totalSize} were due`)
  return { rows: orders.map(readOrder), totalCount: totalSize }
}

const pageAtItsPlace = (...given: Parameters<typeof readPage>): Part | Malformed => {
  try {
    return readPage(...given)
  } catch (error) {
    if (error instanceof Malformed) return error
    throw error
  }
}

const joinPages = (parts: readonly Part[], { offset, limit }: Window): Page<Order> => {
  const totalCount = parts.at(-1)?.totalCount ?? 0
  return { rows: parts.flatMap(({ rows }) => rows).slice(0, limit), hasMore: offset + limit < totalCount, totalCount }
}

/** A customer of whom the service says nothing has no orders. */
const joinAtItsPlace = (parts: readonly Row<Part>[], window: Window): Row<Page<Order>> => {
  const failure = parts.find(part => part instanceof BackendFailure)
  return failure ?? joinPages(parts.filter(part => part !== null && 'rows' in part), window)
}

function encodeFilter({ name }: BackendSettings, { customerId, status, placedAfter, placedBefore }: OrdersQuery): object {
  const word = status === null ? null : encodeStatus(status)
  if (status !== null && word === null) throw new Refused(name, `there is no number to ask for ${status} with`)
  return {
    ...customerId === null ? {} : { customerId },
    ...word === null ? {} : { status: word },
    ...placedAfter === null ? {} : { placedAfter: encodeInstant(placedAfter) },
    ...placedBefore === null ? {} : { placedBefore: encodeInstant(placedBefore) },
  }
}

async function requestRefund({ wire, settings }: Api, request: RefundRequest, opt: CallOptions): Promise<RefundOutcome> {
  const { orderId, reason, idempotencyKey } = request
  const amount = request.amount === null ? null : encodeAmount(request.amount)
  if (!isSendable(orderId)) return refusedRefund('NOT_FOUND')
  if (request.amount !== null && amount === null) return refusedRefund('INVALID')
  try {
    const texts = { orderId, reason: reason.toWellFormed(), idempotencyKey: idempotencyKey.toWellFormed() }
    const answer = await wire.call('CreateRefund', { ...texts, ...amount === null ? {} : { amount } }, opt)
    return { kind: 'refunded', refundId: parseWhole(grpcRefund, answer, settings.name, 'a refund').refundId }
  } catch (error) {
    const outcome = error instanceof GrpcRefused ? decodeRefusal(error) : null
    if (outcome === null) throw error
    return outcome
  }
}
