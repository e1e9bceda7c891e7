import { randomUUID } from 'node:crypto'
import { Refused } from '../fuse/errors.ts'
import { adapters } from '../subgraphs/crm/subgraph.ts'
import type { CrmBackend, Customer, NewNote, NoteOutcome } from '../subgraphs/crm/backend.ts'
import { describeKit, fieldOf, refuseToWrite } from './kit.ts'
import type { Listing } from './listings.ts'
import { asking, broken, kept, told, untested } from './pledge.ts'
import type { Pledge, Subject, Verdict } from './pledge.ts'

const isCustomer = (row: unknown): row is Customer => fieldOf(row, 'id') !== null

/** Texts that some of almost any customers have in their name, email or telephone number. */
const guesses = ['@', 'a', '1', 'e', '张', '王', '-']

const searchAny = async (backend: CrmBackend): Promise<readonly Customer[]> => {
  for (const text of guesses) {
    const { rows } = await backend.searchCustomers({ text, offset: 0, limit: 60 }, asking())
    const customers = rows.filter(isCustomer)
    if (customers.length > 1) return customers
  }
  return []
}

const search = (text: string): Listing<CrmBackend> => ({
  name: `searchCustomers for ${JSON.stringify(text)}`,
  page: (backend, window, opt) => backend.searchCustomers({ text, ...window }, opt),
  inOrder: (earlier, later) => (fieldOf(earlier, 'id') ?? '') < (fieldOf(later, 'id') ?? ''),
  sorted: 'by id, ascending',
})

const beyondAscii = /[^\x00-\x7f]/

const findsByName: Pledge<CrmBackend> = {
  area: 'charsets',
  title: 'a search for a name beyond ASCII finds whose it is',
  check: async ({ backend, samples: { customers = [] } }) => {
    const rows = (await backend.findCustomers(customers, asking())).filter(isCustomer)
    const one = rows.find(({ name }) => beyondAscii.test(name))
    if (!one) return untested('no customer has such a name')
    const found = await backend.searchCustomers({ text: one.name, offset: 0, limit: 60 }, asking())
    if (!found.rows.some((row) => isCustomer(row) && row.id === one.id) && !found.hasMore) return broken(`${told(one.id)} is not found by their name`)
    return kept()
  },
}

const findsNoPattern: Pledge<CrmBackend> = {
  area: 'absence',
  title: 'a search takes %, _ and quotes for themselves',
  check: async ({ backend }) => {
    for (const text of ['%', '_', "' OR '1'='1", '\\', '%%%', '"']) {
      const { rows } = await backend.searchCustomers({ text, offset: 0, limit: 20 }, asking())
      const wrong = rows.filter(isCustomer).find(({ name, email, phone }) => ![name, email, phone].some((field) => field?.toLowerCase().includes(text.toLowerCase())))
      if (wrong) return broken(`${told(text)} finds ${told(wrong.id)}, which does not have it`)
    }
    return kept()
  },
}

const noteFor = (customerId: string): NewNote => ({ customerId, text: '适配器检查 conformance check &<>"', author: 'conform', idempotencyKey: `conform-${randomUUID()}` })

const codeOf = (outcome: NoteOutcome) => (outcome.kind === 'refused' ? outcome.code : outcome.kind)

/** Of those that write: an adapter with read-only access says so, and promises nothing more. */
const writing = async (use: () => Promise<Verdict>): Promise<Verdict> => {
  try {
    return await use()
  } catch (error) {
    if (error instanceof Refused && /read-only/.test(error.message)) return untested('the adapter has read-only access')
    throw error
  }
}

const countNotes = async ({ backend }: Subject<CrmBackend>, id: string): Promise<number> => {
  const [row] = await backend.findCustomers([id], asking())
  return isCustomer(row) ? row.notes.length : -1
}

const writeOnce = async (subject: Subject<CrmBackend>): Promise<Verdict> => {
  const { backend, samples: { customers: [id = ''] = [] } } = subject
  const [note, before] = [noteFor(id), await countNotes(subject, id)]
  const outcomes = [await backend.addNote(note, asking()), await backend.addNote(note, asking())]
  const conflict = await backend.addNote({ ...note, text: 'something else' }, asking())
  const after = await countNotes(subject, id)
  if (outcomes.some(({ kind }) => kind !== 'written')) return broken(`the same note twice gives ${outcomes.map(codeOf).join(', ')}`)
  if (codeOf(conflict) !== 'IDEMPOTENCY_CONFLICT') return broken(`another note with the same key gives ${codeOf(conflict)}`)
  return after === before + 1 ? kept() : broken(`${after - before} notes were written`)
}

const writeAfterLoss = (subject: Subject<CrmBackend>): Promise<Verdict> =>
  subject.relayed(async (backend, relay) => {
    const { samples: { customers: [id = ''] = [] } } = subject
    const [note, before] = [noteFor(id), await countNotes(subject, id)]
    relay.cutNextAnswer(0)
    const lost = await backend.addNote(note, asking()).then(() => false, () => true)
    if (!lost) return broken('a note whose answer was lost is told to be written')
    const again = await backend.addNote(note, asking())
    const written = (await countNotes(subject, id)) - before
    return again.kind === 'written' && written === 1 ? kept() : broken(`tried again, it is ${codeOf(again)}, and ${written} notes were written`)
  })

const withCustomer = (use: (subject: Subject<CrmBackend>) => Promise<Verdict>) => (subject: Subject<CrmBackend>) =>
  subject.samples['customers']?.length ? writing(() => use(subject)) : Promise.resolve(untested('no customer was found'))

export const crmKit = describeKit<CrmBackend>({
  port: 'crm',
  adapters,
  readOnly: (backend) => ({
    findCustomers: (ids, opt) => backend.findCustomers(ids, opt),
    searchCustomers: (query, opt) => backend.searchCustomers(query, opt),
    addNote: refuseToWrite,
  }),
  discover: async (backend, named) => {
    const rows = [...(await backend.findCustomers(named, asking())).filter(isCustomer), ...(await searchAny(backend))]
    return { customers: [...new Set(rows.map(({ id }) => id))] }
  },
  lookups: [{ name: 'findCustomers', keys: 'customers', find: (backend, ids, opt) => backend.findCustomers(ids, opt), keyOf: (row) => fieldOf(row, 'id') }],
  listings: [search('a'), search('@')],
  glance: (backend, { samples }, opt) => backend.findCustomers(samples['customers'] ?? [], opt),
  read: (backend, _subject, opt) => backend.searchCustomers({ text: 'a', offset: 0, limit: 1 }, opt),
  own: [
    findsByName,
    findsNoPattern,
    { area: 'writing', title: 'a note is written once, however often it is sent', writes: true, check: withCustomer(writeOnce) },
    { area: 'writing', title: 'a note whose answer was lost is written once when it is sent again', writes: true, check: withCustomer(writeAfterLoss) },
  ],
})
