import { describeSource, fieldsOf, Sourced } from '../answers.ts'
import type { Ref } from '../answers.ts'
import { badInput } from '../errors.ts'
import { toConnection, windowOf } from '../paging.ts'
import type { PageArgs } from '../paging.ts'
import { maySeeCustomer } from '../visibility.ts'
import type { Customer } from './backend.ts'
import type { Context } from './loaders.ts'
import type { QueryCustomersArgs, Resolvers } from './schema.generated.ts'

export type CustomerRef = Ref<Customer>

/** A search for less than this many characters would give nearly everybody. */
const minSearchLength = 1
const maxSearchLength = 200

const loadCustomer = ({ id, row }: CustomerRef, { loaders }: Context): Sourced<Customer | null> | Promise<Sourced<Customer | null>> =>
  row ?? loaders.customer.load(id)

const customer = fieldsOf(loadCustomer)

const searchCustomers = async (args: QueryCustomersArgs & PageArgs, { loaders }: Context) => {
  const text = args.search.trim()
  if (text.length < minSearchLength || text.length > maxSearchLength) {
    throw badInput(`search is ${minSearchLength} to ${maxSearchLength} characters`, 'search')
  }
  const list = ['customers', text]
  const window = windowOf(loaders.cursors, list, args)
  const found = await loaders.search({ text, ...window })
  return found.map((page, source) =>
    toConnection(loaders.cursors, list, window, page, (row): CustomerRef => ({ id: row.id, row: new Sourced(row, source) })),
  )
}

export const resolvers: Resolvers = {
  Query: {
    customers: (_, args, context) => searchCustomers(args, context),
  },
  Mutation: {
    addCustomerNote: async (_, { input }, { loaders, caller }) => {
      const outcome = await loaders.addNote({ ...input, author: caller.name })
      if (outcome.kind === 'written') return { customer: { id: input.customerId }, userErrors: [] }
      const { code, message, field } = outcome
      return { customer: code === 'NOT_FOUND' ? null : { id: input.customerId }, userErrors: [{ code, message, field: ['input', field] }] }
    },
  },
  Customer: {
    __resolveReference: async ({ id }, { caller }) => (maySeeCustomer(caller, id) ? { id } : null),
    known: async (ref, _, context) => (await loadCustomer(ref, context)).map((row) => row !== null),
    profile: customer((row, source) => ({ ...row, source: describeSource(source) })),
  },
}
