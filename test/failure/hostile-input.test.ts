import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { strict } from '../kit/asking.ts'
import { quickFuse, startRunningHub } from '../kit/running-hub.ts'
import type { RunningHub } from '../kit/running-hub.ts'
import { signToken } from '../../gateway/token-signing.ts'

/* Every input is hostile or broken until it has been parsed: a clear error, and the hub goes on. */

const state: { hub: RunningHub | null } = { hub: null }

const theHub = (): RunningHub => {
  assert.ok(state.hub)
  return state.hub
}

before(async () => {
  state.hub = await startRunningHub({ transport: 'in-process' })
})

after(async () => {
  await state.hub?.[Symbol.asyncDispose]()
})

/** The hub still answers whole. */
const isWell = async () => {
  const { data, errors } = await theHub().ask('{ customer(id: "C-1001") { known } }')
  assert.deepEqual([data, errors], [{ customer: { known: true } }, []])
}

const many = (count: number, write: (index: number) => string) => Array.from({ length: count }, (_, index) => write(index)).join(' ')

const multiplying = () =>
  `{ ...F0 } ${many(30, (index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`)} fragment F30 on Query { __typename }`

const deep = (depth: number) => `{ order(id: "x") { ${'customer { orders { nodes { '.repeat(depth)} id ${'} } } '.repeat(depth)} } }`

const documents: readonly { readonly what: string; readonly query: string; readonly code: string }[] = [
  { what: 'malformed GraphQL', query: '{ customer(id: ', code: 'GRAPHQL_PARSE_FAILED' },
  { what: 'an unknown field', query: '{ customer(id: "C-1001") { salary } }', code: 'GRAPHQL_VALIDATION_FAILED' },
  { what: 'a depth of 100', query: deep(33), code: 'GRAPHQL_VALIDATION_FAILED' },
  { what: '10,000 aliases', query: `{ ${many(10_000, (index) => `a${index}: __typename`)} }`, code: 'GRAPHQL_PARSE_FAILED' },
  { what: '200 aliases', query: `{ customer(id: "C-1001") { ${many(200, (index) => `a${index}: known`)} } }`, code: 'GRAPHQL_VALIDATION_FAILED' },
  { what: 'cyclic fragments', query: '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }', code: 'GRAPHQL_VALIDATION_FAILED' },
  { what: 'fragments that multiply', query: multiplying(), code: 'GRAPHQL_VALIDATION_FAILED' },
  { what: 'a fragment that nobody uses', query: '{ __typename } fragment A on Query { __typename }', code: 'GRAPHQL_VALIDATION_FAILED' },
  { what: 'a subscription', query: 'subscription { fuseChanged { id } }', code: 'GRAPHQL_VALIDATION_FAILED' },
  { what: 'two operations and no name', query: 'query A { __typename } query B { __typename }', code: 'OPERATION_RESOLUTION_FAILURE' },
  { what: 'federation\'s own entrance', query: '{ _entities(representations: []) { __typename } }', code: 'GRAPHQL_VALIDATION_FAILED' },
  { what: 'deep introspection', query: `{ __schema { types { ${'fields { type { '.repeat(8)} name ${'} } '.repeat(8)} } } }`, code: 'GRAPHQL_VALIDATION_FAILED' },
]

describe('a document', () => {
  for (const { what, query, code } of documents) {
    it(`that is or has ${what} is refused with ${code}`, async () => {
      const { errors, data } = await theHub().ask(query)
      assert.equal(errors[0]?.extensions['code'], code, JSON.stringify(errors.slice(0, 2)))
      assert.equal(data, undefined)
      await isWell()
    })
  }

  it('may use names such as __proto__ and constructor as aliases', async () => {
    const { data, errors } = await theHub().ask('{ constructor: customer(id: "C-1001") { toString: known } }')
    assert.deepEqual([data, errors], [{ constructor: { toString: true } }, []])
  })
})

describe('an argument', () => {
  const refused = async (query: string, variables: Readonly<Record<string, unknown>> = {}) => {
    const { errors, text } = await theHub().ask(query, { variables })
    assert.equal(errors[0]?.extensions['code'], 'BAD_USER_INPUT', text.slice(0, 500))
    await isWell()
  }

  it('of a wrong type is refused', () => refused('query ($id: ID!) { customer(id: $id) { known } }', { id: { a: 1 } }))
  it('that is missing is refused', () => refused('query ($id: ID!) { customer(id: $id) { known } }'))
  it('first: -1 is refused', () => refused('{ orders(first: -1) { nodes { id } } }'))
  it('first: 2147483647 is refused', () => refused('{ orders(first: 2147483647) { nodes { id } } }'))
  it('that is a time without a zone is refused', async () => {
    const { errors } = await theHub().ask('query ($at: DateTime) { orders(placedAfter: $at) { nodes { id } } }', { variables: { at: '2026-01-01 10:00' } })
    assert.equal(errors[0]?.extensions['code'], 'BAD_USER_INPUT')
  })

  for (const forged of ['', 'x', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', '../../etc/passwd', 'x'.repeat(50_000)]) {
    it(`after: a forged cursor of ${forged.length} characters is refused`, () => refused('query ($after: String) { orders(after: $after) { nodes { id } } }', { after: forged }))
  }

  it('after: a cursor of another list is refused', async () => {
    const query = 'query ($status: OrderStatus, $after: String) { orders(status: $status, first: 2, after: $after) { pageInfo { endCursor } } }'
    const { data } = await theHub().ask(query)
    const after = /"endCursor":"([\w-]+)"/.exec(JSON.stringify(data))?.[1]
    assert.ok(after)
    await refused(query, { status: 'PAID', after })
  })

  for (const id of ['../orders', 'SO-1?x=1', 'a\nb', 'a\0b', '\u202eabc', 'x'.repeat(100_000), '😀', "' or 1=1 --", '<x/>', ']]>', '%2e%2e']) {
    it(`id: ${JSON.stringify(id.slice(0, 20))} is an id that does not exist, for every backend`, async () => {
      const query = 'query ($id: ID!) { order(id: $id) { known shipments { id } } customer(id: $id) { known } shipment(id: $id) { id } article(id: $id) { title } }'
      const { data, errors, text } = await theHub().ask(query, { variables: { id }, headers: strict })
      assert.deepEqual(errors, [], text.slice(0, 500))
      assert.deepEqual(data, { order: { known: false, shipments: [] }, customer: { known: false }, shipment: null, article: null })
      await isWell()
    })
  }
})

const post = async (body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}) => {
  const { url, secrets } = theHub()
  const authorization = `Bearer ${await signToken(secrets.secret, { role: 'agent', name: 'agent-1' })}`
  const answer = await fetch(url, { method: 'POST', headers: { authorization, 'content-type': 'application/json', ...headers }, body })
  return { status: answer.status, text: await answer.text() }
}

describe('a body', () => {
  const refused = async (body: string | Uint8Array<ArrayBuffer>, status: number, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await post(body, headers)
    assert.equal(answer.status, status, answer.text.slice(0, 300))
    assert.match(answer.text, /"code":"(BAD_REQUEST|INTERNAL_SERVER_ERROR|GRAPHQL_VALIDATION_FAILED)"/)
    assert.doesNotMatch(answer.text, /INTERNAL_SERVER_ERROR| at .*\.ts/)
    await isWell()
  }

  it('of 5 MB is refused', () => refused(JSON.stringify({ query: `{ __typename } #${'x'.repeat(5_000_000)}` }), 413))
  it('that is a batch of 1,000 is refused', () => refused(JSON.stringify(Array.from({ length: 1_000 }, () => ({ query: '{ __typename }' }))), 400))
  it('that is not UTF-8 is refused', () => refused(new Uint8Array([...Buffer.from('{"query":"{ a'), 0xff, 0xfe, ...Buffer.from('"}')]), 400))
  it('that is not JSON is refused', () => refused('{"query":', 400))
  it('that is JSON of another shape is refused', () => refused('"hello"', 400))
  it('that is empty is refused', () => refused('', 400))
  it('that is XML is refused', () => refused('<query/>', 415, { 'content-type': 'application/xml' }))
  it('whose query is a number is refused', () => refused('{"query":1}', 400))
})

/** A backend that answers whatever it likes. */
const startLiar = async (answer: (response: ServerResponse) => void) => {
  const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const laughs = `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><response><code>&b;</code></response>`

const endless = (response: ServerResponse) => {
  const write = () => {
    while (!response.destroyed && response.write('<x>'.repeat(20_000)));
  }
  response.setHeader('content-type', 'text/xml').on('drain', write)
  write()
}

const lies: readonly { readonly what: string; readonly answer: (response: ServerResponse) => void }[] = [
  { what: 'HTML', answer: (response) => void response.setHeader('content-type', 'text/html').end('<html><body>Welcome<br></html>') },
  { what: 'a billion laughs', answer: (response) => void response.setHeader('content-type', 'text/xml').end(laughs) },
  { what: 'an endless body', answer: endless },
  { what: 'nothing at all', answer: (response) => void response.end() },
  { what: 'a redirect to another host', answer: (response) => void response.writeHead(302, { location: 'http://192.0.2.1/' }).end() },
]

describe('a backend that answers', () => {
  for (const { what, answer } of lies) {
    it(`${what} costs its own fields, as BACKEND_MALFORMED`, async () => {
      await using liar = await startLiar(answer)
      await using hub = await startRunningHub({
        transport: 'in-process',
        fuse: { ...quickFuse, timeoutMs: 5_000, breaker: { openMs: 6_000 } },
        backends: { crm: { protocol: 'form', url: liar.url, charset: 'gbk', maxResponseBytes: 1_000_000 } },
      })
      const { data, errors } = await hub.ask('{ customer(id: "C-1001") { profile { name } orders(first: 1) { nodes { known } } } }')
      assert.deepEqual(data, { customer: { profile: null, orders: { nodes: [{ known: true }] } } })
      assert.deepEqual(errors.map(({ extensions }) => extensions['code']), ['BACKEND_MALFORMED'])
    })
  }
})
