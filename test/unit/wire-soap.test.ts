import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { BackendFailure, Cancelled, Faulted, Malformed, TimedOut } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { openSoapWire, SoapRefused } from '../../fuse/wires/soap.ts'
import { parseXml } from '../../fuse/wires/xml.ts'
import { patient, settingsOf, startWireServer, until } from '../kit/wire-server.ts'
import type { Answering, Heard, Reply } from '../kit/wire-server.ts'

const limit = { timeout: 5_000 }
const wsdl = await readFile(new URL('../../demo/logistics.wsdl', import.meta.url), 'utf8')
const versions = { '1.1': 'http://schemas.xmlsoap.org/soap/envelope/', '1.2': 'http://www.w3.org/2003/05/soap-envelope' } as const
type Version = keyof typeof versions
const soapVersions = ['1.1', '1.2'] as const

const xml = (body: string | Buffer, status = 200): Reply => ({ status, headers: { 'content-type': 'text/xml; charset=utf-8' }, body })
const envelope = (body: string, version: Version = '1.1') =>
  xml(`<e:Envelope xmlns:e="${versions[version]}"><e:Body>${body}</e:Body></e:Envelope>`)
const shipments = (rows: string) =>
  envelope(`<GetShipmentsResponse xmlns="http://tempuri.org/"><GetShipmentsResult>${rows}</GetShipmentsResult></GetShipmentsResponse>`)

/** Serves the WSDL to every GET, and `answer` to the rest. */
const serving = (answer: Answering): Answering => (heard, response) => (heard.method === 'GET' ? xml(wsdl) : answer(heard, response))

const settingsFor = (url: string, soapVersion: Version = '1.1', more: Partial<BackendSettings> = {}) =>
  settingsOf(`${url}/ShipmentService.asmx`, { options: { soapVersion }, ...more })

const getShipments = { ShipmentIds: { string: ['S-1'] } }

/** One call, and what the server heard of it. */
const exchange = async (reply: Reply, version: Version = '1.1', args: Readonly<Record<string, unknown>> = getShipments) => {
  await using server = await startWireServer(serving(() => reply))
  await using wire = openSoapWire(settingsFor(server.url, version))
  const answer = await wire.call('GetShipments', args, { signal: patient() })
  return { answer, heard: server.requests.at(-1) ?? assert.fail('not asked') }
}

const bodyOf = ({ body }: Heard) => parseXml('tried', body.toString(), { arrays: [], bareNames: true })

describe('a request over SOAP', () => {
  for (const version of soapVersions) {
    it(`of version ${version} is as the WSDL says`, limit, async () => {
      const { heard } = await exchange(envelope('<GetShipmentsResponse xmlns="http://tempuri.org/"/>', version), version)
      const sent = heard.body.toString()
      assert.match(sent, new RegExp(`<(\\w+):Envelope[^>]*xmlns:\\1="${versions[version]}"`))
      assert.match(sent, /<(?:\w+:)?GetShipments[^>]* xmlns(?::\w+)?="http:\/\/tempuri\.org\/"/)
      const type = heard.headers['content-type'] ?? ''
      if (version === '1.1') {
        assert.match(type, /^text\/xml/)
        assert.equal(heard.headers['soapaction'], '"http://tempuri.org/GetShipments"')
      } else {
        assert.match(type, /^application\/soap\+xml/)
        assert.match(type, /action="http:\/\/tempuri\.org\/GetShipments"/)
        assert.equal(heard.headers['soapaction'], undefined)
      }
    })
  }

  it('has its elements in order, text escaped, and goes to the URL of the settings', limit, async () => {
    const hard = '<&>]]>"\' 张三 &#65;'
    const { heard } = await exchange(shipments(''), '1.1', { ShipmentIds: { string: ['b', hard, 'a'] } })
    assert.deepEqual([heard.method, heard.url], ['POST', '/ShipmentService.asmx'])
    assert.match(heard.body.toString(), /<(?:\w+:)?ShipmentIds>(?:<(?:\w+:)?string>[^<]*<\/(?:\w+:)?string>){3}<\//)
    const strings = JSON.stringify(bodyOf(heard))
    assert.ok(strings.includes(JSON.stringify({ string: ['b', hard, 'a'] })), strings)
  })

  it('does not let text become markup', limit, async () => {
    const { heard } = await exchange(shipments(''), '1.1', { ShipmentIds: { string: ['</string><admin>1</admin><string>'] } })
    assert.ok(!heard.body.toString().includes('<admin>'))
  })

  it('carries the headers of the settings and the traceparent', limit, async () => {
    await using server = await startWireServer(serving(() => shipments('')))
    await using wire = openSoapWire(settingsFor(server.url, '1.1', { headers: { authorization: 'Basic x' } }))
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await wire.call('GetShipments', getShipments, { signal: patient(), traceparent })
    assert.deepEqual(server.requests.map(({ headers }) => headers.authorization), ['Basic x', 'Basic x'])
    assert.equal(server.requests[1]?.headers['traceparent'], traceparent)
  })

  it('for an operation that is not in the WSDL is Malformed, and is not sent', limit, async () => {
    await using server = await startWireServer(serving(() => shipments('')))
    await using wire = openSoapWire(settingsFor(server.url))
    for (const operation of ['DropShipments', 'describe', 'setEndpoint', 'constructor', 'wsdl', 'addListener', 'GetShipmentsAsync']) {
      await assert.rejects(wire.call(operation, {}, { signal: AbortSignal.timeout(1_000) }), Malformed, operation)
    }
    assert.deepEqual(server.requests.map(({ method }) => method), ['GET'])
  })
})

describe('an answer over SOAP', () => {
  const one = '<Shipment><ShipmentId>007</ShipmentId><StatusText>在途 &lt;&amp;&gt;</StatusText><Eta>2024-05-01T08:00:00</Eta></Shipment>'

  it('keeps dates as text, and is a list where the WSDL says so', limit, async () => {
    const { answer } = await exchange(shipments(one))
    const row = { ShipmentId: '007', StatusText: '在途 <&>', Eta: '2024-05-01T08:00:00' }
    assert.deepEqual(structuredClone(answer), { GetShipmentsResult: { Shipment: [row] } })
  })

  it('has null for xsi:nil', limit, async () => {
    const nil = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
    const { answer } = await exchange(shipments(`<Shipment><ShipmentId>1</ShipmentId><CustomerRef ${nil}/></Shipment>`))
    assert.deepEqual(structuredClone(answer), { GetShipmentsResult: { Shipment: [{ ShipmentId: '1', CustomerRef: null }] } })
  })

  it('in version 1.2 reads alike', limit, async () => {
    const body = `<GetShipmentsResponse xmlns="http://tempuri.org/"><GetShipmentsResult>${one}</GetShipmentsResult></GetShipmentsResponse>`
    const { answer } = await exchange(envelope(body, '1.2'), '1.2')
    assert.equal(JSON.stringify(answer).includes('"Eta":"2024-05-01T08:00:00"'), true)
  })

  it('is Malformed for HTML, for nothing, for what is cut, and for another XML, with 200', limit, async () => {
    const html = { headers: { 'content-type': 'text/html' }, body: '<html><body>maintenance</body></html>' }
    for (const reply of [html, {}, xml('<e:Envelope><e:Body>'), xml('<r/>'), envelope(''), xml(Buffer.from([0x3c, 0xff, 0x3e]))]) {
      await assert.rejects(exchange(reply), Malformed)
    }
  })

  it('is Malformed with a document type and with levels without an end', limit, async () => {
    await assert.rejects(exchange(xml(`<!DOCTYPE x [<!ENTITY a "ha">]>${String(shipments('&a;').body)}`)), Malformed)
    await assert.rejects(exchange(shipments('<a>'.repeat(20_000) + '</a>'.repeat(20_000))), Malformed)
  })

  it('is Faulted for HTML with 500 and 503', limit, async () => {
    const html = { headers: { 'content-type': 'text/html' }, body: '<h1>down' }
    for (const status of [500, 503]) await assert.rejects(exchange({ status, ...html }), Faulted)
  })

  it('that is a fault is Faulted or SoapRefused by whose it is, with 500, 400 and 200', limit, async () => {
    const faults = {
      '1.1': (code: string) => `<e:Fault><faultcode>e:${code}</faultcode><faultstring>because</faultstring></e:Fault>`,
      '1.2': (code: string) =>
        `<e:Fault><e:Code><e:Value>e:${code}</e:Value></e:Code><e:Reason><e:Text xml:lang="en">because</e:Text></e:Reason></e:Fault>`,
    }
    for (const [version, server, client] of [['1.1', 'Server', 'Client'], ['1.2', 'Receiver', 'Sender']] as const) {
      for (const status of [500, 400, 200]) {
        const fault = (code: string) => exchange({ ...envelope(faults[version](code), version), status }, version)
        await assert.rejects(fault(server), Faulted)
        const isClients = (error: unknown) => error instanceof SoapRefused && error.faultCode === client && error.message.includes('because')
        await assert.rejects(fault(client), isClients)
      }
    }
  })

  it('that never comes ends with its caller', limit, async () => {
    await using server = await startWireServer(serving(() => undefined))
    await using wire = openSoapWire(settingsFor(server.url))
    const controller = new AbortController()
    const call = assert.rejects(wire.call('GetShipments', getShipments, { signal: controller.signal }), TimedOut)
    await until(() => server.requests.length === 2)
    const before = server.openSockets()
    controller.abort(new DOMException('late', 'TimeoutError'))
    await call
    // The connection that brought the WSDL may stay.
    await until(() => server.openSockets() < before)
  })
})

describe('the WSDL', () => {
  it('is read once, with the first call', limit, async () => {
    await using server = await startWireServer(serving(() => shipments('')))
    await using wire = openSoapWire(settingsFor(server.url))
    assert.equal(server.requests.length, 0)
    for (let n = 0; n < 2; n += 1) await wire.call('GetShipments', getShipments, { signal: patient() })
    assert.deepEqual(server.requests.map(({ method, url }) => `${method} ${url}`), [
      'GET /ShipmentService.asmx?wsdl', 'POST /ShipmentService.asmx', 'POST /ShipmentService.asmx',
    ])
  })

  it('is not read for a caller who has gone', limit, async () => {
    await using server = await startWireServer(serving(() => shipments('')))
    await using wire = openSoapWire(settingsFor(server.url))
    await assert.rejects(wire.call('GetShipments', getShipments, { signal: AbortSignal.abort() }), Cancelled)
    assert.equal(server.requests.length, 0)
  })

  it('may be a file', limit, async () => {
    await using server = await startWireServer(() => shipments(''))
    const path = new URL('../../demo/logistics.wsdl', import.meta.url).pathname
    await using wire = openSoapWire(settingsOf(`${server.url}/x`, { options: { wsdl: path } }))
    await wire.call('GetShipments', getShipments, { signal: patient() })
    assert.deepEqual(server.requests.map(({ method, url }) => `${method} ${url}`), ['POST /x'])
  })

  it('that has moved and comes back is read again', limit, async () => {
    const html = { headers: { 'content-type': 'text/html' }, body: '<html>' }
    const failing: Reply[] = [{ status: 404 }, { status: 500 }, html, xml('<r/>'), xml(wsdl.slice(0, 900))]
    await using server = await startWireServer(({ method }) => (method === 'POST' ? shipments('') : (failing.shift() ?? xml(wsdl))))
    await using wire = openSoapWire(settingsFor(server.url))
    const names: string[] = []
    const call = () => wire.call('GetShipments', getShipments, { signal: AbortSignal.timeout(1_000) })
    for (let n = 0; n < 5; n += 1) await assert.rejects(call(), (error) => error instanceof Error && names.push(error.name) > 0)
    assert.deepEqual(names, ['Refused', 'Faulted', 'Malformed', 'Malformed', 'Malformed'])
    await call()
  })

  it('is read once for calls at the same time, and none suffers where the first gives up', limit, async () => {
    const go = Promise.withResolvers<undefined>()
    await using server = await startWireServer(async ({ method }) => {
      if (method === 'POST') return shipments('')
      await go.promise
      return xml(wsdl)
    })
    await using wire = openSoapWire(settingsFor(server.url))
    const controller = new AbortController()
    const first = wire.call('GetShipments', getShipments, { signal: controller.signal })
    const second = wire.call('GetShipments', getShipments, { signal: patient() })
    await until(() => server.requests.length === 1)
    controller.abort(new Error('gone'))
    await assert.rejects(first, Cancelled)
    go.resolve(undefined)
    await second
    assert.deepEqual(server.requests.map(({ method }) => method), ['GET', 'POST'])
  })

  it('may not import from another origin, which is never asked', limit, async () => {
    await using elsewhere = await startWireServer(() => xml(wsdl))
    const imports = [`<wsdl:import namespace="urn:other" location="${elsewhere.url}/more.wsdl"/><wsdl:types>`]
    imports.push(`<wsdl:types><s:schema><s:import namespace="urn:x" schemaLocation="${elsewhere.url}/x.xsd"/></s:schema>`)
    for (const added of imports) {
      await using server = await startWireServer(({ method }) => (method === 'POST' ? shipments('') : xml(wsdl.replace('<wsdl:types>', added))))
      await using wire = openSoapWire(settingsFor(server.url))
      await assert.rejects(wire.call('GetShipments', getShipments, { signal: AbortSignal.timeout(1_000) }), Malformed)
    }
    assert.equal(elsewhere.requests.length, 0)
  })

  it('may not import a file of this machine', limit, async () => {
    const path = new URL('../../demo/logistics.wsdl', import.meta.url)
    for (const location of [path.pathname, path.href]) {
      const added = `<wsdl:import namespace="urn:other" location="${location}"/><wsdl:types>`
      const tampered = xml(wsdl.replace('<wsdl:types>', added))
      await using server = await startWireServer(({ method, url }) =>
        method === 'POST' ? shipments('') : url.endsWith('?wsdl') ? tampered : { status: 404 })
      await using wire = openSoapWire(settingsFor(server.url))
      await assert.rejects(wire.call('GetShipments', getShipments, { signal: AbortSignal.timeout(1_000) }), BackendFailure)
    }
  })
})
