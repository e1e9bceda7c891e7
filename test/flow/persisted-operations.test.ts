import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { readOperationsManifest, sha256 } from '../../gateway/operations-manifest.ts'
import type { TokenClaims } from '../../gateway/token-signing.ts'
import { startRunningHub } from '../kit/running-hub.ts'
import type { RunningHub } from '../kit/running-hub.ts'

const file = fileURLToPath(new URL('../../console/operations.json', import.meta.url))
const texts = [...(await readOperationsManifest(file)).values()]
const textOf = (name: string): string => texts.find((text) => new RegExp(`^\\w+ ${name}\\b`).test(text)) ?? ''

const answer = z.object({ data: z.unknown().optional(), errors: z.array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }) })).default([]) })

type Sent = { readonly query?: string; readonly variables?: Readonly<Record<string, unknown>>; readonly extensions?: unknown }
type Outcome = { readonly status: number; readonly outcome: string; readonly message: string; readonly data: unknown }
type Ask = (hub: RunningHub, who: TokenClaims | null, sent: unknown) => Promise<Outcome>

const toOutcome = async (response: Response): Promise<Outcome> => {
  const { data, errors: [error] } = answer.parse(await response.json())
  return { status: response.status, outcome: error && !data ? error.extensions.code : 'ran', message: error?.message ?? '', data }
}

const headersOf = async (hub: RunningHub, who: TokenClaims | null) =>
  ({ 'content-type': 'application/json', ...(who ? { authorization: `Bearer ${await hub.token(who)}` } : {}) })

const post: Ask = async (hub, who, sent) => toOutcome(await fetch(hub.url, { method: 'POST', headers: await headersOf(hub, who), body: JSON.stringify(sent) }))

const get: Ask = async (hub, who, sent) => {
  const parameters = Object.entries(z.record(z.string(), z.unknown()).parse(sent))
    .map(([name, value]) => `${name}=${encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value))}`)
  return toOutcome(await fetch(`${hub.url}?${parameters.join('&')}`, { headers: await headersOf(hub, who) }))
}

const hashed = (sha256Hash: unknown) => ({ persistedQuery: { version: 1, sha256Hash } })
const byHash = (text: string): Sent => ({ extensions: hashed(sha256(text)) })
const byBoth = (text: string): Sent => ({ query: text, extensions: hashed(sha256(text)) })

const visitor: TokenClaims = { role: 'visitor', name: 'visitor-1', customer: 'C-1001' }
const agent: TokenClaims = { role: 'agent', name: 'agent-1' }
const callers: readonly TokenClaims[] = [visitor, agent, { role: 'analyst', name: 'analyst-1' }, { role: 'admin', name: 'admin-1' }]

const listed = textOf('OrderDetails')
const registered = 'query Registered($id: ID!) { order(id: $id) { id } }'
const order = { variables: { id: 'SO-none' } }
const notIn = 'PERSISTED_QUERY_NOT_IN_LIST'

type Way = readonly [name: string, sent: unknown, forVisitor: string, forOthers: string, onlyPost?: 'only POST']

const ways: readonly Way[] = [
  ['a listed operation by its hash', { ...byHash(listed), ...order }, 'ran', 'ran'],
  ['a listed operation in its text', { query: listed, ...order }, 'ran', 'ran'],
  ['a listed operation by both', { ...byBoth(listed), ...order }, 'ran', 'ran'],
  ['a listed operation with other whitespace', { query: `${listed}\n`, ...order }, notIn, 'ran'],
  ['a listed operation without its line breaks', { query: listed.replaceAll(/\s+/g, ' '), ...order }, notIn, 'ran'],
  ['another text', { query: '{ __typename }' }, notIn, 'ran'],
  ['a text that is not GraphQL', { query: '}' }, notIn, 'GRAPHQL_PARSE_FAILED'],
  ['a text that the schema does not know', { query: '{ nothing }' }, notIn, 'GRAPHQL_VALIDATION_FAILED'],
  ['introspection', { query: '{ __schema { queryType { name } } }' }, notIn, 'ran'],
  ['a hash that nobody registered', byHash('query Nobody { __typename }'), notIn, 'PERSISTED_QUERY_NOT_FOUND'],
  ['a hash that an agent registered', { ...byHash(registered), ...order }, notIn, 'ran'],
  ['the text that an agent registered', { query: registered, ...order }, notIn, 'ran'],
  ['a text with its hash', byBoth('query New { __typename }'), notIn, 'ran'],
  ['a text with the hash of another', { query: registered, extensions: hashed(sha256('x')), ...order }, 'BAD_REQUEST', 'BAD_REQUEST'],
  ['a text with the hash of a listed operation', { query: registered, extensions: hashed(sha256(listed)), ...order }, 'BAD_REQUEST', 'BAD_REQUEST'],
  ['a hash in capitals', { extensions: hashed(sha256(listed).toUpperCase()), ...order }, 'BAD_REQUEST', 'BAD_REQUEST'],
  ['a hash that is a list', { extensions: hashed([sha256(listed)]), ...order }, 'BAD_REQUEST', 'BAD_REQUEST'],
  ['a hash that is the name of a member of every object', { extensions: hashed('__proto__') }, 'BAD_REQUEST', 'BAD_REQUEST'],
  ['a hash of version 2', { extensions: { persistedQuery: { version: 2, sha256Hash: sha256(listed) } } }, 'BAD_REQUEST', 'BAD_REQUEST'],
  ['extensions that are none', { query: listed, extensions: 'x', ...order }, 'BAD_REQUEST', 'BAD_REQUEST'],
  ['neither text nor hash', { variables: {} }, notIn, 'BAD_REQUEST'],
  ['an empty text', { query: '' }, notIn, 'BAD_REQUEST'],
  ['a batch', [{ query: listed, ...order }], notIn, 'BAD_REQUEST', 'only POST'],
  ['a text of 1 MB', { query: `{ ${'a '.repeat(500_000)} }` }, notIn, 'GRAPHQL_PARSE_FAILED', 'only POST'],
  ['a text of 1 MB with its hash', byBoth(`{ ${'b '.repeat(500_000)} }`), notIn, 'GRAPHQL_PARSE_FAILED', 'only POST'],
]

describe('a hub that holds visitors to a list', () => {
  let hub: RunningHub
  before(async () => {
    hub = await startRunningHub({ transport: 'in-process', logLevel: 'info', persistedOperations: { file, only: ['VISITOR'] } })
    assert.equal((await post(hub, agent, { ...byBoth(registered), ...order })).outcome, 'ran')
  })
  after(() => hub[Symbol.asyncDispose]())

  for (const [name, sent, forVisitor, forOthers, onlyPost] of ways) {
    for (const [method, ask] of [['POST', post], ['GET', get]] as const) {
      if (onlyPost && method === 'GET') continue
      it(`gives for ${name} over ${method} a visitor ${forVisitor} and everybody else ${forOthers}`, async () => {
        const outcomes = await Promise.all(callers.map(async (who) => (await ask(hub, who, sent)).outcome))
        assert.deepEqual(outcomes, [forVisitor, forOthers, forOthers, forOthers])
      })
    }
  }

  it('runs the listed text: the variables are the caller’s, the answer is that of the text sent', async () => {
    const id = z.object({ orders: z.object({ nodes: z.array(z.object({ id: z.string() })).min(1) }) })
      .parse((await post(hub, agent, { ...byHash(textOf('FindOrders')), variables: { customerId: 'C-1001', first: 1 } })).data).orders.nodes[0]?.id
    const answers = await Promise.all([byHash(listed), { query: listed }, byBoth(listed)].map((sent) => post(hub, visitor, { ...sent, variables: { id } })))
    const source = / "(fetchedAt|ageMs)": [^\n]+/g
    const [first, ...others] = answers.map(({ data }) => JSON.stringify(data, null, 1).replaceAll(source, ''))
    assert.match(first ?? '', new RegExp(`"id": "${id}"`))
    assert.deepEqual(others, [first, first])
  })

  it('tells a visitor with status 403 what is allowed, and nothing of what was sent', async () => {
    const { status, message } = await post(hub, visitor, { query: '{ secretField }' })
    assert.deepEqual([status, message], [403, 'the role of the caller may run only operations of the persisted list, in the very text that is listed'])
  })

  it('says with status 400 that a hash is not that of the query', async () => {
    const { status, message } = await post(hub, agent, { query: '{ __typename }', extensions: hashed(sha256(listed)) })
    assert.deepEqual([status, message], [400, 'extensions.persistedQuery.sha256Hash is not the hash of the query'])
  })

  it('logs and counts what it refused as it does any other request', async () => {
    await post(hub, visitor, { query: '{ nobodyReadsThis }' })
    const lines = hub.logged.filter((line) => line.includes(notIn) && line.includes('"role":"VISITOR"'))
    assert.ok(lines.length > 0)
    assert.ok(!hub.logged.some((line) => line.includes('nobodyReadsThis')))
    const metrics = await (await fetch(new URL('/metrics', hub.url))).text()
    assert.match(metrics, /fuseboard_request_duration_seconds_count\{type="none",outcome="errors"\} [1-9]/)
  })

  it('runs a listed mutation over POST alone', async () => {
    const variables = { input: { customerId: 'C-1001', text: 'hello', idempotencyKey: 'persisted-1' } }
    const mutation = { ...byHash(textOf('AddCustomerNote')), variables }
    const refused = await get(hub, agent, mutation)
    assert.deepEqual([refused.status, refused.outcome], [405, 'BAD_REQUEST'])
    assert.equal((await post(hub, agent, mutation)).outcome, 'ran')
  })

  it('refuses a registered mutation over GET', async () => {
    const mutation = byBoth('mutation Try { tryFuse(id: "test/crm") { id } }')
    const admin: TokenClaims = { role: 'admin', name: 'admin-1' }
    assert.equal((await post(hub, admin, mutation)).outcome, 'ran')
    const refused = await get(hub, admin, { extensions: mutation.extensions })
    assert.deepEqual([refused.status, refused.outcome], [405, 'BAD_REQUEST'])
  })

  it('asks a listed operation by GET for the header that no form of another site can send', async () => {
    const { authorization = '' } = await headersOf(hub, visitor)
    const url = `${hub.url}?${new URLSearchParams({ extensions: JSON.stringify(hashed(sha256(listed))), variables: '{"id":"SO-none"}' }).toString()}`
    const refused = await toOutcome(await fetch(url, { headers: { authorization } }))
    assert.deepEqual([refused.status, refused.outcome], [400, 'BAD_REQUEST'])
    assert.equal((await toOutcome(await fetch(url, { headers: { authorization, 'apollo-require-preflight': 'true' } }))).outcome, 'ran')
  })

  it('asks first who it is, whatever is sent', async () => {
    for (const sent of [byHash(listed), { query: '{ a }' }, { extensions: hashed(1) }]) {
      const { status, outcome } = await post(hub, null, sent)
      assert.deepEqual([status, outcome], [401, 'UNAUTHENTICATED'])
    }
  })

  it('does not register what exceeds a limit', async () => {
    const wide = `query Wide { ${Array.from({ length: 101 }, (_, i) => `a${i}: __typename`).join(' ')} }`
    assert.equal((await post(hub, agent, byBoth(wide))).outcome, 'GRAPHQL_VALIDATION_FAILED')
    assert.equal((await post(hub, agent, byHash(wide))).outcome, 'PERSISTED_QUERY_NOT_FOUND')
  })
})

describe('the limits of operations', () => {
  it('hold for listed and for registered ones', async () => {
    await using hub = await startRunningHub({ transport: 'in-process', limits: { depth: 2 }, persistedOperations: { file, only: ['VISITOR'] } })
    for (const sent of [byHash(listed), { query: listed }]) assert.equal((await post(hub, visitor, { ...sent, ...order })).outcome, 'GRAPHQL_VALIDATION_FAILED')
    assert.equal((await post(hub, agent, { ...byBoth(listed), ...order })).outcome, 'GRAPHQL_VALIDATION_FAILED')
  })
})

describe('a hub that keeps nothing for its clients', () => {
  it('says so, and runs the listed operations all the same', async () => {
    await using hub = await startRunningHub({ transport: 'in-process', persistedOperations: { file, cacheBytes: 0 } })
    for (const sent of [byHash(registered), byBoth(registered)]) assert.equal((await post(hub, agent, { ...sent, ...order })).outcome, 'PERSISTED_QUERY_NOT_SUPPORTED')
    for (const who of callers) assert.equal((await post(hub, who, { ...byHash(listed), ...order })).outcome, 'ran')
    assert.equal((await post(hub, visitor, { query: '{ __typename }' })).outcome, 'ran')
  })
})

describe('a hub that is told of no list', () => {
  it('registers for every role, within its bytes', async () => {
    await using hub = await startRunningHub({ transport: 'in-process', persistedOperations: { cacheBytes: 1_000 } })
    for (const who of callers) assert.equal((await post(hub, who, { ...byHash(listed), ...order })).outcome, 'PERSISTED_QUERY_NOT_FOUND')
    const [first, second] = ['query A { __typename }', `query B { __typename } #${'x'.repeat(250)}`]
    assert.equal((await post(hub, visitor, byBoth(first))).outcome, 'ran')
    assert.equal((await post(hub, agent, byHash(first))).outcome, 'ran')
    assert.equal((await post(hub, agent, byBoth(second))).outcome, 'ran')
    assert.equal((await post(hub, agent, byHash(first))).outcome, 'PERSISTED_QUERY_NOT_FOUND')
    assert.equal((await post(hub, agent, byHash(second))).outcome, 'ran')
    assert.equal((await post(hub, agent, byBoth(listed))).outcome, 'BAD_USER_INPUT')
    assert.equal((await post(hub, agent, byHash(listed))).outcome, 'PERSISTED_QUERY_NOT_FOUND')
  })
})

it('the manifest that is tested with is the committed one', async () => assert.ok((await readFile(file, 'utf8')).includes(sha256(listed))))
