import type { Company } from './company/types.ts'
import { writeArticles } from './company/articles.ts'
import { enrolCustomers } from './company/customers.ts'
import { takeOrders } from './company/orders.ts'
import { shipOrders } from './company/shipments.ts'

export type * from './company/types.ts'
export { derivedFrom, openShelf } from './company/shelf.ts'
export type { Shelf } from './company/shelf.ts'

/** The demo company, the same at every call and on every machine: no clock and no chance goes into it. */
export const foundCompany = (): Company => {
  const customers = enrolCustomers()
  const orders = takeOrders(customers)
  return { customers, orders, shipments: shipOrders(orders, customers), articles: writeArticles() }
}
