import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { type LegacyAnswer, type LegacyHandler, startLegacy } from '../../demo/legacy.ts'
import { startLogisticsSoap } from '../../demo/logistics-soap.ts'
import type { Row } from '../../fuse/call.ts'
import { BackendFailure, Faulted, Malformed } from '../../fuse/errors.ts'
import type { LogisticsBackend, Shipment } from '../../subgraphs/logistics/backend.ts'
import { openLogisticsOverJsonRpc } from '../../subgraphs/logistics/backend.jsonrpc.ts'
import { openLogisticsOverSoap } from '../../subgraphs/logistics/backend.soap.ts'
import { asmx, settingsFor, theirs } from './logistics-on-file.ts'

const opt = { signal: new AbortController().signal }

const startSoap = () => startLogisticsSoap({ port: 0, company: { shipments: theirs } })

describe('logistics over soap', () => {
  const body = z.object({ body: z.instanceof(Buffer) }).transform((request) => request.body.toString('utf8'))
  const keysIn = (text: string): readonly string[] => [...text.matchAll(/<(?:\w+:)?string[^>]*>([^<]*)</g)].map((match) => match[1] ?? '')

  /** The demo's own WSDL, and answers of ours. */
  const against = async (answer: (keys: readonly string[], operation: string) => string | null, use: (logistics: LogisticsBackend) => Promise<void>) => {
    await using real = await startSoap()
    const wsdl = await (await fetch(`${real.url}/ShipmentService.asmx?wsdl`)).text()
    const xml = { 'content-type': 'text/xml; charset=utf-8' }
    const handle: LegacyHandler = (request): LegacyAnswer => {
      if (request.method === 'GET') return { status: 200, headers: xml, body: wsdl }
      const text = body.parse(request)
      const operation = /(Get\w+|Track\w+)/.exec(text)?.[1] ?? ''
      const rows = answer(keysIn(text), operation)
      if (rows === null) return { status: 503, headers: {}, body: '' }
      return { status: 200, headers: xml, body: `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><${operation}Response xmlns="http://tempuri.org/">`
        + `<${operation}Result>${rows}</${operation}Result></${operation}Response></s:Body></s:Envelope>` }
    }
    const broken: LegacyAnswer = { status: 500, headers: {}, body: '' }
    await using system = await startLegacy({ name: 'logistics', port: 0, handle, errorAnswer: broken, garbageAnswer: broken })
    await using logistics = openLogisticsOverSoap(asmx('1.1')(system))
    await use(logistics)
  }

  const row = (id: string, more = '<Eta>0001-01-01T00:00:00</Eta>', order = 'SO-1') => `<Shipment><ShipmentId>${id}</ShipmentId><OrderNumber>${order}</OrderNumber>`
    + `<TrackingNo>T</TrackingNo><CarrierName>DHL</CarrierName><StatusCode>HLD</StatusCode>${more}</Shipment>`
  const ids = Array.from({ length: 120 }, (_, index) => `S${index}`)
  const idOf = (one: Row<Shipment>) => (one === null ? null : one instanceof BackendFailure ? one.name : one.id)

  for (const version of ['1.1', '1.2']) {
    test(`${version} is spoken where it is configured`, async () => {
      const sent: string[] = []
      await using real = await startSoap()
      const wsdl = await (await fetch(`${real.url}/ShipmentService.asmx?wsdl`)).text()
      const broken: LegacyAnswer = { status: 500, headers: {}, body: '' }
      const handle: LegacyHandler = (request) => {
        if (request.method === 'GET') return { status: 200, headers: { 'content-type': 'text/xml' }, body: wsdl }
        sent.push(/xmlns:soap="([^"]+)"/.exec(body.parse(request))?.[1] ?? '', String(request.headers['content-type']).split(';')[0] ?? '')
        return broken
      }
      await using system = await startLegacy({ name: 'logistics', port: 0, handle, errorAnswer: broken, garbageAnswer: broken })
      await using logistics = openLogisticsOverSoap(asmx(version)(system))
      await assert.rejects(logistics.findShipments(['S0'], opt), Faulted)
      assert.deepEqual(sent, version === '1.2'
        ? ['http://www.w3.org/2003/05/soap-envelope', 'application/soap+xml']
        : ['http://schemas.xmlsoap.org/soap/envelope/', 'text/xml'])
    })
  }

  test('an owner whom logistics was not told is null', async () => {
    await using system = await startLogisticsSoap({ port: 0, company: { shipments: theirs }, ownerless: new Set(['SH-2']) })
    await using logistics = openLogisticsOverSoap(asmx('1.1')(system))
    const found = await logistics.findShipments(['SH-1', 'SH-2'], opt)
    assert.deepEqual(found.map((one) => one && 'id' in one && one.customerId), ['C-1', null])
  })

  test('what would trip the service is not sent to it', () =>
    against(() => null, async (logistics) => assert.deepEqual(await logistics.findShipments(['\u0000', '\ud800', ''], opt), [null, null, null])))

  test('asks fifty at a time', async () => {
    const asked: number[] = []
    await against((keys) => { asked.push(keys.length); return keys.toReversed().map((key) => row(key)).join('') }, async (logistics) => {
      assert.deepEqual((await logistics.findShipments(ids, opt)).map(idOf), ids)
    })
    assert.deepEqual(asked.toSorted((a, b) => a - b), [20, 50, 50])
  })

  test('one failed batch costs its own shipments and no others', () =>
    against((keys) => (keys.includes('S60') ? null : keys.map((key) => row(key)).join('')), async (logistics) => {
      assert.deepEqual((await logistics.findShipments(ids, opt)).map(idOf), ids.map((id, index) => (index >= 50 && index < 100 ? 'Faulted' : id)))
      const lists = await logistics.findShipmentsOfOrders(ids, opt)
      assert.deepEqual(lists.map((list) => list instanceof Faulted), ids.map((_, index) => index >= 50 && index < 100))
    }))

  test('a word that nobody knows is UNKNOWN beside it', () =>
    against((keys) => keys.map((key) => row(key)).join(''), async (logistics) => {
      const [one] = await logistics.findShipments(['S0'], opt)
      assert.ok(one && 'status' in one)
      assert.deepEqual([one.status, one.statusText, one.estimatedDelivery, one.customerId, one.events], ['UNKNOWN', 'HLD', null, null, []])
    }))

  test('a time that says its zone is taken at its word', () =>
    against((keys) => keys.map((key) => row(key, '<Eta>2026-11-21T18:00:00+09:00</Eta>')).join(''), async (logistics) => {
      const [one] = await logistics.findShipments(['S0'], opt)
      assert.equal(one && 'id' in one && one.estimatedDelivery, '2026-11-21T09:00:00.000Z')
    }))

  test('a shipment that does not say whose it is leaves none called absent', () =>
    against(() => `${row('S0')}${row('').replace('<ShipmentId></ShipmentId>', '')}`, async (logistics) => {
      assert.deepEqual((await logistics.findShipments(['S0', 'S1'], opt)).map(idOf), ['S0', 'Malformed'])
    }))

  for (const eta of ['2026-02-30T00:00:00', '2026-02-30T00:00:00Z', 'tomorrow', '2026-11-20Z']) {
    test(`a shipment whose time is ${eta} is lost alone`, () =>
      against(() => row('S0', `<Eta>${eta}</Eta>`) + row('S1'), async (logistics) => {
        assert.deepEqual((await logistics.findShipments(['S0', 'S1'], opt)).map(idOf), ['Malformed', 'S1'])
      }))
  }
})

describe('logistics over jsonrpc', () => {
  const against = async (result: unknown, use: (logistics: LogisticsBackend) => Promise<void>) => {
    const handle: LegacyHandler = (request) => {
      const { id } = z.object({ id: z.unknown() }).parse(JSON.parse(request.body.toString('utf8')))
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id, result }) }
    }
    const broken: LegacyAnswer = { status: 500, headers: {}, body: '' }
    await using system = await startLegacy({ name: 'logistics', port: 0, handle, errorAnswer: broken, garbageAnswer: broken })
    await using logistics = openLogisticsOverJsonRpc(settingsFor(system.url))
    await use(logistics)
  }

  const row = (id: string, more: object = {}) => ({ id, orderId: 'SO-1', trackingNumber: `T-${id}`, carrier: 'DHL', status: 'LOST', events: [], ...more })
  const names = (rows: readonly Row<Shipment>[]) => rows.map((one) => (one instanceof BackendFailure ? one.name : one?.id))

  test('a word that nobody knows is UNKNOWN beside it', () => against([row('A'), row('B', { statusText: 'weg' })], async (logistics) => {
    const found = await logistics.findShipments(['A', 'B'], opt)
    assert.deepEqual(found.map((one) => one && 'id' in one && [one.status, one.statusText]), [['UNKNOWN', 'LOST'], ['UNKNOWN', 'weg']])
  }))

  test('times with an offset are told in UTC, and events sorted by them', () => {
    const events = ['2026-11-20T09:00:00+09:00', '2026-11-20T08:00:00+01:00'].map((occurredAt) => ({ occurredAt, place: '', description: '' }))
    return against([row('A', { estimatedDelivery: '2026-11-21T09:00:00+09:00', events })], async (logistics) => {
      const [one] = await logistics.findShipments(['A'], opt)
      assert.ok(one && 'id' in one)
      assert.equal(one.estimatedDelivery, '2026-11-21T00:00:00.000Z')
      assert.deepEqual(one.events.map(({ occurredAt }) => occurredAt), ['2026-11-20T07:00:00.000Z', '2026-11-20T00:00:00.000Z'])
    })
  })

  test('another shipment at a place is not taken for the one that belongs there', () => against([row('B'), row('B')], async (logistics) => {
    assert.deepEqual(names(await logistics.findShipments(['A', 'B'], opt)), ['Malformed', 'B'])
    assert.deepEqual(names(await logistics.trackShipments(['T-B', 'T-A'], opt)), ['B', 'Malformed'])
  }))

  test('a shipment of another order is not taken for one of this', () => against([[row('A'), row('B', { orderId: 'SO-2' })]], async (logistics) => {
    const [list] = await logistics.findShipmentsOfOrders(['SO-1'], opt)
    assert.ok(Array.isArray(list))
    assert.deepEqual(names(list), ['A', 'Malformed'])
  }))

  test('an order whose shipments can\'t be read costs itself and no other', () => against([{ unreadable: true }, [row('A')], null], async (logistics) => {
    const lists = await logistics.findShipmentsOfOrders(['SO-0', 'SO-1', 'SO-2'], opt)
    assert.deepEqual(lists.map((list) => (list instanceof BackendFailure ? list.name : list?.length)), ['Malformed', 1, 'Malformed'])
  }))

  for (const result of [[], [row('A')], null, { A: 1 }]) {
    test(`${JSON.stringify(result).slice(0, 20)} is no answer to two ids`, () =>
      against(result, async (logistics) => {
        await assert.rejects(logistics.findShipments(['A', 'B'], opt), Malformed)
        await assert.rejects(logistics.findShipmentsOfOrders(['A', 'B'], opt), Malformed)
      }))
  }
})
