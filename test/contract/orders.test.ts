import { describe } from 'node:test'
import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { LegacySystem } from '../../demo/legacy.ts'
import { startOrdersGrpc } from '../../demo/orders-grpc.ts'
import { startOrdersJsonRpc } from '../../demo/orders-jsonrpc.ts'
import { type OrdersRestOptions, startOrdersRest } from '../../demo/orders-rest.ts'
import type { OrdersBackend } from '../../subgraphs/orders/backend.ts'
import { openOrdersOverGrpc } from '../../subgraphs/orders/backend.grpc.ts'
import { openOrdersOverJsonRpc } from '../../subgraphs/orders/backend.jsonrpc.ts'
import { openOrdersOverRest } from '../../subgraphs/orders/backend.rest.ts'
import { companyOnFile, settingsFor } from './orders-company.ts'
import { unreadableId } from './orders-on-file.ts'
import { ordersContract, type OpenOrdersSubject } from './orders-suite.ts'

type Start = (opt: OrdersRestOptions) => Promise<LegacySystem>

const subject = (start: Start, openAdapter: OpenAdapter<OrdersBackend>): OpenOrdersSubject => async () => {
  const system = await start({ port: 0, company: companyOnFile(), unreadable: new Set([unreadableId]) })
  const backend = openAdapter(settingsFor(system.url))
  return {
    backend,
    system,
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]()
      await system[Symbol.asyncDispose]()
    },
  }
}

const adapters: Readonly<Record<string, OpenOrdersSubject>> = {
  rest: subject(startOrdersRest, openOrdersOverRest),
  jsonrpc: subject(startOrdersJsonRpc, openOrdersOverJsonRpc),
  grpc: subject(startOrdersGrpc, openOrdersOverGrpc),
}

for (const [wire, open] of Object.entries(adapters)) {
  describe(`orders over ${wire}`, () => ordersContract(open))
}
