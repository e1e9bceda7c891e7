import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { Row } from '../../fuse/call.ts'
import { Malformed } from '../../fuse/errors.ts'
import { openJsonRpcWire } from '../../fuse/wires/jsonrpc.ts'
import { parsePlaces, parseRow, parseWhole } from '../parsing.ts'
import type { CrmBackend, Customer } from './backend.ts'
import { rpcCustomer, rpcNoteOutcome, rpcPage } from './decode.ts'

/** Customers from a backend that speaks JSON-RPC 2.0 in our own words; `demo/orders-jsonrpc.ts` documents them. */
export const openCrmOverJsonRpc: OpenAdapter<CrmBackend> = (settings) => {
  const wire = openJsonRpcWire(settings)
  const { name } = settings
  return {
    findCustomers: async (ids, opt) => {
      if (ids.length === 0) return []
      const rows = parsePlaces(rpcCustomer, await wire.call('customers.find', { ids }, opt), ids.length, name, 'a customer')
      return rows.map((row, at) => atItsPlace(row, ids[at], name))
    },
    searchCustomers: async (query, opt) => {
      const page = parseWhole(rpcPage, await wire.call('customers.search', query, opt), name, 'a page of customers')
      return { ...page, rows: page.rows.map((row) => parseRow(rpcCustomer, row, name, 'a customer')) }
    },
    addNote: async (note, opt) => parseWhole(rpcNoteOutcome, await wire.call('customers.addNote', note, opt), name, 'an outcome'),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

/** Another customer at a customer's place would be believed to be them. */
const atItsPlace = (row: Row<Customer>, id: string | undefined, backend: string): Row<Customer> =>
  row === null || row instanceof Error || row.id === id ? row : new Malformed(backend, `another customer at the place of ${id ?? 'none'}`)
