import type { LegacyAnswer } from '../legacy.ts'
import type { BookFilter, BookOrder, OrderBook } from '../order-book.ts'
import { json, springError } from './answers.ts'
import { localTimeMs, type Rows, wordOf } from './rows.ts'

const maxBatch = 50
const maxSize = 100
const defaultSize = 20

export const listOrders = (url: URL, book: OrderBook, rows: Rows): LegacyAnswer => {
  const orderNos = url.searchParams.get('orderNos')
  return orderNos === null ? pageOfOrders(url, book, rows) : batchOfOrders(url, orderNos.split(','), book, rows)
}

/** In the system's own order: by number, whatever the question's. */
const batchOfOrders = (url: URL, orderNos: readonly string[], book: OrderBook, rows: Rows): LegacyAnswer => {
  if (orderNos.length > maxBatch) return springError(url, 400, `orderNos: size must be between 1 and ${maxBatch}`)
  const found = [...new Set(orderNos)].toSorted().map(orderNo => book.find(orderNo)).filter(order => order !== null)
  return json(200, found.map(order => rows.row(order)))
}

const pageOfOrders = (url: URL, book: OrderBook, rows: Rows): LegacyAnswer => {
  const filter = readFilter(url.searchParams)
  if (filter === null) return springError(url, 400, 'Failed to convert \'java.lang.String\' to required type \'java.time.LocalDateTime\'')
  const sorted = sortAs(url.searchParams.get('sort') ?? 'createdAt,desc', book.list(filter))
  if (sorted === null) return springError(url, 400, 'No property found for type \'OrderEntity\'')
  const size = Math.min(positive(url.searchParams.get('size')) ?? defaultSize, maxSize)
  const number = Number(/^\d{1,9}$/.exec(url.searchParams.get('page') ?? '')?.[0] ?? 0)
  return json(200, envelope(sorted, number, size, rows))
}

const readFilter = (query: URLSearchParams): BookFilter | null => {
  const fromMs = query.has('from') ? localTimeMs(query.get('from') ?? '') : Number.NEGATIVE_INFINITY
  const toMs = query.has('to') ? localTimeMs(query.get('to') ?? '') : Number.POSITIVE_INFINITY
  if (fromMs === null || toMs === null) return null
  // An empty parameter is a missing one.
  const word = query.get('status') || null
  return { customerId: query.get('customerNo') || null, hasStatus: status => word === null || wordOf(status) === word, fromMs, toMs }
}

/** `newestFirst` is what the book gives; null for a property that there is none of. */
const sortAs = (sort: string, newestFirst: readonly BookOrder[]): readonly BookOrder[] | null => {
  if (sort === 'createdAt,desc') return newestFirst
  return sort === 'createdAt,asc' || sort === 'createdAt' ? newestFirst.toReversed() : null
}

const positive = (text: string | null): number | null => text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null

/** Spring's `Page`, as Jackson writes it. */
const envelope = (all: readonly BookOrder[], number: number, size: number, rows: Rows): object => {
  const content = all.slice(number * size, (number + 1) * size)
  const totalPages = Math.ceil(all.length / size)
  const sort = { sorted: true, unsorted: false, empty: false }
  return {
    content: content.map(order => rows.row(order)),
    pageable: { pageNumber: number, pageSize: size, sort, offset: number * size, paged: true, unpaged: false },
    totalElements: all.length, totalPages, number, size, sort,
    first: number === 0, last: number + 1 >= totalPages, numberOfElements: content.length, empty: content.length === 0,
  }
}
