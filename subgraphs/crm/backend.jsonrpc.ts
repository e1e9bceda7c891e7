import type { OpenAdapter } from '../../fuse/adapters.ts'
import { openJsonRpcWire } from '../../fuse/wires/jsonrpc.ts'
import { atItsPlace, parsePlaces, parseRow, parseWhole } from '../parsing.ts'
import type { CrmBackend } from './backend.ts'
import { rpcCustomer, rpcNoteOutcome, rpcPage } from './decode.ts'

/** Customers from a backend that speaks JSON-RPC 2.0 in our own words; `demo/orders-jsonrpc.ts` documents them. */
export const openCrmOverJsonRpc: OpenAdapter<CrmBackend> = (settings) => {
  const wire = openJsonRpcWire(settings)
  const { name } = settings
  return {
    findCustomers: async (ids, opt) => {
      if (ids.length === 0) return []
      const rows = parsePlaces(rpcCustomer, await wire.call('customers.find', { ids }, opt), ids.length, name, 'a customer')
      return rows.map((row, at) => atItsPlace(row, ids[at], ({ id }) => id, name))
    },
    searchCustomers: async (query, opt) => {
      const page = parseWhole(rpcPage, await wire.call('customers.search', query, opt), name, 'a page of customers')
      return { ...page, rows: page.rows.map((row) => parseRow(rpcCustomer, row, name, 'a customer')) }
    },
    addNote: async (note, opt) => parseWhole(rpcNoteOutcome, await wire.call('customers.addNote', note, opt), name, 'an outcome'),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}
