import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { demoBackends } from '../../demo/backends.ts'
import { startDemo } from '../../demo/start.ts'
import type { Demo } from '../../demo/start.ts'
import { session } from '../../gateway/session.ts'
import { valueAt } from '../kit/asking.ts'
import type { Answer } from '../kit/asking.ts'
import { startHubProcess } from '../kit/hub-process.ts'
import type { HubProcess } from '../kit/hub-process.ts'

const customer = '{ customer(id: "C-1001") { profile { name source { state } } orders(first: 3) { nodes { id status shipments { carrier } } } } }'
const fuses = '{ fuses { backend protocol timeoutMs state since } }'

const isWhole = (answer: Answer) =>
  answer.errors.length === 0 && valueAt(answer.data, 'customer', 'profile', 'name') === '张伟' && valueAt(answer.data, 'customer', 'orders', 'nodes', 2, 'id') !== undefined

describe('a configuration that changes while the hub runs', () => {
  let demo: Demo
  let hub: HubProcess
  let settings: Record<string, unknown>
  const backends = () => ({ ...demoBackends(demo.systems) })
  before(async () => {
    demo = await startDemo({ ports: 'any' })
    settings = { backends: backends() }
    hub = await startHubProcess(settings)
  })
  after(async () => {
    await hub[Symbol.asyncDispose]()
    await demo[Symbol.asyncDispose]()
  })

  const swapped = async (next: Record<string, unknown>): Promise<string> => {
    const from = hub.logged.length
    settings = next
    await hub.configure(next)
    return hub.untilLogged(/configuration was (?:swapped|refused)/, from)
  }
  const fuseOf = async (backend: string): Promise<unknown> => {
    const { data } = await hub.ask(fuses)
    const list = valueAt(data, 'fuses')
    assert.ok(Array.isArray(list))
    return list.find((one) => valueAt(one, 'backend') === backend)
  }

  it('has nobody of the demo to sign in as: a hub that is configured is none', async () => {
    const answer = await fetch(new URL('/session', hub.url), { headers: { 'sec-fetch-site': 'same-origin' } })
    assert.deepEqual(session.parse(await answer.json()), { state: 'SIGNED_OUT', reason: 'NONE', identities: [] })
  })

  it('swaps a backend for one of another protocol, changes a fuse, and loses no request that is on its way or comes meanwhile', async () => {
    const load = { on: true, answers: new Array<Answer>() }
    const client = async () => {
      while (load.on) load.answers.push(await hub.ask(customer))
    }
    const clients = Array.from({ length: 6 }, client)
    const variants = [
      { ...backends(), orders: { protocol: 'jsonrpc', url: demo.systems['orders-jsonrpc'].url } },
      { ...backends(), crm: { ...backends().crm, timeoutMs: 1_200 } },
      { ...backends(), logistics: { ...backends().logistics, timeoutMs: 1_300 } },
      backends(),
    ]
    for (const variant of variants) assert.match(await swapped({ backends: variant }), /was swapped/)
    load.on = false
    await Promise.all(clients)
    assert.ok(load.answers.length > 40, `${load.answers.length} answers`)
    assert.deepEqual(load.answers.filter((answer) => !isWhole(answer)), [])
  })

  it('replaces what differs and nothing else: other fuses keep their state', async () => {
    const before = [await fuseOf('crm'), await fuseOf('orders')]
    const line = await swapped({ backends: { ...backends(), logistics: { ...backends().logistics, timeoutMs: 900 } } })
    assert.deepEqual(valueAt(JSON.parse(line), 'replaced'), ['logistics'])
    assert.equal(valueAt(await fuseOf('logistics'), 'timeoutMs'), 900)
    assert.deepEqual([await fuseOf('crm'), await fuseOf('orders')], before)
  })

  it('keeps the last good values of a backend whose fuse is set otherwise, and none where its address is another', async () => {
    assert.ok(isWhole(await hub.ask(customer)))
    await demo.systems.crm.setFault('refuse')
    await swapped({ backends: { ...backends(), crm: { ...backends().crm, timeoutMs: 950 } } })
    const kept = await hub.ask(customer)
    assert.equal(valueAt(kept.data, 'customer', 'profile', 'source', 'state'), 'STALE')
    await swapped({ backends: { ...backends(), crm: { ...backends().crm, url: `${demo.systems.crm.url}/index.php?v=2` } } })
    const lost = await hub.ask(customer)
    assert.deepEqual([valueAt(lost.data, 'customer', 'profile'), lost.errors[0]?.extensions['code']], [null, 'BACKEND_UNAVAILABLE'])
    await demo.systems.crm.setFault('off')
    await swapped({ backends: backends() })
  })

  it('changes limits, for documents that were let through before as well', async () => {
    assert.ok(isWhole(await hub.ask(customer)))
    await swapped({ ...settings, limits: { depth: 2, bodyBytes: 2_000, introspection: false } })
    const { status, errors } = await hub.ask(customer)
    assert.deepEqual([status, errors[0]?.extensions['code']], [400, 'GRAPHQL_VALIDATION_FAILED'])
    assert.equal((await hub.ask('{ __schema { types { name } } }')).status, 400)
    assert.equal((await hub.ask(`{ __typename } # ${'x'.repeat(3_000)}`)).status, 413)
    await swapped({ backends: backends() })
    assert.ok(isWhole(await hub.ask(customer)))
  })

  const refused: Readonly<Record<string, readonly [change: (present: Record<string, unknown>) => unknown, why: RegExp]>> = {
    'that is no YAML': [() => 'backends: [', /fuseboard.yaml/],
    'with a key that nobody knows': [(present) => ({ ...present, limts: {} }), /limts/],
    'without a backend that is needed': [() => ({ backends: {} }), /expected one backend/],
    'with another port': [(present) => ({ ...present, host: '127.0.0.2' }), /host: changes only with a restart/],
    'with options that an adapter can\'t use': [
      (present) => ({ ...present, backends: { ...backends(), logistics: { ...backends().logistics, options: { soapVersion: '3' } } } }), /soapVersion/],
  }
  for (const [what, [change, why]] of Object.entries(refused)) {
    it(`refuses one ${what}, says why, and goes on with what it has`, async () => {
      const before = [await fuseOf('logistics'), await fuseOf('crm')]
      const from = hub.logged.length
      const next = change(settings)
      await hub.configure(next)
      assert.match(await hub.untilLogged(/configuration was refused/, from), why)
      assert.ok(isWhole(await hub.ask(customer)))
      assert.deepEqual([await fuseOf('logistics'), await fuseOf('crm')], before)
      const again = hub.logged.length
      await hub.configure(settings)
      await hub.untilLogged(/configuration was swapped/, again)
    })
  }

  it('swaps the operations that a role may run', async () => {
    const visitor = { as: { role: 'visitor', name: 'v', customer: 'C-1001' } } as const
    assert.deepEqual((await hub.ask('{ __typename }', visitor)).errors, [])
    await swapped({ backends: backends(), persistedOperations: { file: 'console/operations.json', only: ['VISITOR'] } })
    assert.equal((await hub.ask('{ __typename }', visitor)).errors[0]?.extensions['code'], 'PERSISTED_QUERY_NOT_IN_LIST')
    await swapped({ backends: backends() })
    assert.deepEqual((await hub.ask('{ __typename }', visitor)).errors, [])
  })

  it('is read again on SIGHUP', async () => {
    const from = hub.logged.length
    hub.signal('SIGHUP')
    assert.match(await hub.untilLogged(/configuration was/, from), /swapped/)
    const metrics = await fetch(hub.url.replace('/graphql', '/metrics'))
    assert.match(await metrics.text(), /fuseboard_config_reloads_total\{outcome="refused"\} 5/)
  })
})

describe('a supergraph that changes while the hub runs', () => {
  it('is swapped in, a wrong one refused', async () => {
    const sdl = await readFile(path.join(import.meta.dirname, '../../gateway/supergraph.graphql'), 'utf8')
    await using demo = await startDemo({ ports: 'any' })
    await using hub = await startHubProcess({ backends: demoBackends(demo.systems) })
    const file = path.join(hub.folder, 'supergraph.graphql')
    const article = { query: '{ article(id: "confluence:98311") { title } }' }
    assert.deepEqual((await hub.ask(article.query)).errors, [])
    await writeFile(file, sdl.replace(/^ {2}article\(id: ID!\).*$/m, ''))
    await hub.configure({ backends: demoBackends(demo.systems), supergraph: { file } })
    await hub.untilLogged(/configuration was swapped/)
    assert.equal((await hub.ask(article.query)).errors[0]?.extensions['code'], 'GRAPHQL_VALIDATION_FAILED')
    const steps: readonly (readonly [string, RegExp])[] = [
      ['type Query {', /configuration was refused/],
      [sdl.replaceAll('KNOWLEDGE', 'ELSEWHERE').replaceAll('"knowledge"', '"elsewhere"'), /configuration was refused.*|refused/],
      [sdl, /configuration was swapped/],
    ]
    for (const [text, outcome] of steps) {
      const from = hub.logged.length
      await writeFile(file, text)
      await hub.untilLogged(outcome, from)
      await setImmediate()
    }
    assert.deepEqual((await hub.ask(article.query)).errors, [])
  })
})
