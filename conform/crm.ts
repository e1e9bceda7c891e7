import type { CallOptions } from '../fuse/call.ts'
import { Refused } from '../fuse/errors.ts'
import type { CrmBackend, Customer } from '../subgraphs/crm/backend.ts'
import { adapters } from '../subgraphs/crm/subgraph.ts'
import { isThere, many, patiently, quote } from './asking.ts'
import { listPromises } from './listing.ts'
import { lookupPromises } from './looking-up.ts'
import { notePromises } from './notes.ts'
import { definePort, maxSamples } from './port.ts'
import type { Hints } from './port.ts'
import { broken, kept, steadily, untested } from './promise.ts'
import type { PortPromise } from './promise.ts'
import { rowPromises } from './rows.ts'
import { troublePromises } from './trouble.ts'

export type CustomerSamples = {
  readonly customers: readonly Customer[]
  /** Text that finds many of them; null where the backend can't be searched, or nothing found two. */
  readonly text: string | null
  /** Whom a note may be written about. */
  readonly noted: string | null
}

type CrmPromise = PortPromise<CrmBackend, CustomerSamples>

/** Whatever the language of its customers, one of these stands in a name, an email or a phone number. */
const likely = ['@', 'a', 'e', 'i', 'o', 'n', '1', '0', '8', '王', '李', '陈', '明', 'а', 'о', 'م', 'の', '김']

type Search = { readonly text: string | null; readonly customers: readonly Customer[] }

/** Searches until there are customers enough. Rejects where the backend can't be searched and there are no samples either. */
const search = async (backend: CrmBackend, mustFind: boolean, opt: () => CallOptions): Promise<Search> => {
  const best: { text: string | null; rows: number } = { text: null, rows: 1 }
  const found = new Map<string, Customer>()
  for (const text of likely) {
    const page = await backend.searchCustomers({ text, offset: 0, limit: 60 }, opt()).catch((error: unknown) => {
      if (error instanceof Refused && !mustFind) return null
      throw error
    })
    if (page === null) return { text: null, customers: [] }
    for (const customer of page.rows.filter(isThere)) found.set(customer.id, customer)
    if (page.rows.length > best.rows) Object.assign(best, { text, rows: page.rows.length })
    if (best.rows >= 60 && found.size >= 80) break
  }
  return { text: best.text, customers: [...found.values()] }
}

const discover = async (backend: CrmBackend, { samples, write }: Hints, opt: () => CallOptions): Promise<CustomerSamples> => {
  const searched = await search(backend, samples.length === 0, opt)
  const named = samples.length > 0 ? (await backend.findCustomers(samples, opt())).filter(isThere) : searched.customers
  // Looked up again: what a search gives may be less than the whole customer.
  const customers = (await backend.findCustomers(named.slice(0, maxSamples).map(({ id }) => id), opt())).filter(isThere)
  return { customers, text: searched.text, noted: write === null ? null : (customers[0]?.id ?? null) }
}

const byId: CrmPromise = {
  area: 'order',
  title: 'searchCustomers is by id, ascending',
  check: (subject) => steadily(async () => {
    const { text } = subject.samples
    if (text === null) return untested('needs a search that finds two')
    const ids = (await subject.backend.searchCustomers({ text, offset: 0, limit: 60 }, patiently(subject))).rows.filter(isThere).map(({ id }) => id)
    // Of C-999 and C-1000 either may come first: whether digits count as numbers is the backend's affair.
    const asText = ids.every((id, at) => at === 0 || (ids[at - 1] ?? '') < id)
    const asNumbers = ids.every((id, at) => at === 0 || (ids[at - 1] ?? '').localeCompare(id, 'en', { numeric: true }) < 0)
    return asText || asNumbers ? kept(many(ids.length, 'row')) : broken('a customer comes after one with a higher id')
  }),
}

const findsByName: CrmPromise = {
  area: 'charsets',
  title: 'a customer is found by a name outside ASCII',
  check: async (subject) => {
    const { customers, text } = subject.samples
    if (text === null) return untested('needs a search that finds two')
    const named = customers.filter(({ name }) => /[^\u0000-\u007f]/.test(name)).slice(0, 5)
    if (named.length === 0) return untested('needs a name outside ASCII, found none')
    for (const { id, name } of named) {
      const { rows } = await subject.backend.searchCustomers({ text: name, offset: 0, limit: 200 }, patiently(subject))
      if (!rows.some((row) => isThere(row) && row.id === id)) return broken(`${quote(id)} is not found by its own name`)
    }
    return kept(many(named.length, 'name'))
  },
}

const sampleIds = ({ customers }: CustomerSamples) => customers.map(({ id }) => id)

export const crm = definePort<CrmBackend, CustomerSamples>({
  name: 'crm',
  adapters,
  withoutWrites: (backend) => ({
    findCustomers: (ids, opt) => backend.findCustomers(ids, opt),
    searchCustomers: (query, opt) => backend.searchCustomers(query, opt),
    addNote: () => Promise.reject(new Error('notes were not allowed')),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  }),
  discover,
  idsOf: sampleIds,
  promises: [
    ...lookupPromises<CrmBackend, CustomerSamples, Customer>({
      method: 'findCustomers', keys: sampleIds, find: (backend, ids, opt) => backend.findCustomers(ids, opt), keyOf: ({ id }) => id,
    }),
    byId,
    ...listPromises<CrmBackend, CustomerSamples, Customer>({
      what: 'a search',
      list: ({ text }) => (text === null ? null : (backend, window, opt) => backend.searchCustomers({ text, ...window }, opt)),
    }),
    ...rowPromises<CrmBackend, CustomerSamples, Customer>({
      noun: 'a customer',
      rows: ({ customers }) => customers,
      idOf: ({ id }) => id,
      times: ({ registeredAt, notes }) => [
        ...(registeredAt === null ? [] : [{ field: 'registeredAt', at: registeredAt }]),
        ...notes.map(({ writtenAt }) => ({ field: 'a note\'s writtenAt', at: writtenAt })),
      ],
      sequence: { title: 'the notes of a customer are oldest first', times: ({ notes }) => notes.map(({ writtenAt }) => writtenAt), newest: 'last' },
    }),
    findsByName,
    ...troublePromises<CrmBackend, CustomerSamples>(({ customers: [first], text }) => [
      ...(first === undefined ? [] : [{ method: 'findCustomers', ask: (backend: CrmBackend, opt: CallOptions) => backend.findCustomers([first.id], opt) }]),
      ...(text === null ? [] : [{
        method: 'searchCustomers', ask: (backend: CrmBackend, opt: CallOptions) => backend.searchCustomers({ text, offset: 0, limit: 5 }, opt),
      }]),
    ]),
    ...notePromises,
  ],
})
