import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, it } from 'node:test'
import { foundCompany } from '../../demo/company.ts'
import { strict, valueAt } from '../kit/asking.ts'
import type { Answer } from '../kit/asking.ts'
import { expectOrder, find } from '../kit/customer-360.ts'
import { startRunningHub, transportNames } from '../kit/running-hub.ts'
import type { RunningHub } from '../kit/running-hub.ts'

const company = foundCompany()
const shipped = [...new Set(company.shipments.map(({ orderId }) => orderId))]
const timeoutMs = 800
const fuse = { timeoutMs, retries: 0, breaker: { window: 20, minimumCalls: 5, openMs: 900, probes: 2 } }

const touching = 'query Touching($id: ID!) { order(id: $id) { status shipments { id } } }'
const notTouching = 'query NotTouching($id: ID!) { order(id: $id) { status } }'

type Timed = { readonly id: string; readonly answer: Answer; readonly ms: number }

const askAll = (hub: RunningHub, query: string, ids: readonly string[]): Promise<readonly Timed[]> =>
  Promise.all(
    ids.map(async (id) => {
      const startedAt = performance.now()
      const answer = await hub.ask(query, { variables: { id }, headers: strict })
      return { id, answer, ms: performance.now() - startedAt }
    }),
  )

const onFile = (id: string) => expectOrder(company, find(company.orders, id))

const assertWhole = ({ id, answer }: Timed, query: string): void => {
  const { status, shipments } = onFile(id)
  assert.deepEqual(answer.errors, [])
  assert.deepEqual(answer.data, { order: query === touching ? { status, shipments: shipments.map((one) => ({ id: one.id })) } : { status } })
}

const assertLost = ({ id, answer }: Timed, codes: readonly string[]): void => {
  assert.deepEqual(answer.data, { order: { status: onFile(id).status, shipments: null } })
  assert.deepEqual(answer.errors.map(({ path }) => path), [['order', 'shipments']])
  assert.ok(codes.includes(String(answer.errors[0]?.extensions['code'])), answer.text)
}

/** A client waits for nothing: what it is given comes long before the deadline of a call that hangs. */
const assertPrompt = (asked: readonly Timed[]): void => {
  const slowest = Math.max(...asked.map(({ ms }) => ms))
  assert.ok(slowest < timeoutMs / 2, `an answer took ${Math.round(slowest)} ms, where a call may hang for ${timeoutMs} ms`)
}

/** Until something holds that nothing tells of. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await nextTurn()
}

for (const transport of transportNames) {
  describe(`an outage of logistics with subgraphs ${transport}`, { timeout: 30_000 }, () => {
    it('opens its fuse, keeps nobody waiting, leaves the others alone, and is over when logistics is well', async () => {
      await using hub = await startRunningHub({ transport, fuse })
      for (const one of await askAll(hub, touching, shipped.slice(0, 2))) assertWhole(one, touching)
      // How long an answer takes is asked of a hub that runs, not of one whose code is still being compiled.
      for (let round = 0; round < 4; round += 1) for (const one of await askAll(hub, notTouching, shipped.slice(0, 60))) assertWhole(one, notTouching)
      await hub.demo.systems.logistics.setFault('hang')

      const opened = hub.untilFuse('logistics', 'OPEN')
      const [hung, others] = await Promise.all([askAll(hub, touching, shipped.slice(0, 30)), askAll(hub, notTouching, shipped.slice(30, 60))])
      await opened
      for (const one of hung) assertLost(one, ['BACKEND_TIMEOUT', 'FUSE_OPEN'])
      for (const one of others) assertWhole(one, notTouching)
      assertPrompt(others)

      const asked = hub.demo.systems.logistics.calls
      const turnedAway = await askAll(hub, touching, shipped.slice(0, 30))
      for (const one of turnedAway) assertLost(one, ['FUSE_OPEN'])
      for (const { answer } of turnedAway) assert.ok(Number(answer.errors[0]?.extensions['retryAfterMs']) > 0)
      assertPrompt(turnedAway)
      assert.ok(hub.demo.systems.logistics.calls - asked <= 2, 'an open fuse lets nothing but a probe through')

      await hub.untilFuse('logistics', 'HALF_OPEN')
      const meanwhile = await askAll(hub, touching, shipped.slice(0, 10))
      for (const one of meanwhile) assertLost(one, ['FUSE_OPEN'])
      assertPrompt(meanwhile)

      await hub.demo.systems.logistics.setFault('off')
      await hub.untilFuse('logistics', 'CLOSED')
      for (const one of await askAll(hub, touching, shipped.slice(0, 30))) assertWhole(one, touching)
      const [trip] = hub.fuse('logistics').snapshot().trips
      assert.deepEqual([trip?.errorCode, typeof trip?.closedAt], ['BACKEND_TIMEOUT', 'number'])
    })

    it('does not keep a fuse from opening, nor a request from being whole, for another backend', async () => {
      await using hub = await startRunningHub({ transport, fuse })
      await hub.demo.systems.logistics.setFault('hang')
      await hub.demo.systems.crm.setFault('refuse')
      const query = '{ customer(id: "C-1001") { profile { name } orders(first: 1) { nodes { id status } } } }'
      for (let count = 0; count < 5; count += 1) {
        const answer = await hub.ask(query, { headers: strict })
        assert.equal(valueAt(answer.data, 'customer', 'profile'), null)
        assert.equal(typeof valueAt(answer.data, 'customer', 'orders', 'nodes', 0, 'status'), 'string')
      }
      assert.equal(hub.fuse('crm').snapshot().state, 'OPEN')
      assert.equal(hub.fuse('logistics').snapshot().state, 'CLOSED')
    })
  })

  it(`a hub that is told to end finishes what runs, with subgraphs ${transport}`, { timeout: 20_000 }, async () => {
    await using hub = await startRunningHub({ transport })
    const { logistics } = hub.demo.systems
    for (const one of await askAll(hub, touching, shipped.slice(0, 1))) assertWhole(one, touching)
    await logistics.setFault('slow', 400)
    const before = logistics.calls
    const running = askAll(hub, touching, shipped.slice(0, 5))
    await until(() => logistics.calls - before >= 5)
    const stopping = hub.stopHub()
    for (const one of await running) assertWhole(one, touching)
    await stopping
    await assert.rejects(hub.ask('{ __typename }'), { code: 'ECONNREFUSED' })
  })
}
