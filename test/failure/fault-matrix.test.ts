import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { z } from 'zod'
import { demoBackends } from '../../demo/backends.ts'
import { foundCompany } from '../../demo/company.ts'
import type { LegacySystem } from '../../demo/legacy.ts'
import { startLogisticsSoap } from '../../demo/logistics-soap.ts'
import { startOrdersJsonRpc } from '../../demo/orders-jsonrpc.ts'
import { startOrdersRest } from '../../demo/orders-rest.ts'
import { strict } from '../kit/asking.ts'
import type { Answer } from '../kit/asking.ts'
import { blankAt, customer360, expectCustomer360, lostPaths, ordersOf, without } from '../kit/customer-360.ts'
import type { Backend } from '../kit/customer-360.ts'
import { quickFuse, startRunningHub, transportNames } from '../kit/running-hub.ts'
import type { OrdersWire, RunningHub, TransportName } from '../kit/running-hub.ts'

/* Each fault of each backend over each transport costs the fields of that backend, and nothing else. The table is printed at the end. */

const company = foundCompany()
const someOrder = company.shipments[0]?.orderId ?? ''
const wanted = { customer: 'C-1001', order: someOrder, article: `confluence:${company.articles[0]?.id ?? 0}` }
const whole = expectCustomer360(company, wanted)

const faults = ['hang', 'slow', 'error', 'garbage', 'refuse', 'flap'] as const
type Fault = (typeof faults)[number]

const durations: Readonly<Partial<Record<Fault, number>>> = { slow: 40, flap: 250 }

/** The code of the first answer under a fault; null where nothing may be lost. */
const codes: Readonly<Record<Fault, string | null>> = {
  hang: 'BACKEND_TIMEOUT',
  slow: null,
  error: 'BACKEND_UNAVAILABLE',
  garbage: 'BACKEND_MALFORMED',
  refuse: 'BACKEND_UNAVAILABLE',
  flap: 'BACKEND_UNAVAILABLE',
}

type Cell = { readonly row: string; readonly fault: Fault; readonly outcome: string }
const cells: Cell[] = []

const describeTable = (): string => {
  const rows = [...new Set(cells.map(({ row }) => row))].toSorted()
  const lines = rows.map((row) => [row.padEnd(36), ...faults.map((fault) => (cells.find((cell) => cell.row === row && cell.fault === fault)?.outcome ?? 'FAILED').padEnd(26))])
  return [['fault matrix'.padEnd(36), ...faults.map((fault) => fault.padEnd(26))], ...lines].map((line) => line.join('').trimEnd()).join('\n')
}

after(() => void process.stdout.write(`\n${describeTable()}\n\n`))

const ask = (hub: RunningHub, headers: Readonly<Record<string, string>> = strict) => hub.ask(customer360, { variables: wanted, headers })

/** Nothing of the backend leaves the hub: neither its words, nor where it is, nor a stack. */
const assertDiscreet = ({ text }: Answer, system: LegacySystem): void => {
  for (const word of ['127.0.0.1', `:${system.port}`, 'localhost', 'SQLSTATE', 'Exception', 'ECONN', 'node_modules', '.php', '.cs:', 'Fatal', '<html', 'stack']) {
    assert.ok(!text.includes(word), `the answer says ${word}: ${text.slice(0, 2_000)}`)
  }
  assert.doesNotMatch(text, /\\n\s+at |\bat \S+ \(/)
}

const pathsOf = ({ errors }: Answer) => errors.map(({ path = [] }) => path.join('.'))

const assertErrors = (answer: Answer, backend: Backend, accepted: readonly string[]): void => {
  for (const { extensions } of answer.errors) {
    const { retryAfterMs, requestId, ...rest } = extensions
    assert.ok(accepted.includes(String(rest['code'])), `${String(rest['code'])} is none of ${accepted.join(', ')}`)
    assert.deepEqual(rest, { code: rest['code'], backend, retryable: true })
    assert.match(String(requestId), /^[\w-]{8,64}$/)
    assert.equal(typeof retryAfterMs, rest['code'] === 'FUSE_OPEN' ? 'number' : 'undefined')
  }
}

const assertWhole = (answer: Answer): void => {
  assert.deepEqual({ data: answer.data, errors: answer.errors, degraded: answer.extensions.degraded }, { data: whole, errors: [], degraded: [] })
}

const assertLost = (answer: Answer, backend: Backend, system: LegacySystem, accepted: readonly string[]): void => {
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.data, without[backend](whole))
  assert.deepEqual(pathsOf(answer).toSorted(), lostPaths[backend](whole).toSorted())
  assertErrors(answer, backend, accepted)
  assertDiscreet(answer, system)
}

const assertStale = (answer: Answer, backend: Backend, system: LegacySystem): void => {
  assert.deepEqual({ data: answer.data, errors: answer.errors }, { data: whole, errors: [] })
  const { degraded } = answer.extensions
  assert.deepEqual(degraded.map(({ path }) => path.join('.')).toSorted(), lostPaths[backend](whole).toSorted())
  for (const { state, backend: from, ageMs } of degraded) assert.deepEqual([state, from, ageMs >= 0], ['STALE', backend, true])
  assertDiscreet(answer, system)
}

/** One call of a request may have gone well, and another not: each field is right, or null with an error. */
const assertPartly = (answer: Answer, backend: Backend, system: LegacySystem): void => {
  const lost = pathsOf(answer)
  assert.deepEqual(answer.data, blankAt(whole, lost))
  assert.deepEqual(lost.filter((path) => !lostPaths[backend](whole).includes(path)), [])
  assertErrors(answer, backend, ['BACKEND_UNAVAILABLE', 'BACKEND_TIMEOUT', 'FUSE_OPEN'])
  assertDiscreet(answer, system)
}

/** A system that fails by turns gives a part or the whole, one of each at least, and nothing else ever. */
const assertFlaps = async (hub: RunningHub, backend: Backend, system: LegacySystem): Promise<string> => {
  const seen = { lost: 0, whole: 0 }
  const deadline = Date.now() + 10_000
  while (seen.lost === 0 || seen.whole === 0) {
    const answer = await ask(hub)
    if (answer.errors.length > 0) assertPartly(answer, backend, system)
    else assertWhole(answer)
    seen[answer.errors.length > 0 ? 'lost' : 'whole'] += 1
    assert.ok(Date.now() < deadline, `by turns: ${JSON.stringify(seen)}`)
  }
  return 'null or whole, by turns'
}

const assertFaulty = async (hub: RunningHub, backend: Backend, system: LegacySystem, fault: Fault): Promise<string> => {
  if (fault === 'flap') return assertFlaps(hub, backend, system)
  const code = codes[fault]
  const first = await ask(hub)
  if (code === null) {
    assertWhole(first)
    return 'whole'
  }
  assertLost(first, backend, system, [code, 'FUSE_OPEN'])
  assert.equal(first.errors[0]?.extensions['code'], code)
  assertStale(await ask(hub, {}), backend, system)
  await hub.untilFuse(backend, 'OPEN')
  assertLost(await ask(hub), backend, system, ['FUSE_OPEN', code])
  assertStale(await ask(hub, {}), backend, system)
  return `null ${code.replace('BACKEND_', '')}, stale`
}

const checkCell = async (hub: RunningHub, row: string, backend: Backend, system: LegacySystem, fault: Fault): Promise<void> => {
  await using _well = { [Symbol.asyncDispose]: () => system.setFault('off') }
  assertWhole(await ask(hub))
  await system.setFault(fault, durations[fault])
  const outcome = await assertFaulty(hub, backend, system, fault)
  await system.setFault('off')
  await hub.untilFuse(backend, 'CLOSED')
  assertWhole(await ask(hub))
  cells.push({ row, fault, outcome })
}

type Column = { readonly wire: string; readonly backend: Backend; readonly system: keyof RunningHub['demo']['systems'] }

const overRest: readonly Column[] = [
  { wire: 'rest', backend: 'orders', system: 'orders' },
  { wire: 'form', backend: 'crm', system: 'crm' },
  { wire: 'soap', backend: 'logistics', system: 'logistics' },
  { wire: 'confluence', backend: 'confluence', system: 'confluence' },
]
const overJsonRpc: readonly Column[] = [{ wire: 'jsonrpc', backend: 'orders', system: 'orders-jsonrpc' }]
const overGrpc: readonly Column[] = [
  { wire: 'grpc', backend: 'orders', system: 'orders-grpc' },
  { wire: 'rest', backend: 'logistics', system: 'logistics-rest' },
]

/** The first answers of a process take longer than the short deadlines of this file allow. */
const startWarm = async (transport: TransportName, orders: OrdersWire): Promise<RunningHub> => {
  const hub = await startRunningHub({ transport, orders, logistics: orders === 'grpc' ? 'rest' : 'soap', fuse: quickFuse })
  const deadline = Date.now() + 10_000
  while ((await ask(hub)).errors.length > 0) assert.ok(Date.now() < deadline, 'the hub never gave a whole answer')
  return hub
}

const runMatrix = (transport: TransportName, orders: OrdersWire, columns: readonly Column[]) =>
  describe(`with orders over ${orders} and subgraphs ${transport}`, { timeout: 90_000 }, () => {
    let running: RunningHub | undefined
    const hub = async () => (running ??= await startWarm(transport, orders))
    after(() => running?.[Symbol.asyncDispose]())
    for (const { wire, backend, system } of columns) {
      for (const fault of faults) {
        it(`${backend} over ${wire} that has the fault ${fault} costs its own fields and no other`, async () => {
          const it360 = await hub()
          await checkCell(it360, `${backend} (${wire}), ${transport}`, backend, it360.demo.systems[system], fault)
        })
      }
    }
  })

describe('the fault matrix', () => {
  for (const transport of transportNames) {
    runMatrix(transport, 'rest', overRest)
    runMatrix(transport, 'jsonrpc', overJsonRpc)
    runMatrix(transport, 'grpc', overGrpc)
  }
  it('asks for a customer with orders that have been shipped', () => {
    assert.ok(ordersOf(company, wanted.customer).slice(0, 5).some(({ id }) => company.shipments.some(({ orderId }) => orderId === id)))
  })
})

/* Beside the matrix: several roots, and rows that can't be read. */

const severalRoots = `query SeveralRoots($customer: ID!, $article: ID!) {
  fuses { id }
  customer(id: $customer) { profile { name } }
  article(id: $article) { title }
}`

const severalRootsWhole = { customer: { profile: { name: whole.customer.profile.name } }, article: { title: whole.article.title } }
const [ordersOfCustomer, brokenPlace] = [ordersOf(company, wanted.customer).slice(0, 5), 1]
const brokenOrder = ordersOfCustomer[brokenPlace]?.id ?? ''
const orderOfTwo = [...Map.groupBy(company.shipments, ({ orderId }) => orderId)].find(([, shipments]) => shipments.length > 1)?.[1] ?? []
const brokenShipment = orderOfTwo[0]?.id ?? ''

const start = { rest: startOrdersRest, jsonrpc: startOrdersJsonRpc } as const
const malformed = (backend: string) => ({ code: 'BACKEND_MALFORMED', backend, retryable: true })
const saidOf = ({ errors }: Answer) => errors.map(({ path = [], extensions: { requestId: _, ...said } }) => ({ path, said }))

for (const transport of transportNames) {
  describe(`what is lost with subgraphs ${transport}`, { timeout: 30_000 }, () => {
    for (const [dead, path, expected] of [
      ['crm', ['customer', 'profile'], { ...severalRootsWhole, customer: { profile: null } }],
      ['confluence', ['article'], { ...severalRootsWhole, article: null }],
    ] as const) {
      it(`is the root of ${dead} alone where several roots are asked for and it is dead`, async () => {
        await using hub = await startRunningHub({ transport })
        await hub.demo.systems[dead].setFault('refuse')
        const answer = await hub.ask(severalRoots, { variables: wanted, headers: strict })
        const { fuses, ...rest } = z.object({ fuses: z.array(z.object({ id: z.string() })), customer: z.unknown(), article: z.unknown() }).parse(answer.data)
        assert.equal(fuses.length, Object.keys(demoBackends(hub.demo.systems)).length)
        assert.deepEqual(rest, expected)
        assert.deepEqual(saidOf(answer), [{ path: [...path], said: { code: 'BACKEND_UNAVAILABLE', backend: dead, retryable: true } }])
      })
    }

    for (const [wire, startOrders] of Object.entries(start)) {
      it(`is one order of a list over ${wire} where its row can't be read, for an agent and for the visitor whose it is`, async () => {
        await using legacy = await startOrders({ port: 0, company: foundCompany(), unreadable: new Set([brokenOrder]) })
        await using hub = await startRunningHub({ transport, orders: wire === 'rest' ? 'rest' : 'jsonrpc', backends: { orders: { url: legacy.url } } })
        const { nodes } = whole.customer.orders
        for (const as of [{ role: 'agent', name: 'agent-1' }, { role: 'visitor', name: 'visitor-1', customer: wanted.customer }] as const) {
          const query = 'query List($customer: ID!) { customer(id: $customer) { orders(first: 5) { nodes { id status shipments { id } } } } }'
          const answer = await hub.ask(query, { variables: wanted, as, headers: strict })
          const seen = nodes.map(({ id, status, shipments }, index) => (index === brokenPlace ? null : { id, status, shipments: shipments.map((one) => ({ id: one.id })) }))
          assert.deepEqual(answer.data, { customer: { orders: { nodes: seen } } })
          assert.deepEqual(saidOf(answer), [{ path: ['customer', 'orders', 'nodes', brokenPlace], said: malformed('orders') }])
        }
      })
    }

    it("is one shipment of an order where its row can't be read, for an agent and for the visitor whose it is", async () => {
      await using legacy = await startLogisticsSoap({ port: 0, company, unreadable: new Set([brokenShipment]) })
      await using hub = await startRunningHub({ transport, backends: { logistics: { url: `${legacy.url}/ShipmentService.asmx` } } })
      const { orderId = '', customerId = '' } = orderOfTwo[0] ?? {}
      for (const as of [{ role: 'agent', name: 'agent-1' }, { role: 'visitor', name: 'visitor-1', customer: customerId }] as const) {
        const query = 'query Parcels($order: ID!) { order(id: $order) { id shipments { id status } } }'
        const answer = await hub.ask(query, { variables: { order: orderId }, as, headers: strict })
        const shipments = orderOfTwo.map(({ id, status }) => (id === brokenShipment ? null : { id, status }))
        assert.deepEqual(answer.data, { order: { id: orderId, shipments } })
        assert.deepEqual(saidOf(answer), [{ path: ['order', 'shipments', 0], said: malformed('logistics') }])
      }
    })
  })
}
