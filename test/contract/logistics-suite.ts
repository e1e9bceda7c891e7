import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { CallOptions, Row } from '../../fuse/call.ts'
import { BackendFailure, Cancelled, Faulted, Malformed, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { LogisticsBackend, Shipment } from '../../subgraphs/logistics/backend.ts'
import { shipmentsOnFile } from './logistics-on-file.ts'
import type { Patient } from './orders-suite.ts'

/** A system that holds `shipmentsOnFile`, and the adapter under test in front of it. The backend's name is `logistics`. */
export type LogisticsSubject = AsyncDisposable & {
  readonly backend: LogisticsBackend
  readonly system: Pick<Patient, 'setFault' | 'calls'>
  /** Ids, of those on file, whose rows come out broken. */
  readonly unreadable: ReadonlySet<string>
}

export type OpenLogisticsSubject = () => Promise<LogisticsSubject>

/** What every adapter of the logistics port must hold, whatever its wire. */
export const logisticsContract = (open: OpenLogisticsSubject): void => {
  logisticsReads(open)
  logisticsFailures(open)
}

const opt = { signal: new AbortController().signal }

const plain = <T>(row: Row<T>): unknown => (row instanceof BackendFailure ? row.name : row)

const logisticsReads = (open: OpenLogisticsSubject): void => void describe('looking up', () => {
  let subject: LogisticsSubject
  before(async () => { subject = await open() })
  after(() => subject[Symbol.asyncDispose]())

  const whole = (shipment: Shipment) => (subject.unreadable.has(shipment.id) ? 'Malformed' : shipment)

  test('every word of every shipment is as it is on file, in the order asked for, absent ones null', async () => {
    const { backend } = subject
    const asked = [...shipmentsOnFile.toReversed(), ...shipmentsOnFile.slice(0, 1)]
    const rows = await backend.findShipments([...asked.map(({ id }) => id), 'SH-none', ''], opt)
    assert.deepEqual(rows.map(plain), [...asked.map(whole), null, null])
    const tracked = await backend.trackShipments([...asked.map(({ trackingNumber }) => trackingNumber), 'T-none'], opt)
    assert.deepEqual(tracked.map(plain), [...asked.map(whole), null])
  })

  test('an order has all its shipments, and one that was not shipped an empty list', async () => {
    const orders = ['SO-none', 'SO-3', 'SO-1', 'SO-2', 'SO-3']
    const found = await subject.backend.findShipmentsOfOrders(orders, opt)
    const lists = found.map((list) => (list === null || list instanceof BackendFailure ? list : list.map(plain)))
    assert.deepEqual(lists, orders.map((order) => shipmentsOnFile.filter(({ orderId }) => orderId === order).map(whole)))
    assert.deepEqual(lists[0], [])
  })

  test('nothing asked is nothing answered, and costs no call', async () => {
    const { backend, system } = subject
    await backend.findShipments(['SH-2'], opt)
    const asked = system.calls
    assert.deepEqual(await Promise.all([backend.findShipments([], opt), backend.trackShipments([], opt), backend.findShipmentsOfOrders([], opt)]), [[], [], []])
    assert.equal(system.calls, asked)
  })

  test('an id with the signs of a wire is an id like any other', async () => {
    const odd = ['<a>&"\'</a>', ']]>', 'SH-2 ', 'SH-1,SH-2', '../SH-1', '"]}', '?ids=SH-1', '键']
    assert.deepEqual(await subject.backend.findShipments(odd, opt), odd.map(() => null))
  })

  test('what no wire can carry names nothing', async () => {
    const odd = ['\u0000', '\ud800', '\uffff']
    assert.deepEqual(await subject.backend.findShipments(odd, opt), [null, null, null])
    assert.deepEqual(await subject.backend.findShipmentsOfOrders(odd, opt), [[], [], []])
  })
})

const calls: Readonly<Record<keyof LogisticsBackend, (logistics: LogisticsBackend, opt: CallOptions) => Promise<unknown>>> = {
  findShipments: (logistics, options) => logistics.findShipments(['SH-2'], options),
  trackShipments: (logistics, options) => logistics.trackShipments(['T-2'], options),
  findShipmentsOfOrders: (logistics, options) => logistics.findShipmentsOfOrders(['SO-1'], options),
}

const faults = [['error', Faulted], ['garbage', Malformed], ['refuse', Unreachable]] as const

const logisticsFailures = (open: OpenLogisticsSubject): void => void describe('a system in trouble', () => {
  let subject: LogisticsSubject
  before(async () => { subject = await open() })
  after(() => subject[Symbol.asyncDispose]())
  /** Well again, and answering: a pooled connection that the system has cut may still cost the first calls. */
  afterEach(async () => {
    await subject.system.setFault('off')
    for (let attempt = 0; attempt < 50 && !(await calls.findShipments(subject.backend, opt).then(() => true, () => false)); attempt += 1) await setImmediate()
  })

  for (const [method, call] of Object.entries(calls)) {
    for (const [fault, kind] of faults) {
      test(`(${fault}) makes ${method} throw ${kind.name}`, async () => {
        await subject.system.setFault(fault)
        await assert.rejects(call(subject.backend, opt), (error: unknown) => error instanceof kind && error.backend === 'logistics')
      })
    }

    test(`(hang) makes ${method} throw TimedOut at the deadline`, async () => {
      await subject.system.setFault('hang')
      await assert.rejects(call(subject.backend, { signal: AbortSignal.timeout(40) }), TimedOut)
    })

    test(`(hang) lets ${method} go as soon as the caller hangs up`, async () => {
      await subject.system.setFault('hang')
      const caller = new AbortController()
      const asked = subject.system.calls
      const gone = assert.rejects(call(subject.backend, { signal: caller.signal }), Cancelled)
      while (subject.system.calls === asked) await setImmediate()
      caller.abort()
      await gone
    })

    test(`is not asked by ${method} for a caller who has gone`, async () => {
      const asked = subject.system.calls
      await assert.rejects(call(subject.backend, { signal: AbortSignal.abort() }), Cancelled)
      assert.equal(subject.system.calls, asked)
    })
  }
})
