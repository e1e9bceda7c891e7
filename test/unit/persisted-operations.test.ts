import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import pino from 'pino'
import { composeSupergraph } from '../../gateway/compose.ts'
import { ConfigError, loadConfig } from '../../gateway/config.ts'
import { openHttpDoor } from '../../gateway/http-door.ts'
import { openMetrics } from '../../gateway/metrics.ts'
import { readOperationsManifest, sha256 } from '../../gateway/operations-manifest.ts'
import { openPersistedOperations, openRegistered } from '../../gateway/persisted-operations.ts'
import { openSupergraph } from '../../gateway/supergraph.ts'
import type { Transport } from '../../gateway/transport.ts'
import { subgraphModules } from '../../subgraphs/index.ts'

let cwd = ''
before(async () => { cwd = await mkdtemp(path.join(tmpdir(), 'fuseboard-persisted-')) })
after(() => rm(cwd, { recursive: true, force: true }))

const mistakesOf = async (work: () => unknown): Promise<readonly string[]> => {
  try {
    await work()
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

const entry = (body: string, more: Readonly<Record<string, unknown>> = {}) => ({ id: sha256(body), name: 'A', type: 'query', body, ...more })
const manifestOf = (...operations: readonly unknown[]) => ({ format: 'apollo-persisted-query-manifest', version: 1, operations })
const good = entry('query A { __typename }')

type Case = readonly [what: string, content: unknown, expected: readonly string[]]

const cases: readonly Case[] = [
  ['no JSON', 'format: x', [': expected a manifest of persisted operations; found no JSON in UTF-8']],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), [': expected a manifest of persisted operations; found no JSON in UTF-8']],
  ['more than 16 MiB', ' '.repeat(16_777_217), [': expected a manifest of persisted operations of at most 16777216 bytes; found 16777217']],
  ['a list', [], [': expected a map']],
  ['another format', { ...manifestOf(good), format: 'relay' }, [': format: expected apollo-persisted-query-manifest']],
  ['another version', { ...manifestOf(good), version: 2 }, [': version: expected 1']],
  ['no operations', { ...manifestOf(), operations: {} }, [': operations: expected a list']],
  ['an operation without a text', manifestOf(good, { ...good, body: undefined }), [': operations.1.body: expected text']],
  ['an operation of no known type', manifestOf({ ...good, type: 'fragment' }), [': operations.0.type: expected query, mutation or subscription']],
  ['an id of its own', manifestOf({ ...good, id: 'A' }), [': operations.0.id: expected the SHA-256 of its body in lower-case hex; found another']],
  ['an operation twice', manifestOf(good, good), [': operations.1.id: expected each id once; found it again']],
  ['a text of another name', manifestOf(entry('query B { __typename }')), [': operations.0.body: expected one query of the name A; found another']],
  ['a text of another type', manifestOf(entry('mutation A { __typename }')), [': operations.0.body: expected one query of the name A; found another']],
  ['a text with two operations', manifestOf(entry('query A { __typename } query B { __typename }')), [': operations.0.body: expected one query of the name A; found another']],
  ['a text that is not GraphQL', manifestOf(entry('query A {')), [': operations.0.body: expected one query of the name A; found no GraphQL']],
]

describe('a manifest', () => {
  it('is read as texts by their hash, whatever else its maker put in', async () => {
    const file = path.join(cwd, 'good.json')
    await writeFile(file, JSON.stringify({ ...manifestOf({ ...good, clientName: 'console' }), generatedAt: 'now' }))
    assert.deepEqual([...(await readOperationsManifest(file))], [[good.id, good.body]])
  })

  for (const [what, content, expected] of cases) {
    it(`ends the start where it has ${what}, and says where`, async () => {
      const file = path.join(cwd, 'bad.json')
      await writeFile(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
      assert.deepEqual(await mistakesOf(() => readOperationsManifest(file)), expected.map((mistake) => `persistedOperations.file: ${file}${mistake}`))
    })
  }

  it('ends the start where there is none', async () => {
    const missing = path.join(cwd, 'missing.json')
    assert.deepEqual(await mistakesOf(() => readOperationsManifest(missing)), [`persistedOperations.file: ${missing}: expected a manifest of persisted operations; found none there`])
    assert.deepEqual(await mistakesOf(() => readOperationsManifest(cwd)), [`persistedOperations.file: ${cwd}: expected a manifest of persisted operations; found a directory`])
  })

  it('of many mistakes names the first twenty', async () => {
    const file = path.join(cwd, 'bad.json')
    await writeFile(file, JSON.stringify(manifestOf(...Array.from({ length: 50 }, (_, index) => ({ ...good, id: String(index) })))))
    assert.equal((await mistakesOf(() => readOperationsManifest(file))).length, 20)
  })
})

describe('the configuration of persisted operations', () => {
  const load = async (yaml: string) => {
    await writeFile(path.join(cwd, 'hub.yaml'), yaml)
    return loadConfig({ env: { FUSEBOARD_CONFIG: 'hub.yaml' }, cwd })
  }

  it('names its file from the working directory', async () => {
    const { persistedOperations } = await load('persistedOperations: { file: ./console/operations.json, only: [VISITOR] }')
    assert.deepEqual(persistedOperations, { file: path.join(cwd, 'console/operations.json'), only: ['VISITOR'], cacheBytes: 8_388_608 })
  })

  it('holds nobody to anything where it says nothing', async () => {
    const { persistedOperations } = await load('persistedOperations:')
    assert.deepEqual(persistedOperations, { only: [], cacheBytes: 8_388_608 })
  })

  const wrong: readonly (readonly [yaml: string, mistake: string])[] = [
    ['only: [VISITOR]', 'hub.yaml:1:1: persistedOperations.file: expected the file of the operations that the roles of `only` may run; found nothing'],
    ['file: a.json, only: [ADMIN, visitor]', 'hub.yaml:1:52: persistedOperations.only.1: expected one of VISITOR, AGENT, ANALYST, ADMIN; found "visitor"'],
    ['file: a.json, only: VISITOR', 'hub.yaml:1:44: persistedOperations.only: expected a list of roles; found "VISITOR"'],
    ['files: a.json', 'hub.yaml:1:24: persistedOperations.files: expected a known key; found "files": did you mean file?'],
    ['cacheBytes: -1', 'hub.yaml:1:36: persistedOperations.cacheBytes: expected a whole number from 0 to 1073741824; found -1'],
  ]
  for (const [yaml, mistake] of wrong) {
    it(`refuses ${yaml}`, async () => assert.deepEqual(await mistakesOf(() => load(`persistedOperations: { ${yaml} }`)), [mistake]))
  }
})

describe('what clients register', () => {
  it('is forgotten beyond its bytes, the least recently used first', async () => {
    const texts = openRegistered(100_000)
    for (let index = 0; index < 1_000; index += 1) {
      await texts.set(String(index), 'x'.repeat(1_000))
      await texts.get('0')
    }
    const kept = (await Promise.all(Array.from({ length: 1_000 }, (_, index) => texts.get(String(index))))).filter((text) => text !== undefined)
    assert.ok(kept.length > 30 && kept.length * 2_000 <= 100_000, String(kept.length))
    assert.deepEqual([typeof (await texts.get('0')), await texts.get('1')], ['string', undefined])
  })

  it('is not kept where it is larger than all of them may be', async () => {
    const texts = openRegistered(1_000)
    await texts.set('small', 'x')
    await texts.set('large', 'x'.repeat(1_000))
    assert.deepEqual([await texts.get('small'), await texts.get('large')], ['x', undefined])
  })
})

describe('the door', () => {
  it('reads the list anew for each request', async () => {
    const [a, b] = [entry('query A { __typename }'), entry('query B { __typename }')]
    let now = openPersistedOperations(new Map([[a.id, a.body]]), ['VISITOR'])
    const log = pino({ level: 'silent' })
    const none: Transport = { kind: 'in-process', fetch: async () => assert.fail('no subgraph is needed'), subscribe: async () => assert.fail('no subgraph is needed'), [Symbol.asyncDispose]: async () => {} }
    const transports = new Map(subgraphModules.map(({ name }) => [name, none]))
    await using door = await openHttpDoor({
      supergraph: openSupergraph({ supergraphSdl: composeSupergraph(), transports, traced: false, log }),
      authenticate: async () => ({ caller: { id: 'v', name: 'v', role: 'VISITOR', departments: [], customerId: null, verified: true, issuedAt: 0 }, expiresAt: Infinity }),
      settings: () => ({
        limits: { bodyBytes: 10_000, tokens: 100, depth: 5, aliases: 5, fields: 5, rootFields: 5, budgetMs: 1_000, introspection: false },
        freshness: { maxAgeMs: 0, staleIfErrorMs: 0 },
        persisted: now,
      }),
      registeredBytes: 10_000,
      metrics: openMetrics(),
      tracer: null,
      log,
    })
    const errorOf = async ({ id }: { readonly id: string }) => {
      const body = JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: id } } })
      const { body: text } = await door.app.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, body })
      return /"code":"(\w+)"/.exec(text)?.[1] ?? text.trim()
    }
    const [answer, refused] = ['{"data":{"__typename":"Query"}}', 'PERSISTED_QUERY_NOT_IN_LIST']
    assert.deepEqual([await errorOf(a), await errorOf(b)], [answer, refused])
    now = openPersistedOperations(new Map([[b.id, b.body]]), ['VISITOR'])
    assert.deepEqual([await errorOf(a), await errorOf(b)], [refused, answer])
    now = openPersistedOperations(new Map())
    assert.deepEqual([await errorOf(a), await errorOf(b)], ['PERSISTED_QUERY_NOT_FOUND', 'PERSISTED_QUERY_NOT_FOUND'])
  })
})
