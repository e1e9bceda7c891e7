import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { IncomingMessage } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { foundCompany } from '../../demo/company.ts'
import { strict } from '../kit/asking.ts'
import type { Answer, AskOptions } from '../kit/asking.ts'
import { drawTrace, startCollector, tellSpan } from '../kit/collector.ts'
import type { CollectedSpan, Collector } from '../kit/collector.ts'
import { customer360, expectCustomer360 } from '../kit/customer-360.ts'
import { startRunningHub, transportNames } from '../kit/running-hub.ts'
import type { RunningHub, TransportName } from '../kit/running-hub.ts'
import { refusedUrl } from '../kit/wire-server.ts'

const company = foundCompany()
const wanted = { customer: 'C-1001', order: company.shipments[0]?.orderId ?? '', article: `confluence:${company.articles[0]?.id ?? 0}` }
const whole = expectCustomer360(company, wanted)

// The SDK's own variable: how long spans are gathered before they are sent.
process.env['OTEL_BSP_SCHEDULE_DELAY'] = '10'

const made = { traces: 0 }
/** A trace that nobody has had before, and its caller's span. */
const newTrace = (flags = '01') => {
  made.traces += 1
  const traceId = made.traces.toString(16).padStart(32, 'a')
  return { traceId, parentId: 'b7ad6b7169203331', traceparent: `00-${traceId}-b7ad6b7169203331-${flags}` }
}

type Kept = { readonly port: number; readonly traceparent: string | undefined }

/** What every HTTP server of this process is asked: the stand-ins among them. */
const listenToAll = () => {
  const heard: Kept[] = []
  const listener = (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('request' in message) || !(message.request instanceof IncomingMessage)) return
    const { headers, socket } = message.request
    heard.push({ port: socket.localPort ?? 0, traceparent: headers['traceparent']?.toString() })
  }
  subscribe('http.server.request.start', listener)
  return { heard, [Symbol.dispose]: () => void unsubscribe('http.server.request.start', listener) }
}

const CLIENT = 3
const SERVER = 2

const isEnded = (spans: readonly CollectedSpan[]) => {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const roots = spans.filter(({ parentSpanId }) => !ids.has(parentSpanId))
  const parents = new Set(spans.map(({ parentSpanId }) => parentSpanId))
  // Of each process the outermost span comes last.
  const elsewhere = spans.filter(({ name, kind }) => name.startsWith('fetch ') && kind === CLIENT)
  return roots.length === 1 && roots[0]?.name.endsWith('/graphql') === true && elsewhere.every(({ spanId }) => parents.has(spanId))
}

/** Every span of a trace, when they are all there: what is sent comes from several processes, and in any order. */
const untilWhole = async (collector: Collector, ofTrace: (span: CollectedSpan) => boolean): Promise<readonly CollectedSpan[]> => {
  for (;;) {
    const spans = collector.spans().filter(ofTrace)
    if (isEnded(spans)) return spans
    await turn()
  }
}

/** The names from the door to each span that nothing is below. */
const leaves = (spans: readonly CollectedSpan[]): readonly string[] => {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const up = (span: CollectedSpan | undefined): readonly string[] => (span ? [...up(byId.get(span.parentSpanId)), span.name] : [])
  const parents = new Set(spans.map(({ parentSpanId }) => parentSpanId))
  return spans.filter(({ spanId }) => !parents.has(spanId)).map((span) => up(span).join(' > ')).toSorted()
}

const expectedLeaves = (transport: TransportName): readonly string[] => {
  const via = (subgraph: string) => (transport === 'http' ? [`fetch ${subgraph}`, `subgraph ${subgraph}`] : [`fetch ${subgraph}`])
  const fetches = [
    ['plan'],
    via('directory'),
    [...via('orders'), 'fuse orders', 'rest orders'],
    [...via('orders'), 'fuse orders', 'rest orders'],
    [...via('crm'), 'fuse crm', 'form crm'],
    [...via('knowledge'), 'fuse confluence', 'confluence confluence'],
    [...via('logistics'), 'fuse logistics', 'soap logistics'],
    [...via('logistics'), 'fuse logistics', 'soap logistics'],
  ]
  return fetches.map((fetch) => ['POST /graphql', 'graphql query Customer360', ...fetch].join(' > ')).toSorted()
}

/** Opens soon, and stays open as long as a test looks on. */
const brittle = { timeoutMs: 400, retries: 0, breaker: { window: 4, minimumCalls: 2, openMs: 60_000, probes: 1 } }

for (const transport of transportNames) {
  describe(`a trace, with subgraphs ${transport}`, { timeout: 30_000 }, () => {
    let collector: Collector
    let hub: RunningHub
    before(async () => {
      collector = await startCollector()
      hub = await startRunningHub({ transport, logLevel: 'info', backends: { logistics: brittle }, tracing: { endpoint: `${collector.url}/`, serviceName: 'tried' } })
      // The first answer takes longer than others.
      await hub.ask(customer360, { variables: wanted })
    })
    after(async () => {
      await hub[Symbol.asyncDispose]()
      await collector[Symbol.asyncDispose]()
    })

    const traced = async (opt: AskOptions & { readonly traceparent?: string } = {}, query = customer360) => {
      const trace = newTrace()
      const headers = { traceparent: trace.traceparent, ...opt.headers }
      const answer = await hub.ask(query, { variables: wanted, ...opt, headers })
      return { ...trace, answer, spans: await untilWhole(collector, ({ traceId }) => traceId === trace.traceId) }
    }
    const named = (spans: readonly CollectedSpan[], name: string) => spans.filter((span) => span.name === name)
    const verdicts = (spans: readonly CollectedSpan[]) => spans.flatMap(({ attributes }) => attributes['fuse.verdict'] ?? []).toSorted()

    it('goes from the door through operation, fetches and fuses to the wires', async () => {
      const { answer, spans, traceId, parentId } = await traced({ headers: strict })
      assert.deepEqual({ data: answer.data, errors: answer.errors }, { data: whole, errors: [] })
      assert.deepEqual(leaves(spans), expectedLeaves(transport), drawTrace(spans, tellSpan).join('\n'))
      const [door] = named(spans, 'POST /graphql')
      assert.deepEqual([door?.parentSpanId, door?.kind], [parentId, SERVER])
      const { 'request.id': requestId, ...told } = door?.attributes ?? {}
      assert.deepEqual(told, { 'http.request.method': 'POST', 'url.path': '/graphql', 'http.response.status_code': 200 })
      const line = hub.logged.find((one) => one.includes(`"requestId":"${String(requestId)}"`)) ?? ''
      assert.match(line, new RegExp(`"traceId":"${traceId}"`))
      assert.deepEqual(new Set(verdicts(spans)), new Set(['answered']))
      assert.deepEqual([...new Set(spans.map(({ status }) => status.code))], [0])
      assert.deepEqual(new Set(spans.map(({ service }) => service)), new Set(['tried']))
      assert.equal(new Set(spans.map(({ instance }) => instance)).size, transport === 'http' ? 6 : 1)
    })

    it('tells of operation, plan and fetches', async () => {
      const { spans } = await traced({ headers: strict })
      assert.deepEqual(named(spans, 'graphql query Customer360')[0]?.attributes, {
        'graphql.operation.type': 'query', 'graphql.operation.name': 'Customer360', 'graphql.errors': 0, 'graphql.degraded': 0,
      })
      assert.deepEqual(named(spans, 'plan')[0]?.attributes, { 'plan.cached': true })
      const fetch = named(spans, 'fetch logistics').find(({ attributes }) => attributes['fetch.path'] === 'customer.orders.nodes.@')
      const entities = whole.customer.orders.nodes.length
      assert.deepEqual(fetch?.attributes, {
        'fetch.subgraph': 'logistics', 'fetch.transport': transport, 'fetch.path': 'customer.orders.nodes.@', 'fetch.entities': entities,
        'fetch.errors': 0, 'fetch.degraded': 0,
      })
      assert.equal(fetch.kind === CLIENT, transport === 'http')
    })

    it('gives each backend the traceparent of the very attempt that asks it', async () => {
      using all = listenToAll()
      const { spans, traceId } = await traced({ headers: strict })
      const wires = spans.filter(({ attributes }) => 'server.port' in attributes)
      assert.equal(wires.length, 6)
      const told = wires.map(({ attributes, spanId }) => `${String(attributes['server.port'])} 00-${traceId}-${spanId}-01`)
      const ports = new Set(wires.map(({ attributes }) => Number(attributes['server.port'])))
      const heard = all.heard.filter(({ port }) => ports.has(port)).map(({ port, traceparent = 'none' }) => `${port} ${traceparent}`)
      assert.deepEqual([...new Set(heard)].toSorted(), told.toSorted())
      for (const wire of wires) assert.deepEqual([wire.kind, wire.attributes['server.address']], [CLIENT, '127.0.0.1'])
    })

    it('holds no id, no name, no argument and no document', async () => {
      const { spans } = await traced({ headers: strict }, customer360.replace('customer(id: $customer)', 'customer(id: "C-1001")').replace('$customer: ID!, ', ''))
      const said = JSON.stringify(spans.map(({ name, attributes, status }) => [name, attributes, status]))
      const { name, email } = whole.customer.profile
      const secrets = [...Object.values(wanted), 'C-1001', name, email ?? name, 'agent-1', 'query Customer360(']
      for (const secret of secrets) assert.ok(!said.includes(secret), secret)
    })

    it('begins at the door where none comes in, or one that is malformed', async () => {
      const before = new Set(collector.spans().map(({ traceId }) => traceId))
      for (const traceparent of ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, undefined]) {
        await hub.ask('{ __typename }', traceparent === undefined ? {} : { headers: { traceparent } })
        const [door] = named(await untilWhole(collector, ({ traceId }) => !before.has(traceId)), 'POST /graphql')
        assert.deepEqual([door?.parentSpanId, door?.traceId === '0af7651916cd43dd8448eb211c80319c'], ['', false])
        before.add(door?.traceId ?? '')
      }
    })

    it('is not kept where its sender does not keep it, and each backend is told so', async () => {
      using all = listenToAll()
      const { traceId, traceparent } = newTrace('00')
      await hub.ask(customer360, { variables: wanted, headers: { ...strict, traceparent } })
      const heard = all.heard.flatMap((one) => (one.traceparent?.includes(traceId) ? one.traceparent : []))
      assert.ok(heard.length > 6)
      assert.ok(heard.every((one) => one.endsWith('-00')))
      await traced()
      assert.deepEqual(collector.spans().filter((span) => span.traceId === traceId), [])
    })

    it('tells what the door refused', async () => {
      const { traceId, traceparent } = newTrace()
      await hub.ask('{ __typename }', { token: 'no token', headers: { traceparent } })
      const spans = await untilWhole(collector, (span) => span.traceId === traceId)
      assert.deepEqual(spans.map(({ name, attributes }) => [name, attributes['http.response.status_code']]), [['POST /graphql', 401]])
    })

    it('tells an operation that is not valid by its code', async () => {
      const { spans } = await traced({ variables: {} }, 'query Wrong { nothing }')
      assert.deepEqual(leaves(spans), ['POST /graphql > graphql'])
      assert.deepEqual(named(spans, 'graphql')[0]?.attributes['error.type'], 'GRAPHQL_VALIDATION_FAILED')
    })

    it('shows a backend that hangs: timeouts on its wire, then an open fuse without one', async () => {
      const query = 'query Shipments($order: ID!) { order(id: $order) { shipments { id } } }'
      const ask = () => traced({ variables: { order: wanted.order }, headers: strict }, query)
      await hub.demo.systems.logistics.setFault('hang')
      const late = await ask()
      const [wire] = named(late.spans, 'soap logistics')
      assert.deepEqual([verdicts(late.spans), wire?.attributes['error.type'], wire?.status.code], [['timed-out'], 'BACKEND_TIMEOUT', 2])
      assert.equal(named(late.spans, 'fetch logistics')[0]?.attributes['error.type'], 'BACKEND_TIMEOUT')
      assert.equal(named(late.spans, 'graphql query Shipments')[0]?.attributes['error.type'], 'BACKEND_TIMEOUT')
      while (hub.fuse('logistics').snapshot().state === 'CLOSED') await ask()
      const open = await ask()
      const [fuse] = named(open.spans, 'fuse logistics')
      assert.deepEqual([fuse?.attributes['fuse.verdict'], fuse?.attributes['fuse.state'], fuse?.attributes['error.type']], ['open', 'OPEN', 'FUSE_OPEN'])
      assert.deepEqual(named(open.spans, 'soap logistics'), [])
      const stale = await traced()
      const standingIn = named(stale.spans, 'fuse logistics').filter(({ attributes }) => attributes['fuse.stale'] !== undefined)
      assert.deepEqual(standingIn.map(({ attributes, status }) => [attributes['fuse.verdict'], status.code]), [['open', 0], ['open', 0]])
      assert.ok(Number(named(stale.spans, 'graphql query Customer360')[0]?.attributes['graphql.degraded']) > 0)
      await hub.demo.systems.logistics.setFault('off')
    })
  })
}

const times = async (count: number, ask: () => Promise<Answer>): Promise<readonly number[]> => {
  const all: number[] = []
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now()
    assert.deepEqual((await ask()).errors, [])
    all.push(performance.now() - startedAt)
  }
  return all.toSorted((a, b) => a - b)
}

describe('a collector that is', { timeout: 60_000 }, () => {
  const warnings = (hub: RunningHub) => hub.logged.filter((line) => line.includes('the collector of traces'))

  const judge = async (endpoint: string) => {
    const hub = await startRunningHub({ transport: 'in-process', tracing: { endpoint }, logLevel: 'warn' })
    const [, median = Number.NaN] = await times(3, () => hub.ask(customer360, { variables: wanted, headers: strict }))
    assert.ok(median < 2_000, `${median} ms`)
    const startedAt = performance.now()
    await hub[Symbol.asyncDispose]()
    assert.ok(performance.now() - startedAt < 5_000)
    return hub
  }

  it('not there costs an answer nothing, and is told of once', async () => {
    const hub = await judge(await refusedUrl())
    assert.equal(warnings(hub).length, 1)
  })

  it('silent holds up neither an answer nor the end of the hub', async () => {
    await using collector = await startCollector()
    collector.answerWith('nothing')
    assert.ok(warnings(await judge(collector.url)).length <= 1)
  })

  it('rude is told of by its status, and not in its words', async () => {
    await using collector = await startCollector()
    collector.answerWith({ status: 400, body: 'words of the collector' })
    const [warning, ...others] = warnings(await judge(collector.url))
    assert.deepEqual([others, /400/.test(warning ?? ''), /words/.test(warning ?? '')], [[], true, false])
  })
})

describe('where nobody asked for traces', { timeout: 30_000 }, () => {
  for (const transport of transportNames) {
    it(`none is begun, and one that comes in goes on as it came (${transport})`, async () => {
      await using collector = await startCollector()
      await using hub = await startRunningHub({ transport })
      using all = listenToAll()
      await hub.ask(customer360, { variables: wanted, headers: strict })
      assert.deepEqual([...new Set(all.heard.map(({ traceparent }) => traceparent))], [undefined])
      const { traceparent } = newTrace()
      all.heard.length = 0
      await hub.ask(customer360, { variables: wanted, headers: { ...strict, traceparent } })
      assert.deepEqual([...new Set(all.heard.map((one) => one.traceparent))], [traceparent])
      all.heard.length = 0
      await hub.ask(customer360, { variables: wanted, headers: { ...strict, traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` } })
      assert.deepEqual([...new Set(all.heard.slice(1).map((one) => one.traceparent))], [undefined])
      assert.deepEqual(collector.requests, [])
    })
  }
})

it('a share of nothing keeps no trace that begins here, and keeps those that come in', { timeout: 30_000 }, async () => {
  await using collector = await startCollector()
  await using hub = await startRunningHub({ transport: 'in-process', tracing: { endpoint: collector.url, sampleRatio: 0 } })
  await hub.ask('{ __typename }')
  const { traceId, traceparent } = newTrace()
  await hub.ask('{ __typename }', { headers: { traceparent } })
  await untilWhole(collector, (span) => span.traceId === traceId)
  assert.deepEqual(new Set(collector.spans().map((span) => span.traceId)), new Set([traceId]))
})
