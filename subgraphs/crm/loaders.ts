import type { Page } from '../../fuse/call.ts'
import type { Fuse } from '../../fuse/fuse.ts'
import type { Sourced } from '../answers.ts'
import { readOptions } from '../context.ts'
import type { FetchContext, RequestContext } from '../context.ts'
import type { Cursors } from '../cursors.ts'
import { openLoader, toSourced } from '../loading.ts'
import type { Loader } from '../loading.ts'
import type { CrmBackend, Customer, CustomerSearch, NewNote, NoteOutcome } from './backend.ts'

/** The port behind its fuse: every read says how good it is. */
export type FusedCrm = ReturnType<typeof fuseCrm>

export const fuseCrm = (backend: CrmBackend, fuse: Fuse) => ({
  findCustomers: fuse.batch<string, Customer>('customer', (ids, opt) => backend.findCustomers(ids, opt)),
  searchCustomers: fuse.read<CustomerSearch, Page<Customer>>('customers', (query, opt) => backend.searchCustomers(query, opt)),
  addNote: fuse.write<NewNote, NoteOutcome>(
    (note, opt) => backend.addNote(note, opt),
    ({ customerId }) => [{ kind: 'customer', key: customerId }, { kind: 'customers' }],
  ),
})

export type Loaders = {
  readonly customer: Loader<Customer | null>
  search(query: CustomerSearch): Promise<Sourced<Page<Customer>>>
  addNote(note: NewNote): Promise<NoteOutcome>
  readonly cursors: Cursors
}

export type Context = FetchContext<Loaders>

export const openLoaders = (crm: FusedCrm, cursors: Cursors, context: RequestContext): Loaders => {
  const customer = openLoader((ids) => crm.findCustomers(ids, readOptions(context)))
  return {
    customer,
    search: async (query) => toSourced(await crm.searchCustomers(query, readOptions(context))),
    addNote: async (note) => {
      const outcome = await crm.addNote(note, readOptions(context))
      customer.clear(note.customerId)
      return outcome
    },
    cursors,
  }
}
