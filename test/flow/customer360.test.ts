import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { foundCompany } from '../../demo/company.ts'
import { strict, valueAt } from '../kit/asking.ts'
import type { Answer } from '../kit/asking.ts'
import { customer360, expectCustomer360, ordersOf } from '../kit/customer-360.ts'
import { quickFuse, startRunningHub, transportNames } from '../kit/running-hub.ts'
import type { RunningHub, RunningHubOptions } from '../kit/running-hub.ts'

const company = foundCompany()
const busiest = [...company.customers].toSorted((a, b) => ordersOf(company, b.id).length - ordersOf(company, a.id).length)[0]?.id ?? ''
const wanted = { customer: 'C-1001', order: company.shipments[0]?.orderId ?? '', article: `confluence:${company.articles[0]?.id ?? 0}` }

const listAt = (answer: Answer, ...path: readonly (string | number)[]): readonly unknown[] => {
  const list: unknown = valueAt(answer.data, ...path)
  return Array.isArray(list) ? list : assert.fail(`no list at ${path.join('.')}: ${answer.text.slice(0, 500)}`)
}

/** Every node of a connection, page by page. */
const readAll = async (hub: RunningHub, query: string, variables: object, at: string): Promise<readonly unknown[]> => {
  const ids: unknown[] = []
  let cursor: unknown = null
  do {
    const answer = await hub.ask(query, { variables: { ...variables, after: cursor } })
    assert.deepEqual(answer.errors, [])
    const keys = at.split('.')
    ids.push(...listAt(answer, ...keys, 'nodes').map((node) => valueAt(node, 'id')))
    cursor = valueAt(answer.data, ...keys, 'pageInfo', 'hasNextPage') === true ? valueAt(answer.data, ...keys, 'pageInfo', 'endCursor') : null
  } while (cursor !== null)
  return ids
}

const wires: readonly Pick<RunningHubOptions, 'orders' | 'transport'>[] = transportNames.flatMap((transport) => [
  { transport, orders: 'rest' },
  { transport, orders: 'jsonrpc' },
])

for (const wire of wires) {
  describe(`Customer360 with subgraphs ${wire.transport} and orders over ${wire.orders ?? ''}`, () => {
    let hub: RunningHub
    before(async () => {
      hub = await startRunningHub(wire)
    })
    after(() => hub[Symbol.asyncDispose]())

    it('answers with what the legacy systems have on file', async () => {
      const answer = await hub.ask(customer360, { variables: wanted })
      assert.equal(answer.status, 200)
      assert.deepEqual({ data: answer.data, errors: answer.errors }, { data: expectCustomer360(company, wanted), errors: [] })
    })

    it('has the newest event of a shipment first', async () => {
      const { id } = company.shipments.find(({ events }) => events.length > 2) ?? assert.fail()
      const answer = await hub.ask('query Events($id: ID!) { shipment(id: $id) { events { occurredAt } } }', { variables: { id } })
      const times = listAt(answer, 'shipment', 'events').map((event) => String(valueAt(event, 'occurredAt')))
      assert.ok(times.length > 2)
      assert.deepEqual(times, times.toSorted().toReversed())
    })

    it('pages through the orders of a customer without a gap or a double', async () => {
      const query = `query Page($customer: ID!, $after: String) {
        customer(id: $customer) { orders(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }
      }`
      const ids = await readAll(hub, query, { customer: busiest }, 'customer.orders')
      assert.ok(ids.length > 3)
      assert.deepEqual(ids, ordersOf(company, busiest).map(({ id }) => id))
    })

    it('pages through all cancelled orders, in the order of their placing', async () => {
      const query = 'query Page($after: String) { orders(status: CANCELLED, first: 40, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }'
      const cancelled = company.orders.filter(({ status }) => status === 'CANCELLED').toReversed()
      assert.ok(cancelled.length > 40)
      assert.deepEqual(await readAll(hub, query, {}, 'orders'), cancelled.map(({ id }) => id))
    })

    it('pages through the customers that a search finds', async () => {
      const query = 'query Page($after: String) { customers(search: "1", first: 60, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }'
      const found = company.customers.filter(({ name, email, phone }) => [name, email, phone].some((text) => text?.includes('1')))
      assert.ok(found.length > 60)
      assert.deepEqual(await readAll(hub, query, {}, 'customers'), found.map(({ id }) => id))
    })
  })
}

for (const transport of transportNames) {
  describe(`freshness with subgraphs ${transport}`, () => {
    let hub: RunningHub
    before(async () => {
      hub = await startRunningHub({ transport })
    })
    after(() => hub[Symbol.asyncDispose]())
    const profile = (id: string) => `{ customer(id: "${id}") { profile { name source { state ageMs } } } }`
    const stateOf = (answer: Answer): unknown => valueAt(answer.data, 'customer', 'profile', 'source', 'state')
    const nameOf = (answer: Answer): unknown => valueAt(answer.data, 'customer', 'profile', 'name')
    const crmCalls = () => hub.demo.systems.crm.calls

    it('gives a kept value to a caller who takes one of that age, and says so', async () => {
      const live = await hub.ask(profile('C-1002'))
      const calls = crmCalls()
      const kept = await hub.ask(profile('C-1002'), { headers: { 'cache-control': 'max-age=60' } })
      assert.equal(stateOf(live), 'LIVE')
      assert.deepEqual(live.extensions.degraded, [])
      assert.equal(crmCalls(), calls, 'the backend was asked')
      assert.equal(stateOf(kept), 'CACHED')
      assert.equal(nameOf(kept), nameOf(live))
      const [entry, ...others] = kept.extensions.degraded
      assert.deepEqual(others, [])
      assert.deepEqual(entry, { path: ['customer', 'profile'], backend: 'crm', state: 'CACHED', ageMs: valueAt(kept.data, 'customer', 'profile', 'source', 'ageMs') })
      assert.ok(entry.ageMs >= 0 && entry.ageMs < 60_000)
    })

    it('asks the backend again for a caller who takes nothing kept', async () => {
      await hub.ask(profile('C-1003'))
      const calls = crmCalls()
      const answer = await hub.ask(profile('C-1003'), { headers: { 'cache-control': 'no-cache' } })
      assert.deepEqual([stateOf(answer), crmCalls() - calls, answer.extensions.degraded], ['LIVE', 1, []])
    })

    it('has nothing for a caller who takes only what is kept where nothing is', async () => {
      const calls = crmCalls()
      const answer = await hub.ask(profile('C-1004'), { headers: { 'cache-control': 'only-if-cached' } })
      assert.equal(valueAt(answer.data, 'customer', 'profile'), null)
      assert.deepEqual(answer.errors.map(({ path }) => path), [['customer', 'profile']])
      assert.equal(crmCalls(), calls, 'the backend was asked')
    })
  })

  describe(`a dead backend with subgraphs ${transport}`, () => {
    let hub: RunningHub
    const query = `{ them: customer(id: "${busiest}") { latest: orders(first: 3) { nodes { number: id parcels: shipments { id carrier } } } } }`
    before(async () => {
      hub = await startRunningHub({ transport, fuse: { ...quickFuse, timeoutMs: 1_000, breaker: { ...quickFuse.breaker, openMs: 1_100 } } })
    })
    after(() => hub[Symbol.asyncDispose]())

    it('is stood in for by its last values, listed at the paths that the client knows, and has none for a strict caller', async () => {
      const live = await hub.ask(query)
      await hub.demo.systems.logistics.setFault('refuse')
      const stale = await hub.ask(query)
      assert.deepEqual({ data: stale.data, errors: stale.errors }, { data: live.data, errors: [] })
      const places = [0, 1, 2].map((index) => ['them', 'latest', 'nodes', index, 'parcels'])
      assert.deepEqual(stale.extensions.degraded.map(({ path, backend, state }) => ({ path, backend, state })), places.map((path) => ({ path, backend: 'logistics', state: 'STALE' })))

      const none = await hub.ask(query, { headers: strict })
      assert.deepEqual(none.extensions.degraded, [])
      assert.deepEqual(none.errors.map(({ path }) => path), places)
      assert.deepEqual(listAt(none, 'them', 'latest', 'nodes').map((node) => valueAt(node, 'parcels')), [null, null, null])
    })
  })

  describe(`the client and the backend with subgraphs ${transport}`, () => {
    it('hang up together, and the fuse does not count it', { timeout: 10_000 }, async () => {
      await using legacy = await startSilent()
      await using hub = await startRunningHub({ transport, backends: { orders: { protocol: 'jsonrpc', url: legacy.url, timeoutMs: 60_000, retries: 0, breaker: { openMs: 61_000 } } } })
      const client = new AbortController()
      const asking = assert.rejects(hub.ask('{ order(id: "SO-2026-000001") { status } }', { signal: client.signal }))
      await legacy.asked
      client.abort()
      await asking
      await legacy.hungUp
      // The fuse learns of it in the same turn as the socket, or in the next.
      while (hub.fuse('orders').snapshot().inFlight > 0) await new Promise((resolve) => setImmediate(resolve))
      const { calls, failures, state } = hub.fuse('orders').snapshot()
      assert.deepEqual({ calls, failures, state }, { calls: 1, failures: 0, state: 'CLOSED' })
    })
  })

  it(`a protocol that nobody registered is spoken to in JSON-RPC, with a warning, with subgraphs ${transport}`, async () => {
    await using hub = await startRunningHub({ transport, orders: 'jsonrpc', backends: { orders: { protocol: 'cobol' } }, logLevel: 'warn' })
    const answer = await hub.ask(customer360, { variables: wanted })
    assert.deepEqual(answer.data, expectCustomer360(company, wanted))
    const warnings = hub.logged.filter((line) => line.includes('cobol'))
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /"level":40.*"backend":"orders".*JSON-RPC/i)
  })
}

/** A backend that takes a request and never answers it. */
const startSilent = async () => {
  const asked = Promise.withResolvers<undefined>()
  const hungUp = Promise.withResolvers<undefined>()
  const server = createServer((request) => {
    request.socket.once('close', () => hungUp.resolve(undefined))
    asked.resolve(undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    asked: asked.promise,
    hungUp: hungUp.promise,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const portOf = (address: AddressInfo | string | null): number => (typeof address === 'object' && address ? address.port : assert.fail('no port'))
