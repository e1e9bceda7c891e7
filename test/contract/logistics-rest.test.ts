import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { startLogisticsRest } from '../../demo/logistics-rest.ts'
import type { Row } from '../../fuse/call.ts'
import { BackendFailure, Faulted, Malformed, Refused } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import type { LogisticsBackend, Shipment } from '../../subgraphs/logistics/backend.ts'
import { openLogisticsOverRest } from '../../subgraphs/logistics/backend.rest.ts'
import { type Heard, type Reply, startWireServer } from '../kit/wire-server.ts'
import { settingsFor, theirs } from './logistics-on-file.ts'

const opt = { signal: new AbortController().signal }

type Use = (logistics: LogisticsBackend, requests: readonly Heard[]) => Promise<void>

const against = async (answer: (heard: Heard) => Reply, use: Use, more: Partial<BackendSettings> = {}) => {
  await using system = await startWireServer(answer)
  await using logistics = openLogisticsOverRest({ ...settingsFor(system.url), ...more })
  await use(logistics, system.requests)
}

const json = (body: unknown): Reply => ({ headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) })
const found = (items: readonly unknown[]): Reply => json({ items, totalCount: items.length })

const search = z.record(z.string(), z.array(z.string()))
const keysIn = ({ body }: Heard): readonly string[] => Object.values(search.parse(JSON.parse(body.toString('utf8')))).flat()

const row = (id: string, more: object = {}) => ({ id, orderId: 'SO-1', trackingNumber: `T-${id}`, carrier: 'DHL', status: 'inTransit', ...more })
const idOf = (one: Row<Shipment> | undefined) => (one instanceof BackendFailure ? one.name : (one?.id ?? null))
const lengths = (lists: readonly Row<readonly Row<Shipment>[]>[]) => lists.map((list) => (list instanceof BackendFailure ? list.name : list?.length))

/** The first of two shipments, whose row has `more`; the other is never lost with it. */
const one = (more: object, check: (first: Shipment) => void, settings: Partial<BackendSettings> = {}) =>
  against(() => found([row('B'), row('A', more)]), async (logistics) => {
    const [first = null, second = null] = await logistics.findShipments(['A', 'B'], opt)
    assert.equal(idOf(second), 'B')
    assert.ok(first && 'id' in first, idOf(first) ?? 'nothing')
    check(first)
  }, settings)

describe('logistics over rest', () => {
  test('asks by each kind of key, in the body, fifty at a time and each key once', async () => {
    const keys = Array.from({ length: 120 }, (_, index) => `K${index}`)
    await against((heard) => found(keysIn(heard).toReversed().map((key) => row(key, { trackingNumber: key, orderId: key }))), async (logistics, requests) => {
      assert.deepEqual((await logistics.findShipments([...keys, ...keys], opt)).map(idOf), [...keys, ...keys])
      assert.deepEqual((await logistics.trackShipments(keys, opt)).map(idOf), keys)
      assert.deepEqual(lengths(await logistics.findShipmentsOfOrders(keys, opt)), keys.map(() => 1))
      assert.deepEqual(requests.map((heard) => keysIn(heard).length).toSorted((a, b) => a - b), [20, 20, 20, 50, 50, 50, 50, 50, 50])
      assert.deepEqual(new Set(requests.map(({ method, url }) => `${method} ${url}`)), new Set(['POST /api/shipments/search']))
      assert.deepEqual(new Set(requests.flatMap(({ body }) => Object.keys(search.parse(JSON.parse(body.toString()))))), new Set(['ids', 'trackingNumbers', 'orderIds']))
    })
  })

  test('half a character is not sent, as it would cost its whole batch', () => against((heard) => found(keysIn(heard).map((key) => row(key))), async (logistics, requests) => {
    assert.deepEqual((await logistics.findShipments(['\ud800', 'A', ''], opt)).map(idOf), [null, 'A', null])
    assert.deepEqual(requests.map(keysIn), [['A']])
  }))

  test('one failed batch costs its own shipments and no others', async () => {
    const keys = Array.from({ length: 120 }, (_, index) => `K${index}`)
    await against((heard) => (keysIn(heard).includes('K60') ? { status: 503 } : found(keysIn(heard).map((key) => row(key)))), async (logistics) => {
      assert.deepEqual((await logistics.findShipments(keys, opt)).map(idOf), keys.map((key, index) => (index >= 50 && index < 100 ? 'Faulted' : key)))
    })
  })

  const times: Readonly<Record<string, string | null>> = {
    '2026-11-20T12:00:00+01:00': '2026-11-20T11:00:00.000Z',
    '2026-11-20T12:00:00Z': '2026-11-20T12:00:00.000Z',
    '2026-11-20T12:00:00.1234567+08:00': '2026-11-20T04:00:00.123Z',
    '2026-11-20T12:00:00': '2026-11-20T04:00:00.000Z',
    '2026-11-20T12:00:00.1234567': '2026-11-20T04:00:00.123Z',
    '0001-01-01T00:00:00': null,
    '0001-01-01T00:00:00+00:00': null,
    '0001-01-01T00:00:00Z': null,
    '': null,
  }
  for (const [written, told] of Object.entries(times)) {
    test(`the time ${JSON.stringify(written)} is ${told ?? 'none'}`, () =>
      one({ estimatedDelivery: written }, ({ estimatedDelivery }) => assert.equal(estimatedDelivery, told)))
  }

  test('a time without a zone is one of the zone that is configured', () =>
    one({ estimatedDelivery: '2026-11-20T12:00:00' }, ({ estimatedDelivery }) => assert.equal(estimatedDelivery, '2026-11-20T17:00:00.000Z'), { timeZone: 'America/New_York' }))

  for (const status of ['heldByCustoms', 'InTransit', '', 7]) {
    test(`the status ${JSON.stringify(status)} is UNKNOWN beside it`, () =>
      one({ status }, (first) => assert.deepEqual([first.status, first.statusText], ['UNKNOWN', String(status)])))
  }

  test('events are told newest first, by the instant and not by the text', () => {
    const checkpoints = ['2026-11-20T09:00:00+09:00', '2026-11-20T08:00:00+01:00'].map((occurredAt) => ({ occurredAt }))
    return one({ checkpoints }, ({ events }) => assert.deepEqual(events, [
      { occurredAt: '2026-11-20T07:00:00.000Z', place: '', description: '' }, { occurredAt: '2026-11-20T00:00:00.000Z', place: '', description: '' },
    ]))
  })

  test('what is null, empty or left out is null', () => one({ customerId: '', statusText: null, checkpoints: null }, (first) =>
    assert.deepEqual([first.customerId, first.statusText, first.estimatedDelivery, first.events], [null, 'inTransit', null, []])))

  test('an owner whom logistics was not told is null', async () => {
    await using system = await startLogisticsRest({ port: 0, company: { shipments: theirs }, ownerless: new Set(['SH-2']) })
    await using logistics = openLogisticsOverRest(settingsFor(system.url))
    const rows = await logistics.findShipments(['SH-1', 'SH-2'], opt)
    assert.deepEqual(rows.map((shipment) => shipment && 'id' in shipment && shipment.customerId), ['C-1', null])
  })

  const unreadable: readonly object[] = [
    { estimatedDelivery: '2026-02-30T00:00:00' }, { estimatedDelivery: '2026-02-30T00:00:00Z' }, { estimatedDelivery: 'tomorrow' }, { estimatedDelivery: 1 },
    { checkpoints: [{ occurredAt: '0001-01-01T00:00:00' }] }, { checkpoints: {} }, { checkpoints: [null] }, { trackingNumber: '' }, { orderId: null },
    { carrier: 7 }, { status: null }, { status: 1.5 }, { customerId: { id: 'C-1' } },
  ]
  for (const more of unreadable) {
    test(`a shipment with ${JSON.stringify(more)} is lost alone`, () => against(() => found([row('A', more), row('B')]), async (logistics) => {
      assert.deepEqual((await logistics.findShipments(['A', 'B', 'C'], opt)).map(idOf), ['Malformed', 'B', null])
    }))
  }

  for (const nameless of [row('A', { id: undefined }), row('A', { id: 7 }), null, 'A', []]) {
    test(`beside ${JSON.stringify(nameless).slice(0, 20)}, which does not say whose it is, none is called absent`, () =>
      against(() => found([nameless, row('B')]), async (logistics) => {
        assert.deepEqual((await logistics.findShipments(['A', 'B'], opt)).map(idOf), ['Malformed', 'B'])
      }))
  }

  test('a shipment that does not say of which order it is leaves no order called empty', () =>
    against(() => found([row('A'), row('B', { orderId: '' })]), async (logistics) => {
      assert.deepEqual(lengths(await logistics.findShipmentsOfOrders(['SO-1', 'SO-2'], opt)), [1, 'Malformed'])
    }))

  test('nobody asked for what comes beside it', () => against(() => found([row('X'), row('__proto__'), row('A')]), async (logistics) => {
    assert.deepEqual((await logistics.findShipments(['A', 'constructor'], opt)).map(idOf), ['A', null])
  }))

  for (const answer of [{}, [], null, { items: null }, { items: {} }, { items: [row('A')], totalCount: 2 }, { items: [], totalCount: 'many' }]) {
    test(`${JSON.stringify(answer).slice(0, 40)} is no answer`, () =>
      against(() => json(answer), (logistics) => assert.rejects(logistics.findShipments(['A'], opt), Malformed)))
  }

  const html = '<!DOCTYPE html><html><body><form action="/login">'
  const type = { 'content-type': 'application/json' }
  const answers: Readonly<Record<string, readonly [Reply, new (...args: never[]) => Error]>> = {
    'a login page with status 200': [{ headers: { 'content-type': 'text/html' }, body: html }, Malformed],
    'a login page that calls itself JSON': [{ headers: type, body: html }, Malformed],
    'a redirect to a login page': [{ status: 302, headers: { location: 'https://login.example/' } }, Malformed],
    'nothing': [{ status: 204 }, Malformed],
    'bytes that are not of its charset': [{ headers: type, body: Buffer.from('{"items":["\xff"]}', 'latin1') }, Malformed],
    'a charset that nobody knows': [{ headers: { 'content-type': 'application/json; charset=klingon' }, body: '{}' }, Malformed],
    'a problem with status 400': [{ status: 400, headers: { 'content-type': 'application/problem+json' }, body: '{"title":"no"}' }, Refused],
    'status 401': [{ status: 401 }, Refused],
    'status 403': [{ status: 403 }, Refused],
    'a path that is not there': [{ status: 404 }, Refused],
    'a problem with status 500': [{ status: 500, headers: { 'content-type': 'application/problem+json' }, body: '{"title":"no"}' }, Faulted],
    'more than it may be': [{ headers: type, body: JSON.stringify({ items: ['x'.repeat(20_000)] }) }, Malformed],
  }
  for (const [what, [answer, kind]] of Object.entries(answers)) {
    test(`${what} is ${kind.name}`, () => against(() => answer, async (logistics) => {
      await assert.rejects(logistics.findShipments(['A'], opt), kind)
      await assert.rejects(logistics.findShipmentsOfOrders(['A'], opt), kind)
    }, { maxResponseBytes: 10_000 }))
  }

  test('429 is trouble of its own, and says how long to wait', () => against(() => ({ status: 429, headers: { 'retry-after': '7' } }), (logistics) =>
    assert.rejects(logistics.findShipments(['A'], opt), (error: unknown) => error instanceof Faulted && error.retryAfterMs === 7_000)))

  test('a token that is configured goes with each call', () => against(() => found([]), async (logistics, requests) => {
    await logistics.findShipments(['A'], opt)
    assert.equal(requests[0]?.headers.authorization, 'Bearer abc')
  }, { headers: { authorization: 'Bearer abc' } }))
})
