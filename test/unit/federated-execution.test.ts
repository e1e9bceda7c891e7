import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OperationTypeNode, parse } from 'graphql'
import pino from 'pino'
import type { CompiledOperation } from '../../gateway/execution/compile.ts'
import { askPatiently } from '../../gateway/execution/patience.ts'
import { openPlanCache } from '../../gateway/execution/plan-cache.ts'
import type { Ask, AskSubgraph } from '../../gateway/execution/run.ts'
import { openSupergraph } from '../../gateway/supergraph.ts'
import type { Transport } from '../../gateway/transport.ts'
import { shareFetches } from '../../gateway/execution/sharing.ts'
import type { FetchResult } from '../../gateway/fetch-result.ts'
import type { Caller, RequestContext } from '../../subgraphs/context.ts'
import { openRig } from '../kit/federation/differential.ts'
import { compose } from '../kit/federation/schemas.ts'
import type { Answer, Asking } from '../kit/federation/subgraphs.ts'

const caller: Caller = { id: 'a', name: 'a', role: 'AGENT', departments: [], customerId: null, verified: true, issuedAt: 0 }

const contextOf = (opt: Partial<RequestContext> = {}): RequestContext => ({
  caller, signal: new AbortController().signal, deadlineAt: 0, freshness: { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false }, requestId: 'r', log: pino({ level: 'silent' }), ...opt,
})

const document = parse('{ a }')
const ask = (opt: Partial<Ask> = {}): Ask => ({ service: 's', document, text: '{ a }', operationName: undefined, variables: {}, path: [], entities: null, kind: OperationTypeNode.QUERY, ...opt })

/** A subgraph that answers when it is told to. */
const openSlow = () => {
  const asked: { readonly context: RequestContext; readonly answer: (data: Record<string, unknown>) => void }[] = []
  const slow: AskSubgraph = (_, context) => new Promise((resolve) => asked.push({ context, answer: (data) => resolve({ data, degraded: [] }) }))
  return { asked, slow }
}

describe('where an error of a fetch is in the answer', () => {
  const sdl = compose([
    { name: 'shelf', sdl: 'type Query { items: [Item] } union Item = Book | Paper type Book @key(fields: "id") { id: ID! } type Paper @key(fields: "id") { id: ID! }' },
    { name: 'stock', sdl: 'type Paper @key(fields: "id") { id: ID! left: Int constructor: Int } type Query { none: Int }' },
  ])
  const rig = openRig(sdl)
  const run = (query: string, subgraphs: (asking: Asking) => Answer) => rig.run(rig.plan(parse(query)), {}, subgraphs)
  const items = [{ __typename: 'Book', id: '1' }, { __typename: 'Book', id: '2' }, { __typename: 'Paper', id: '3' }, { __typename: 'Paper', id: '3' }]
  const subgraphs = ({ service, variables }: Asking): Answer => {
    if (service === 'shelf') return { data: { items } }
    const { representations } = variables
    assert.ok(Array.isArray(representations))
    return { data: { _entities: representations.map(() => null) }, errors: [{ message: 'stock 1 is down', path: ['_entities', 0, 'left'], extensions: { code: 'FUSE_OPEN' } }] }
  }

  it('is that of each entity that was asked about, and of no other', async () => {
    const { ours, stock } = await run('{ items { ... on Paper { left } } }', subgraphs)
    assert.deepEqual(ours.errors.map(({ path }) => path), [['items', 2, 'left'], ['items', 3, 'left']])
    // The stock executor takes the position among those that it asked about for one among all.
    assert.deepEqual(stock.errors.map(({ path }) => path), [['items', 0, 'left']])
    assert.equal(ours.data, stock.data)
  })

  it('asks about the same entity once', async () => {
    const counts: number[] = []
    await run('{ items { ... on Paper { left } } }', (asking) => {
      if (Array.isArray(asking.variables['representations'])) counts.push(asking.variables['representations'].length)
      return subgraphs(asking)
    })
    assert.deepEqual(counts, [2, 1])
  })

  it('takes names of JavaScript for what they are', async () => {
    const { ours, stock } = await run('{ __proto__: items { ... on Paper { constructor toString: left __typename } } }', ({ service, variables }) => {
      if (service === 'shelf') return { data: JSON.parse(`{"__proto__": ${JSON.stringify(items)}}`) }
      return { data: { _entities: Array.isArray(variables['representations']) ? variables['representations'].map(() => ({ constructor: 1, toString: 2 })) : [] } }
    })
    const paper = '{"constructor":1,"toString":2,"__typename":"Paper"}'
    assert.equal(ours.data, `{"__proto__":[{},{},${paper},${paper}]}`)
    assert.equal(stock.data, ours.data)
    assert.equal(Reflect.get({}, 'items'), undefined)
  })
})

describe('fetches that are the same', () => {
  it('are one fetch, and each asker has an answer of their own', async () => {
    const { asked, slow } = openSlow()
    const shared = shareFetches(slow)
    const both = [shared(ask(), contextOf()), shared(ask(), contextOf())]
    assert.equal(asked.length, 1)
    asked[0]?.answer({ a: { b: 1 } })
    const [one, other] = await Promise.all(both)
    assert.deepEqual(one, other)
    assert.notEqual(one?.data?.['a'], other?.data?.['a'])
    void shared(ask(), contextOf())
    assert.equal(asked.length, 2, 'what has been answered is not asked for again by chance')
  })

  const others: Readonly<Record<string, readonly [Partial<Ask>, Partial<RequestContext>]>> = {
    'another caller': [{}, { caller: { ...caller, id: 'b' } }],
    'other rights': [{}, { caller: { ...caller, departments: ['hr'] } }],
    'another freshness': [{}, { freshness: { maxAgeMs: 1, staleIfErrorMs: 0, onlyIfCached: false } }],
    'other variables': [{ variables: { x: 1 } }, {}],
    'another text': [{ text: '{ b }' }, {}],
    'another subgraph': [{ service: 't' }, {}],
  }
  for (const [name, [asking, context]] of Object.entries(others)) {
    it(`are not those with ${name}`, () => {
      const { asked, slow } = openSlow()
      const shared = shareFetches(slow)
      void shared(ask(), contextOf())
      void shared(ask(asking), contextOf(context))
      assert.equal(asked.length, 2)
    })
  }

  it('are not those that were begun before a change of the caller', async () => {
    const { asked, slow } = openSlow()
    const shared = shareFetches(slow)
    void shared(ask(), contextOf())
    const change = shared(ask({ kind: OperationTypeNode.MUTATION, text: 'mutation { a }' }), contextOf())
    void shared(ask(), contextOf())
    assert.equal(asked.length, 3, 'begun before the change')
    asked[1]?.answer({})
    await change
    void shared(ask(), contextOf())
    assert.equal(asked.length, 4, 'begun before the change was carried out')
  })

  it('are not those of an event that has happened since', () => {
    const { asked, slow } = openSlow()
    const shared = shareFetches(slow)
    void shared(ask(), contextOf())
    void shared(ask({ kind: OperationTypeNode.SUBSCRIPTION }), contextOf())
    assert.equal(asked.length, 2)
  })

  it('are asked for again where whoever began them hangs up', async () => {
    const { asked, slow } = openSlow()
    const shared = shareFetches(slow)
    const first = new AbortController()
    void shared(ask(), contextOf({ signal: first.signal }))
    const second = shared(ask(), contextOf())
    first.abort()
    asked[0]?.answer({ a: null })
    while (asked.length < 2) await Promise.resolve()
    asked[1]?.answer({ a: 1 })
    assert.deepEqual((await second).data, { a: 1 })
  })
})

describe('a subgraph that does not answer', () => {
  const givenUp: FetchResult = { data: null, degraded: [], errors: [{ message: 'given up' }] }
  const never: AskSubgraph = () => new Promise(() => undefined)

  it('is given up when the budget is spent', async () => {
    const request = new AbortController()
    const answer = askPatiently(never, () => givenUp)(ask(), contextOf({ signal: request.signal }))
    request.abort(new DOMException('late', 'TimeoutError'))
    assert.equal(await answer, givenUp)
  })

  it('may say what it knows when it is told that the budget is spent', async () => {
    const { asked, slow } = openSlow()
    const request = new AbortController()
    const answer = askPatiently(slow, () => givenUp)(ask(), contextOf({ signal: request.signal }))
    request.abort(new DOMException('late', 'TimeoutError'))
    asked[0]?.answer({ a: 1 })
    assert.deepEqual((await answer).data, { a: 1 })
  })

  it('is not asked for a client who has hung up', async () => {
    const { asked, slow } = openSlow()
    const request = new AbortController()
    request.abort(new DOMException('gone', 'AbortError'))
    assert.equal(await askPatiently(slow, () => givenUp)(ask(), contextOf({ signal: request.signal })), givenUp)
    assert.equal(asked.length, 0)
  })
})

describe('the cache of plans', () => {
  const compiled = (bytes: number): CompiledOperation => ({ kind: OperationTypeNode.QUERY, bytes, checkVariables: () => [], execute: () => Promise.reject(new Error('not to be run')) })
  const openCounted = (maxBytes: number) => {
    const planned: (string | undefined)[] = []
    const cache = openPlanCache({ maxBytes, plan: (_, operationName) => (planned.push(operationName), compiled(1_000)) })
    return { cache, planned, find: (hash: string, operationName?: string) => cache.find({ hash, document, operationName }) }
  }

  it('plans an operation once', () => {
    const { planned, find } = openCounted(10_000)
    assert.equal(find('one', 'A').isKnown, false)
    assert.equal(find('one', 'A').isKnown, true)
    assert.equal(find('one', 'B').isKnown, false)
    assert.deepEqual(planned, ['A', 'B'])
  })

  it('keeps no more than its bytes, whatever is asked', () => {
    const { cache, find } = openCounted(10_000)
    for (let index = 0; index < 10_000; index += 1) find(`operation ${index}`)
    assert.ok(cache.bytes <= 10_000)
    assert.equal(find('operation 9999').isKnown, true)
    assert.equal(find('operation 0').isKnown, false)
  })

  it('knows what was asked for most often', () => {
    const { cache, find } = openCounted(10_000)
    for (const hash of ['a', 'b', 'b', 'c', 'b', 'c']) find(hash)
    assert.deepEqual(cache.busiest(2).map(({ hash }) => hash), ['b', 'c'])
  })
})

describe('a new supergraph', () => {
  const sdlOf = (fields: string) => compose([{ name: 'one', sdl: `type Query { ${fields} }` }])
  const opened = async () => {
    const transport: Transport = { kind: 'in-process', fetch: async () => ({ data: { a: 1 }, degraded: [] }), subscribe: () => Promise.reject(new Error('none')), [Symbol.asyncDispose]: async () => undefined }
    const supergraph = openSupergraph({ supergraphSdl: sdlOf('a: Int b: Int'), transports: new Map([['one', transport]]), traced: false, log: pino({ level: 'silent' }) })
    await supergraph.load({})
    return supergraph
  }
  const asking = (text: string) => ({ hash: text, document: parse(text), operationName: undefined })

  it('has the busiest operations planned when it is swapped in, but for those that it has no more', async () => {
    const supergraph = await opened()
    for (const text of ['{ a }', '{ b }']) supergraph.plans().find(asking(text))
    await supergraph.prepare(sdlOf('a: Int c: Int'))
    assert.equal(supergraph.plans().find(asking('{ b }')).isKnown, true, 'the old one is there until then')
    supergraph.swap(sdlOf('a: Int c: Int'))
    assert.equal(supergraph.plans().find(asking('{ a }')).isKnown, true)
    assert.throws(() => supergraph.plans().find(asking('{ b }')))
    await supergraph.stop()
  })

  it('that can\'t be read changes nothing', async () => {
    const supergraph = await opened()
    await assert.rejects(supergraph.prepare('type Query { a: Int }'))
    assert.equal(supergraph.plans().find(asking('{ a }')).isKnown, false)
    await supergraph.stop()
  })
})
