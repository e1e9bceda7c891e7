import type { Caller } from './context.ts'

/*
 * The one place that says what a caller may see beyond their role. A visitor sees what is their own; whoever works here
 * sees every customer. Another's row answers exactly as one that does not exist.
 */

export const maySeeCustomer = (caller: Caller, customerId: string): boolean =>
  caller.role !== 'VISITOR' || (caller.customerId !== null && caller.customerId === customerId)

/** An order, a shipment: what belongs to a customer. Null: nobody knows whose it is, so it is no visitor's. */
export const maySeeOwned = (caller: Caller, owned: { readonly customerId: string | null }): boolean =>
  caller.role !== 'VISITOR' || (owned.customerId !== null && maySeeCustomer(caller, owned.customerId))
