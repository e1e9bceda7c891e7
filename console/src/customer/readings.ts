import type { CustomerOrdersQuery, CustomerProfileQuery, OneOrderQuery, OrderShipmentsQuery, PastConversationsQuery } from '../../gql/graphql.ts'
import type { Failure } from '../graphql/failure.ts'
import { worstOf } from '../kit/freshness-words.ts'
import type { Reading, Stamp } from '../kit/freshness-words.ts'

/* What an answer has for each block, or that it has nothing. An answer in parts is one: its missing rows are null in their places. */

type CustomerAnswer = NonNullable<CustomerProfileQuery['customer']>
type OrdersAnswer = NonNullable<NonNullable<CustomerOrdersQuery['customer']>['orders']>

export type Profile = NonNullable<CustomerAnswer['profile']>
export type OrderRow = NonNullable<OrdersAnswer['nodes'][number]>
export type ShipmentRow = NonNullable<NonNullable<NonNullable<OrderShipmentsQuery['order']>['shipments']>[number]>
export type PastRow = NonNullable<NonNullable<PastConversationsQuery['customer']>['conversations']>['nodes'][number]

/** UNKNOWN: the CRM has no such customer. UNTOLD: it can't say. */
export type ProfileBlock = { readonly is: 'KNOWN'; readonly profile: Profile } | { readonly is: 'UNKNOWN' } | { readonly is: 'UNTOLD' }
export type OrdersBlock = { readonly rows: readonly (OrderRow | null)[]; readonly hasMore: boolean; readonly total: number | null }
export type OrderBlock = { readonly order: OrderRow | null }
export type ShipmentsBlock = { readonly rows: readonly (ShipmentRow | null)[] }
export type PastBlock = { readonly rows: readonly PastRow[]; readonly hasMore: boolean }

type Data<T> = T | null | undefined

const silent = { is: 'SILENT' } as const
const answer = <T>(value: T, source: Stamp | null): Reading<T> => ({ is: 'ANSWER', value, source })

export const readProfile = (data: Data<CustomerProfileQuery>, failures: readonly Failure[]): Reading<ProfileBlock> => {
  const { known = null, profile = null } = data?.customer ?? {}
  if (profile) return answer({ is: 'KNOWN', profile }, profile.source)
  if (known === false) return answer({ is: 'UNKNOWN' }, null)
  if (failures.length > 0 || !data) return silent
  return answer({ is: data.customer ? 'UNTOLD' : 'UNKNOWN' }, null)
}

export const readOrders = (data: Data<CustomerOrdersQuery>, failures: readonly Failure[]): Reading<OrdersBlock> => {
  const orders = data?.customer?.orders
  if (orders) return answer({ rows: orders.nodes, hasMore: orders.pageInfo.hasNextPage, total: orders.totalCount }, worstOf(orders.nodes.map((row) => row?.source)))
  return failures.length > 0 || !data ? silent : answer({ rows: [], hasMore: false, total: 0 }, null)
}

/** Where the order system can't say whether there is one, there is nothing to show either. */
export const readOrder = (data: Data<OneOrderQuery>, failures: readonly Failure[]): Reading<OrderBlock> => {
  const order = data?.order ?? null
  if (order?.known === true) return answer({ order }, order.source)
  return failures.length > 0 || !data || order?.known === null ? silent : answer({ order: null }, null)
}

export const readShipments = (data: Data<OrderShipmentsQuery>, failures: readonly Failure[]): Reading<ShipmentsBlock> => {
  const rows = data?.order?.shipments
  if (rows) return answer({ rows }, worstOf(rows.map((row) => row?.source)))
  return failures.length > 0 || !data ? silent : answer({ rows: [] }, null)
}

export const readPast = (data: Data<PastConversationsQuery>, failures: readonly Failure[]): Reading<PastBlock> => {
  const past = data?.customer?.conversations
  if (past) return answer({ rows: past.nodes, hasMore: past.pageInfo.hasNextPage }, null)
  return failures.length > 0 || !data ? silent : answer({ rows: [], hasMore: false }, null)
}
