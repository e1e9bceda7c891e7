import type { OrdersBackend } from '../../subgraphs/orders/backend.ts'
import { ordersFailures } from './orders-failures.ts'
import { ordersReads } from './orders-reads.ts'
import { ordersRefunds } from './orders-refunds.ts'

/** A system that holds `ordersOnFile`, the row of `unreadableId` broken, and the adapter under test in front of it. */
export type OrdersSubject = AsyncDisposable & { readonly backend: OrdersBackend; readonly system: Patient }

/** What the suite does to the system behind the adapter; a `LegacySystem` of the demo is one. */
export type Patient = {
  setFault(fault: 'hang' | 'error' | 'garbage' | 'refuse' | 'off'): Promise<void>
  /** The next request is carried out, and its connection is destroyed before the answer. */
  loseNextAnswer(): void
  /** Requests that arrived so far. */
  readonly calls: number
}

export type OpenOrdersSubject = () => Promise<OrdersSubject>

/** What every adapter of the orders port must hold, whatever its wire. */
export const ordersContract = (open: OpenOrdersSubject): void => {
  ordersReads(open)
  ordersRefunds(open)
  ordersFailures(open)
}
