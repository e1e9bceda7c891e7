import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { loadConfig } from '../../gateway/config.ts'
import { startSmallHub } from '../kit/small-hub.ts'
import type { SmallHub, SmallSubgraph } from '../kit/small-hub.ts'

const everybody = '@allow(roles: [VISITOR, AGENT, ANALYST, ADMIN])'

const subgraphs: readonly SmallSubgraph[] = [
  {
    name: 'shelf',
    sdl: `type Query { books: [Book] ${everybody} must: Book! ${everybody} say(n: Int!): Int ${everybody} secret: Int @allow(roles: [ADMIN]) } type Book @key(fields: "id") { id: ID! title: String ${everybody} }`,
    resolvers: { Query: { books: () => [{ id: '1' }, null, { id: '2' }, { id: '1' }], must: () => null, say: (_: unknown, { n }: { n: number }) => n }, Book: { title: ({ id }: { id: string }) => (id === '2' ? Promise.reject(new Error('a page is missing')) : `title ${id}`) } },
  },
  {
    name: 'stock',
    sdl: `type Book @key(fields: "id") { id: ID! left: Int ${everybody} } type Query { none: Int ${everybody} }`,
    resolvers: { Book: { __resolveReference: ({ id }: { id: string }) => ({ id }), left: ({ id }: { id: string }) => (id === '1' ? 4 : Promise.reject(new Error('not counted'))) } },
  },
]

const queries: readonly (readonly [query: string, variables?: Record<string, unknown>])[] = [
  ['{ books { id title left } }'],
  ['{ must { id } none }'],
  ['query ($n: Int!) { say(n: $n) }', { n: 3 }],
  ['query ($n: Int!) { say(n: $n) }', { n: 'three' }],
  ['query ($n: Int!) { say(n: $n) }'],
  ['{ secret none }'],
  ['{ nothing }'],
  ['query A { none } query B { none }'],
  ['{ __typename __schema { queryType { name } } books { __typename id } }'],
  ['query ($x: Boolean = true) { books { id @skip(if: $x) left } }', { x: null }],
]

for (const transport of ['in-process', 'http'] as const) {
  describe(`both executors, with subgraphs ${transport}`, () => {
    let ours: SmallHub
    let stock: SmallHub
    before(async () => {
      ours = await startSmallHub(subgraphs, { transport })
      stock = await startSmallHub(subgraphs, { transport, executor: 'apollo' })
    })
    after(async () => {
      await ours[Symbol.asyncDispose]()
      await stock[Symbol.asyncDispose]()
    })

    for (const [query, variables] of queries) {
      it(`answer alike: ${query} ${JSON.stringify(variables ?? {})}`, async () => {
        const opt = variables ? { variables } : {}
        const [own, theirs] = [await ours.ask(query, opt), await stock.ask(query, opt)]
        const told = ({ data, errors, status }: typeof own) => ({
          data, status,
          errors: errors.map(({ message, path, locations, extensions: { requestId: _, ...extensions } }) => JSON.stringify({ message, path, locations, extensions })).toSorted(),
        })
        assert.deepEqual(told(own), told(theirs))
      })
    }
  })
}

describe('the executor of a hub', () => {
  const executorOf = (env: Record<string, string>) => loadConfig({ env, cwd: import.meta.dirname }).executor

  it('is ours, unless its environment says otherwise', () => {
    assert.equal(executorOf({}), 'compiled')
    assert.equal(executorOf({ FUSEBOARD_EXECUTOR: 'apollo' }), 'apollo')
    assert.throws(() => executorOf({ FUSEBOARD_EXECUTOR: 'none' }), /FUSEBOARD_EXECUTOR: expected one of compiled, apollo/)
  })
})
