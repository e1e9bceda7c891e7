import type { Page, Window } from '../../fuse/call.ts'
import { describeSource, fieldsOf, Sourced } from '../answers.ts'
import type { Ref } from '../answers.ts'
import { toConnection, windowOf } from '../paging.ts'
import type { PageArgs } from '../paging.ts'
import { maySeeCustomer, maySeeOwned } from '../visibility.ts'
import type { Order } from './backend.ts'
import { pageKeyOf } from './loaders.ts'
import type { Context } from './loaders.ts'
import type { QueryOrdersArgs, Resolvers } from './schema.generated.ts'

export type OrderRef = Ref<Order>

/** The order as far as the caller may see it. */
const loadOrder = async ({ id, row }: OrderRef, { loaders, caller }: Context): Promise<Sourced<Order | null>> =>
  (row ?? (await loaders.order.load(id))).map((order) => (order && maySeeOwned(caller, order) ? order : null))

const order = fieldsOf(loadOrder)

const connect = (list: readonly unknown[], window: Window, { loaders }: Context) => (page: Page<Order>, source: Sourced<unknown>['source']) =>
  toConnection(loaders.cursors, list, window, page, (row): OrderRef => ({ id: row.id, row: new Sourced(row, source) }))

const findOrders = async (args: QueryOrdersArgs & PageArgs, context: Context) => {
  const { customerId = null, status = null, placedAfter = null, placedBefore = null } = args
  const filters = { customerId, status, placedAfter, placedBefore }
  const list = ['orders', filters]
  const window = windowOf(context.loaders.cursors, list, args)
  return (await context.loaders.list({ ...filters, ...window })).map(connect(list, window, context))
}

export const resolvers: Resolvers = {
  Query: {
    order: (_, { id }) => ({ id }),
    orders: (_, args, context) => findOrders(args, context),
  },
  Mutation: {
    requestRefund: async (_, { input }, { loaders }) => {
      const outcome = await loaders.refund({ ...input, amount: input.amount ?? null })
      if (outcome.kind === 'refunded') return { order: { id: input.orderId }, refundId: outcome.refundId, userErrors: [] }
      const { code, message, field } = outcome
      return { order: code === 'NOT_FOUND' ? null : { id: input.orderId }, refundId: null, userErrors: [{ code, message, field: ['input', field] }] }
    },
  },
  Order: {
    __resolveReference: async ({ id }) => ({ id }),
    known: async (ref, _, context) => (await loadOrder(ref, context)).map((row) => row !== null),
    status: order((row) => row.status),
    statusText: order((row) => row.statusText),
    placedAt: order((row) => row.placedAt),
    total: order((row) => row.total),
    lines: order((row) => row.lines),
    customer: order((row) => ({ id: row.customerId })),
    source: async (ref, _, context) => {
      const { value, source } = await loadOrder(ref, context)
      return value && describeSource(source)
    },
  },
  Customer: {
    __resolveReference: async ({ id }, { caller }) => (maySeeCustomer(caller, id) ? { id } : null),
    orders: async ({ id }, args, context) => {
      const list = ['customer', id]
      const window = windowOf(context.loaders.cursors, list, args)
      const page = await context.loaders.page.load(pageKeyOf(id, window))
      return page.map((found, source) => found && connect(list, window, context)(found, source))
    },
  },
}
