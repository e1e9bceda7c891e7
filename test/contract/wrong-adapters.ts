import { setTimeout as delay } from 'node:timers/promises'
import iconv from 'iconv-lite'
import type { Row } from '../../fuse/call.ts'
import { BackendFailure, Cancelled, Malformed, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { CrmBackend, Customer } from '../../subgraphs/crm/backend.ts'
import type { Article, KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'
import type { Order, OrdersBackend } from '../../subgraphs/orders/backend.ts'
import { sources, wrongSync } from './wrong-sync.ts'
import type { Wrong } from './wrong-sync.ts'

export type { Wrong } from './wrong-sync.ts'


const isThere = <T extends object>(row: Row<T>): row is T => row !== null && !(row instanceof BackendFailure)
const later = (iso: string, hours: number) => new Date(Date.parse(iso) + hours * 3_600_000).toISOString()
const each = <T extends object>(rows: readonly Row<T>[], change: (row: T) => T): readonly Row<T>[] => rows.map((row) => (isThere(row) ? change(row) : row))

type Find = KnowledgeBackend['findArticles']
const articles = (find: (right: Find) => Find) => sources((right) => ({ findArticles: find((ids, opt) => right.findArticles(ids, opt)) }))

/** Hears its deadline alone. */
const deadlineOf = (signal: AbortSignal): AbortSignal => {
  const controller = new AbortController()
  const pass = () => {
    if (signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError') controller.abort(signal.reason)
  }
  if (signal.aborted) pass()
  signal.addEventListener('abort', pass)
  return controller.signal
}

const catching = (find: Find, handle: (error: unknown, ids: readonly string[]) => ReturnType<Find>): Find => async (ids, opt) => {
  try {
    return await find(ids, opt)
  } catch (error) {
    return handle(error, ids)
  }
}

const onlyDigits = /^\d+$/

export const wrongKnowledge: readonly Wrong<KnowledgeBackend>[] = [
  ...wrongSync,
  { wrong: 'gives rows in an order of its own', areas: ['order'], spoil: articles((find) => async (ids, opt) => (await find(ids, opt)).toReversed()) },
  { wrong: 'gives one row for a key that is asked for twice', areas: ['order'], spoil: articles((find) => async (ids, opt) => find([...new Set(ids)], opt)) },
  { wrong: 'leaves absent rows out', areas: ['absence'], spoil: articles((find) => async (ids, opt) => (await find(ids, opt)).filter((row) => row !== null)) },
  {
    wrong: 'fails at a key that it can not ask for',
    areas: ['absence'],
    spoil: articles((find) => async (ids, opt) => {
      if (ids.some((id) => !onlyDigits.test(id) && !id.startsWith('none-'))) throw new Malformed('knowledge', 'an odd id')
      return find(ids, opt)
    }),
  },
  {
    wrong: 'takes several keys in one for the first of them',
    areas: ['absence'],
    spoil: articles((find) => (ids, opt) => find(ids.map((id) => id.split(',')[0] ?? ''), opt)),
  },
  {
    wrong: 'refuses a batch of more than a hundred',
    areas: ['batching'],
    spoil: articles((find) => async (ids, opt) => {
      if (ids.length > 100) throw new Refused('knowledge', 'too many')
      return find(ids, opt)
    }),
  },
  {
    wrong: 'gives less of a row in a batch than alone',
    areas: ['batching', 'order', 'absence'],
    spoil: articles((find) => async (ids, opt) => each(await find(ids, opt), (row: Article) => (ids.length === 1 ? row : { ...row, author: null }))),
  },
  { wrong: 'swallows errors to null', areas: ['error mapping'], spoil: articles((find) => catching(find, async (error, ids) => {
    if (error instanceof BackendFailure) return ids.map(() => null)
    throw error
  })) },
  { wrong: 'calls every failure a refusal', areas: ['error mapping'], spoil: articles((find) => catching(find, async (error) => {
    throw error instanceof BackendFailure ? new Refused('knowledge', 'refused') : error
  })) },
  { wrong: 'keeps its deadline late', areas: ['error mapping'], spoil: articles((find) => catching(find, async (error) => {
    if (error instanceof TimedOut) await delay(160)
    throw error
  })) },
  { wrong: 'hears no caller who goes', areas: ['cancellation'], spoil: articles((find) => (ids, opt) => find(ids, { ...opt, signal: deadlineOf(opt.signal) })) },
  {
    wrong: 'hears neither deadline nor caller',
    areas: ['error mapping', 'cancellation'],
    spoil: articles((find) => (ids) => find(ids, { signal: new AbortController().signal })),
  },
  {
    wrong: 'asks for a caller who has gone',
    areas: ['cancellation'],
    spoil: articles((find) => async (ids, opt) => {
      if (!opt.signal.aborted) return find(ids, opt)
      await find(ids, { signal: AbortSignal.timeout(1_000) })
      throw new Cancelled()
    }),
  },
  {
    wrong: 'writes times without milliseconds',
    areas: ['times and zones'],
    spoil: articles((find) => async (ids, opt) => each(await find(ids, opt), (row: Article) => ({ ...row, updatedAt: row.updatedAt.replace(/\.\d+/, '') }))),
  },
]

const crm = (change: (right: CrmBackend) => Partial<CrmBackend>) => (right: CrmBackend): CrmBackend => ({
  findCustomers: (ids, opt) => right.findCustomers(ids, opt),
  searchCustomers: (query, opt) => right.searchCustomers(query, opt),
  addNote: (note, opt) => right.addNote(note, opt),
  ...change(right),
})

const eachCustomer = (change: (row: Customer) => Customer) => crm((right) => ({
  findCustomers: async (ids, opt) => each(await right.findCustomers(ids, opt), change),
  searchCustomers: async (query, opt) => {
    const page = await right.searchCustomers(query, opt)
    return { ...page, rows: each(page.rows, change) }
  },
}))

const keys = { last: 0 }
const anotherKey = () => {
  keys.last += 1
  return `another-${keys.last}`
}

export const wrongCrm: readonly Wrong<CrmBackend>[] = [
  { wrong: 'reads UTF-8 as Latin-1', areas: ['charsets'], spoil: eachCustomer((row) => ({ ...row, name: Buffer.from(row.name).toString('latin1') })) },
  { wrong: 'reads UTF-8 as GBK', areas: ['charsets'], spoil: eachCustomer((row) => ({ ...row, name: iconv.decode(Buffer.from(row.name), 'gbk') })) },
  { wrong: 'takes local time for UTC', areas: ['times and zones'], spoil: eachCustomer((row) => ({
    ...row, notes: row.notes.map((note) => ({ ...note, writtenAt: later(note.writtenAt, 8) })),
  })) },
  { wrong: 'gives the newest note first', areas: ['order'], spoil: eachCustomer((row) => ({ ...row, notes: row.notes.toReversed() })) },
  { wrong: 'gives a page of a hundred rows at most', areas: ['paging'], spoil: crm((right) => ({
    searchCustomers: (query, opt) => right.searchCustomers({ ...query, limit: Math.min(query.limit, 100) }, opt),
  })) },
  { wrong: 'counts from the second row', areas: ['paging'], spoil: crm((right) => ({
    searchCustomers: (query, opt) => right.searchCustomers({ ...query, offset: Math.max(0, query.offset - 1) }, opt),
  })) },
  { wrong: 'writes again, under another key, what it heard no answer to', areas: ['idempotency'], spoil: crm((right) => ({
    addNote: (note, opt) => right.addNote(note, opt).catch((error: unknown) => {
      if (error instanceof Unreachable) return right.addNote({ ...note, idempotencyKey: anotherKey() }, opt)
      throw error
    }),
  })) },
  { wrong: 'passes no key on', areas: ['idempotency', 'conflicts'], spoil: crm((right) => ({
    addNote: (note, opt) => right.addNote({ ...note, idempotencyKey: anotherKey() }, opt),
  })) },
  { wrong: 'calls a conflict written', areas: ['conflicts'], spoil: crm((right) => ({
    addNote: async (note, opt) => {
      const outcome = await right.addNote(note, opt)
      return outcome.kind === 'refused' && outcome.code === 'IDEMPOTENCY_CONFLICT' ? { kind: 'written' } : outcome
    },
  })) },
  { wrong: 'loses the letters that the charset does not have', areas: ['charsets'], spoil: crm((right) => ({
    addNote: (note, opt) => right.addNote({ ...note, text: note.text.replaceAll(/[^\0-\x7f]/g, '?') }, opt),
  })) },
]

const orders = (change: (right: OrdersBackend) => Partial<OrdersBackend>) => (right: OrdersBackend): OrdersBackend => ({
  findOrders: (ids, opt) => right.findOrders(ids, opt),
  listOrders: (query, opt) => right.listOrders(query, opt),
  listOrdersOfCustomers: (query, opt) => right.listOrdersOfCustomers(query, opt),
  requestRefund: (request, opt) => right.requestRefund(request, opt),
  ...change(right),
})

const shifted = (row: Order): Order => ({ ...row, placedAt: later(row.placedAt, 8) })

export const wrongOrders: readonly Wrong<OrdersBackend>[] = [
  { wrong: 'takes local time for UTC', areas: ['times and zones'], spoil: orders((right) => ({
    findOrders: async (ids, opt) => each(await right.findOrders(ids, opt), shifted),
    listOrders: async (query, opt) => {
      const page = await right.listOrders(query, opt)
      return { ...page, rows: each(page.rows, shifted) }
    },
    listOrdersOfCustomers: async (query, opt) => {
      const pages = await right.listOrdersOfCustomers(query, opt)
      return each(pages, (page) => ({ ...page, rows: each(page.rows, shifted) }))
    },
  })) },
  { wrong: 'lists the instant that placedBefore leaves out', areas: ['times and zones'], spoil: orders((right) => ({
    listOrders: (query, opt) => right.listOrders({ ...query, placedBefore: query.placedBefore && later(query.placedBefore, 1 / 3_600) }, opt),
  })) },
  { wrong: 'says that there is more where there is not', areas: ['paging'], spoil: orders((right) => ({
    listOrders: async (query, opt) => ({ ...(await right.listOrders(query, opt)), hasMore: true }),
  })) },
  { wrong: 'gives one customer\'s orders to the other', areas: ['order'], spoil: orders((right) => ({
    listOrdersOfCustomers: async (query, opt) => (await right.listOrdersOfCustomers(query, opt)).toReversed(),
  })) },
  { wrong: 'calls a wrong amount a conflict', areas: ['refusals'], spoil: orders((right) => ({
    requestRefund: async (request, opt) => {
      const outcome = await right.requestRefund(request, opt)
      return outcome.kind === 'refused' && outcome.code === 'INVALID' ? { ...outcome, code: 'CONFLICT' } : outcome
    },
  })) },
]
