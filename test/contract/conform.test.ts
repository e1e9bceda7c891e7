import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { ports } from '../../conform/ports.ts'
import { Refused } from '../../fuse/errors.ts'
import { openCrmOverJsonRpc } from '../../subgraphs/crm/backend.jsonrpc.ts'
import { openKnowledgeOverJsonRpc } from '../../subgraphs/knowledge/backend.jsonrpc.ts'
import { openOrdersOverJsonRpc } from '../../subgraphs/orders/backend.jsonrpc.ts'
import { refusedUrl } from '../kit/wire-server.ts'
import { adaptersOnTrial, settingsFor } from './adapters.ts'
import type { PortName } from './adapters.ts'
import { base, brokenOf, untestedOf } from './conform-reports.ts'

describe('the conformance kit', { concurrency: 3 }, () => {
  for (const one of adaptersOnTrial) {
    test(`finds no broken promise, and leaves none untested, in ${one.port} over ${one.protocol} (${one.system ?? 'stand-in'})`, async (t) => {
      const missing = one.missing?.() ?? null
      if (missing !== null && process.env['CI'] !== 'true') return t.skip(missing)
      const { settings, dispose } = await one.start()
      t.after(dispose)
      const report = await ports[one.port].judge({ settings, ...base(one.port, true, one.samples) })
      assert.deepEqual(brokenOf(report), [])
      assert.deepEqual(untestedOf(report).filter((told) => !(one.isReadOnly && told.includes('it refuses to be written'))), [])
    })
  }

  test('has every adapter that is registered on trial', () => {
    const registered = Object.values(ports).flatMap(({ name, protocols }) => protocols.map((protocol) => `${name} over ${protocol}`))
    assert.deepEqual(new Set(registered), new Set(adaptersOnTrial.map(({ port, protocol }) => `${port} over ${protocol}`)))
  })

  test('has the protocols of each subgraph as docs/adding-a-backend.md lists them', async () => {
    const text = await readFile(new URL('../../docs/adding-a-backend.md', import.meta.url), 'utf8')
    const protocolsIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, protocol = '']) => protocol)
    const listed = [...text.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name = '', cell = '']) => [name, new Set(protocolsIn(cell))] as const)
    assert.deepEqual(new Map(listed), new Map(Object.values(ports).map(({ name, protocols }) => [name, new Set(protocols)])))
  })

  for (const { name, protocols } of Object.values(ports)) {
    test(`has the protocols of ${name} as its own README lists them`, async () => {
      const text = await readFile(new URL(`../../subgraphs/${name}/README.md`, import.meta.url), 'utf8')
      const listed = [...text.matchAll(/^\| `(\w+)` \| \[backend\.(\w+)\.ts\]/gm)].map(([, protocol, file]) => [protocol, file])
      assert.deepEqual(new Set(listed.map(([protocol]) => protocol)), new Set(protocols))
      for (const [protocol, file] of listed) assert.equal(file, protocol)
    })
  }
})

describe('what the kit may do', { concurrency: true }, () => {
  const started = new AsyncDisposableStack()
  const urls = new Map<PortName, string>()
  before(async () => {
    for (const name of ['orders', 'crm', 'knowledge'] as const) {
      const one = await adaptersOnTrial.find(({ port, protocol }) => port === name && protocol === 'jsonrpc')?.start()
      if (!one) throw new Error(`there is no ${name} on trial`)
      started.defer(one.dispose)
      urls.set(name, one.settings.url)
    }
  })
  after(() => started.disposeAsync())
  const settingsOf = (port: PortName) => settingsFor(port, 'jsonrpc', urls.get(port) ?? '')

  test('it calls no write method of an adapter that it may not write through', async () => {
    const written: string[] = []
    const orders = await ports.orders.judge({ settings: settingsOf('orders'), ...base('orders', false), open: (settings) => ({
      ...openOrdersOverJsonRpc(settings),
      requestRefund: async () => {
        written.push('requestRefund')
        return { kind: 'refunded', refundId: 'never' }
      },
    }) })
    const crm = await ports.crm.judge({ settings: settingsOf('crm'), ...base('crm', false), open: (settings) => ({
      ...openCrmOverJsonRpc(settings),
      addNote: async () => {
        written.push('addNote')
        return { kind: 'written' }
      },
    }) })
    assert.deepEqual(written, [])
    for (const report of [orders, crm]) {
      assert.deepEqual(brokenOf(report), [])
      assert.ok(untestedOf(report).every((one) => one.endsWith('allow it with --write')), untestedOf(report).join('\n'))
    }
  })

  test('it breaks no promise of an adapter that refuses to be written, and tests none of its writes', async () => {
    const report = await ports.crm.judge({ settings: settingsOf('crm'), ...base('crm', true), open: (settings) => ({
      ...openCrmOverJsonRpc(settings), addNote: () => Promise.reject(new Refused('crm', 'read-only access')),
    }) })
    assert.deepEqual(brokenOf(report), [])
    assert.equal(untestedOf(report).filter((one) => one.endsWith('it refuses to be written: Refused: read-only access')).length, 5)
  })

  test('it refunds nothing without the id of an order that it may refund', async () => {
    const refunded: string[] = []
    const { hints, ...rest } = base('orders', true)
    const report = await ports.orders.judge({ settings: settingsOf('orders'), ...rest, hints: { ...hints, write: { order: null } }, open: (settings) => {
      const right = openOrdersOverJsonRpc(settings)
      return { ...right, requestRefund: (request, opt) => {
        refunded.push(request.orderId)
        return right.requestRefund(request, opt)
      } }
    } })
    assert.deepEqual(brokenOf(report), [])
    assert.ok(refunded.every((id) => id.startsWith('none-')), refunded.join())
  })

  test('it calls nothing kept that it has no rows for', async () => {
    const { hints, ...rest } = base('knowledge', false)
    const { judged } = await ports.knowledge.judge({
      settings: settingsOf('knowledge'), ...rest, hints: { ...hints, samples: [] },
      open: (settings) => ({ ...openKnowledgeOverJsonRpc(settings), listIds: async () => ({ rows: [], marker: '', more: false, isAnew: false }) }),
    })
    const keptTitles = judged.filter(({ verdict }) => verdict.kind === 'kept').map(({ title }) => title)
    assert.deepEqual(keptTitles, [
      'findArticles of nothing gives nothing',
      'findArticles has null, and a place, for a key that is not there',
      'findArticles finds nothing under an odd key, and the others beside it',
    ])
  })

  test('it finds articles of itself where none are named', async () => {
    const { hints, ...rest } = base('knowledge', false)
    const report = await ports.knowledge.judge({ settings: settingsOf('knowledge'), ...rest, hints: { ...hints, samples: [] } })
    assert.deepEqual([brokenOf(report), untestedOf(report)], [[], []])
    assert.equal(report.samples.length, 60)
  })

  test('it breaks a promise where a row that was named is not there', async () => {
    const { hints, ...rest } = base('knowledge', false)
    const report = await ports.knowledge.judge({ settings: settingsOf('knowledge'), ...rest, hints: { ...hints, samples: [...hints.samples, 'nobody-wrote-it'] } })
    assert.deepEqual(brokenOf(report), ['absence: what --sample names is there: "nobody-wrote-it" is not'])
  })

  test('it says why it can not stand in front of a backend over TLS, and tests the rest', async () => {
    const { url, ...settings } = settingsOf('knowledge')
    const report = await ports.knowledge.judge({
      ...base('knowledge', false), settings: { ...settings, url: url.replace('http:', 'https:') },
      open: (given) => openKnowledgeOverJsonRpc({ ...given, url: given.url.replace('https:', 'http:') }),
    })
    assert.deepEqual(brokenOf(report), [])
    assert.equal(untestedOf(report).filter((one) => one.includes('nothing can stand in front of https over TLS')).length, 6)
  })

  test('a backend that is down is a failure and no verdict', async () => {
    const settings = { ...settingsOf('crm'), url: await refusedUrl() }
    const { failure, judged } = await ports.crm.judge({ settings, ...base('crm', false) })
    assert.match(failure ?? '', /^Unreachable: /)
    assert.deepEqual(judged, [])
  })
})
