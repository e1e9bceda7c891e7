import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, describe, it } from 'node:test'
import { judgeBackend } from '../../conform/judge.ts'
import type { Judgement } from '../../conform/judge.ts'
import { ports } from '../../conform/kits.ts'
import { ordersKit } from '../../conform/orders.ts'
import { crmKit } from '../../conform/crm.ts'
import { countsOf } from '../../conform/report.ts'
import type { OpenAdapter, Opened } from '../../fuse/adapters.ts'
import { BackendFailure, Cancelled } from '../../fuse/errors.ts'
import { startCrmPhp } from '../../demo/crm-php.ts'
import { foundCompany } from '../../demo/company.ts'
import { startOrdersRest } from '../../demo/orders-rest.ts'
import type { CrmBackend } from '../../subgraphs/crm/backend.ts'
import { openCrmOverForm } from '../../subgraphs/crm/backend.form.ts'
import type { Order, OrdersBackend } from '../../subgraphs/orders/backend.ts'
import { openOrdersOverRest } from '../../subgraphs/orders/backend.rest.ts'
import { conformSubjects, settingsOf } from './conform-subjects.ts'

/* The kit over every adapter, and over adapters that each break one promise: those it has to catch. */

const silent = { warn: () => undefined }
const table: string[] = []
after(() => void process.stdout.write(`\nevery adapter and its promises\n${table.join('\n')}\n\n`))

const untestedOf = (judgements: readonly Judgement[]) => judgements.filter(({ verdict }) => verdict.kind === 'untested')
const brokenOf = (judgements: readonly Judgement[]) => judgements.flatMap(({ area, title, verdict }) => (verdict.kind === 'broken' ? [{ area, title, why: verdict.why }] : []))

describe('every adapter keeps what its port promises', () => {
  for (const { port, protocol, system, skip, untested, start } of conformSubjects) {
    it(`${port} over ${protocol} (${system})`, { skip }, async () => {
      await using subject = await start()
      const { settings, named, orderId } = subject
      const judgements = (await ports[port]?.judge({ settings, named, write: { orderId }, ...silent })) ?? []
      table.push(`  ${port.padEnd(10)} ${protocol.padEnd(11)} ${system.padEnd(9)} ${countsOf(judgements)}`)
      assert.deepEqual(brokenOf(judgements), [])
      assert.equal(untestedOf(judgements).length, untested, JSON.stringify(untestedOf(judgements)))
    })
  }

  it('and none is left out', () => {
    const tried = new Set(conformSubjects.map(({ port, protocol }) => `${port} ${protocol}`))
    const registered = Object.entries(ports).flatMap(([port, { protocols }]) => protocols.map((protocol) => `${port} ${protocol}`))
    assert.deepEqual([...tried].toSorted(), registered.toSorted())
  })

  it('and the documentation names the same protocols for each backend', async () => {
    const text = await readFile(new URL('../../docs/adding-a-backend.md', import.meta.url), 'utf8')
    const rows = [...text.matchAll(/^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|/gm)].map(([, port = '', protocols = '']) => [port, protocols.replaceAll('`', '').split(', ').toSorted()])
    assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(Object.entries(ports).map(([port, { protocols }]) => [port, protocols.toSorted()])))
  })
})

type Spoil<P> = (backend: Opened<P>) => Opened<P>

const isOrder = (row: unknown): row is Order => typeof row === 'object' && row !== null && !(row instanceof Error)
const onOrders = (backend: OrdersBackend, spoil: (order: Order) => Order): Partial<OrdersBackend> => ({
  findOrders: async (ids, opt) => (await backend.findOrders(ids, opt)).map((row) => (isOrder(row) ? spoil(row) : row)),
  listOrders: async (query, opt) => {
    const page = await backend.listOrders(query, opt)
    return { ...page, rows: page.rows.map((row) => (isOrder(row) ? spoil(row) : row)) }
  },
})

const later = (iso: string, hours: number) => new Date(Date.parse(iso) + hours * 3_600_000).toISOString()

/** What each does wrong, and the area that has to notice. */
const wrongOrders: Readonly<Record<string, readonly [area: string, Spoil<OrdersBackend>]>> = {
  'gives rows in the backend’s own order': ['order', (backend) => ({ ...backend, findOrders: async (ids, opt) => (await backend.findOrders(ids.toSorted(), opt)) })],
  'leaves out absent rows': ['absence', (backend) => ({ ...backend, findOrders: async (ids, opt) => (await backend.findOrders(ids, opt)).filter((row) => row !== null) })],
  'finds a row for an odd key': ['absence', (backend) => ({ ...backend, findOrders: (ids, opt) => backend.findOrders(ids.map((id) => (id === '%' ? ids[0] ?? id : id)), opt) })],
  'fails as a whole for one odd key': ['absence', (backend) => ({
    ...backend,
    findOrders: async (ids, opt) => {
      if (ids.includes('..')) throw new TypeError('no segment of a path')
      return backend.findOrders(ids, opt)
    },
  })],
  'takes a hundred keys at most': ['batching', (backend) => ({ ...backend, findOrders: async (ids, opt) => [...(await backend.findOrders(ids.slice(0, 100), opt)), ...ids.slice(100).map(() => null)] })],
  'is one row off in its pages': ['paging', (backend) => ({ ...backend, listOrders: (query, opt) => backend.listOrders({ ...query, offset: query.offset === 0 ? 0 : query.offset + 1 }, opt) })],
  'says that there is more at the end': ['paging', (backend) => ({ ...backend, listOrders: async (query, opt) => ({ ...(await backend.listOrders(query, opt)), hasMore: true }) })],
  'reads local times as UTC': ['times and zones', (backend) => ({ ...backend, ...onOrders(backend, (order) => ({ ...order, placedAt: later(order.placedAt, 24 * 300) })) })],
  'gives times in its own writing': ['times and zones', (backend) => ({ ...backend, ...onOrders(backend, (order) => ({ ...order, placedAt: order.placedAt.replace('Z', '+00:00') })) })],
  'reads UTF-8 as Latin-1': ['charsets', (backend) => ({
    ...backend,
    ...onOrders(backend, (order) => ({ ...order, lines: order.lines.map((line) => ({ ...line, title: Buffer.from(line.title, 'utf8').toString('latin1') })) })),
  })],
  'turns failures into absence': ['error mapping', (backend) => ({
    ...backend, listOrders: (query, opt) => backend.listOrders(query, opt).catch(() => ({ rows: [], hasMore: false, totalCount: 0 })),
  })],
  'throws what its library throws': ['error mapping', (backend) => ({
    ...backend,
    listOrders: (query, opt) => backend.listOrders(query, opt).catch((error: unknown) => {
      throw error instanceof Cancelled ? error : new Error('ECONNRESET', { cause: error })
    }),
  })],
  'does not pass the signal on': ['cancellation', (backend) => ({ ...backend, listOrders: (query) => backend.listOrders(query, { signal: AbortSignal.timeout(1_000) }) })],
}

const judgeOrders = async (spoil: Spoil<OrdersBackend>) => {
  await using system = await startOrdersRest({ port: 0, company: foundCompany() })
  const open: OpenAdapter<OrdersBackend> = (settings) => spoil(openOrdersOverRest(settings))
  return await judgeBackend({ ...ordersKit, adapters: { jsonrpc: open, wrong: open } }, { settings: settingsOf('orders', 'wrong', system.url), named: [], write: null, ...silent })
}

const judgeCrm = async (spoil: Spoil<CrmBackend>, write: boolean) => {
  await using system = await startCrmPhp({ port: 0, company: foundCompany() })
  const open: OpenAdapter<CrmBackend> = (settings) => spoil(openCrmOverForm(settings))
  const settings = settingsOf('crm', 'wrong', `${system.url}/index.php`, { charset: 'gbk' })
  return await judgeBackend({ ...crmKit, adapters: { jsonrpc: open, wrong: open } }, { settings, named: [], write: write ? { orderId: null } : null, ...silent })
}

describe('the kit catches an adapter that', () => {
  for (const [what, [area, spoil]] of Object.entries(wrongOrders)) {
    it(what, async () => {
      const found = brokenOf(await judgeOrders(spoil))
      assert.ok(found.some((one) => one.area === area), JSON.stringify(found))
    })
  }

  it('writes twice what it is told twice', async () => {
    let count = 0
    const forgetful: Spoil<CrmBackend> = (backend) => ({ ...backend, addNote: (note, opt) => backend.addNote({ ...note, idempotencyKey: `${note.idempotencyKey}-${(count += 1)}` }, opt) })
    assert.ok(brokenOf(await judgeCrm(forgetful, true)).some(({ area }) => area === 'writing'))
  })
})

describe('the kit', () => {
  it('writes nothing where it was not allowed to, and says what it left out', async () => {
    let written = 0
    const counting: Spoil<CrmBackend> = (backend) => ({ ...backend, addNote: (note, opt) => { written += 1; return backend.addNote(note, opt) } })
    const judgements = await judgeCrm(counting, false)
    assert.equal(written, 0)
    assert.deepEqual(brokenOf(judgements), [])
    assert.deepEqual(untestedOf(judgements).map(({ area }) => area), ['writing', 'writing'])
  })

  it('says that a row that was named is not there, and rejects where the backend does not answer at all', async () => {
    await using system = await startOrdersRest({ port: 0, company: foundCompany() })
    const settings = settingsOf('orders', 'rest', system.url)
    const judgements = await judgeBackend(ordersKit, { settings, named: ['SO-1999-000001'], write: null, ...silent })
    assert.deepEqual(brokenOf(judgements).map(({ title }) => title), ['what was named with --sample is there'])
    await system.setFault('error')
    await assert.rejects(judgeBackend(ordersKit, { settings, named: [], write: null, ...silent }), BackendFailure)
  })
})
