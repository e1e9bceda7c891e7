import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { CallOptions } from '../../fuse/call.ts'
import { BackendFailure, Cancelled, Faulted, Malformed, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { OrdersBackend } from '../../subgraphs/orders/backend.ts'
import { anyOrder, orderWith } from './orders-on-file.ts'
import type { OpenOrdersSubject, OrdersSubject } from './orders-suite.ts'

const { id } = orderWith('PAID', 'CNY')

const calls: Readonly<Record<keyof OrdersBackend, (orders: OrdersBackend, opt: CallOptions) => Promise<unknown>>> = {
  findOrders: (orders, opt) => orders.findOrders([id, 'SO-2026-000001'], opt),
  listOrders: (orders, opt) => orders.listOrders({ ...anyOrder, offset: 3, limit: 5 }, opt),
  listOrdersOfCustomers: (orders, opt) => orders.listOrdersOfCustomers({ customerIds: ['C-1', 'C-2', 'C-3'], offset: 0, limit: 5 }, opt),
  requestRefund: (orders, opt) => orders.requestRefund({ orderId: id, amount: null, reason: 'late', idempotencyKey: 'once' }, opt),
}

const faults = [['error', Faulted], ['garbage', Malformed], ['refuse', Unreachable]] as const

export const ordersFailures = (open: OpenOrdersSubject): void => void describe('a system in trouble', () => {
  let subject: OrdersSubject
  before(async () => { subject = await open() })
  after(() => subject[Symbol.asyncDispose]())
  afterEach(() => recover())

  /** Well again, and answering: a pooled connection that the system has cut may still cost the first calls. */
  const recover = async (): Promise<void> => {
    await subject.system.setFault('off')
    for (let attempt = 0; attempt < 50 && !await answers(); attempt += 1) await setImmediate()
  }
  const answers = (): Promise<boolean> =>
    subject.backend.findOrders([id], { signal: new AbortController().signal }).then(() => true, () => false)

  const arrived = async (before: number): Promise<void> => {
    while (subject.system.calls === before) await setImmediate()
  }

  for (const [name, call] of Object.entries(calls)) {
    for (const [fault, kind] of faults) {
      test(`(${fault}) makes ${name} throw ${kind.name}`, async () => {
        await subject.system.setFault(fault)
        await assert.rejects(call(subject.backend, { signal: new AbortController().signal }), (error: unknown) =>
          error instanceof BackendFailure && error instanceof kind && error.backend === 'orders')
      })
    }

    test(`(hang) makes ${name} throw TimedOut at the deadline`, async () => {
      await subject.system.setFault('hang')
      await assert.rejects(call(subject.backend, { signal: AbortSignal.timeout(40) }), TimedOut)
    })

    test(`(hang) lets ${name} go as soon as the caller hangs up`, async () => {
      await subject.system.setFault('hang')
      const caller = new AbortController()
      const before = subject.system.calls
      const answer = assert.rejects(call(subject.backend, { signal: caller.signal }), Cancelled)
      await arrived(before)
      caller.abort()
      await answer
    })

    test(`is not asked by ${name} for a caller who has gone`, async () => {
      const before = subject.system.calls
      await assert.rejects(call(subject.backend, { signal: AbortSignal.abort() }), Cancelled)
      assert.equal(subject.system.calls, before)
    })
  }

  test('and well again, answers as if nothing had been', async () => {
    for (const fault of ['hang', 'error', 'garbage', 'refuse'] as const) {
      await subject.system.setFault(fault)
      await assert.rejects(subject.backend.findOrders([id], { signal: AbortSignal.timeout(40) }), BackendFailure)
      await recover()
      const [row] = await subject.backend.findOrders([id], { signal: new AbortController().signal })
      assert.ok(row && 'id' in row)
    }
  })
})
