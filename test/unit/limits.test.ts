import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildSchema, getIntrospectionQuery, parse, validate } from 'graphql'
import { limitsRule } from '../../gateway/limits.ts'
import type { Limits } from '../../gateway/limits.ts'

const schema = buildSchema('type Query { node: Node other: Node } type Node { id: ID node: Node }')

const limits: Limits = { bodyBytes: 0, tokens: 0, depth: 4, aliases: 3, fields: 10, rootFields: 2, budgetMs: 0, introspection: true }

/** What the rule alone says of a document. */
const check = (query: string, more: Partial<Limits> = {}) =>
  validate(schema, parse(query), [limitsRule({ ...limits, ...more })]).map(({ message, extensions }) => [message, extensions['code']])

const tooMuch = (what: string, found: number, limit: number) => [
  [`the operation has ${what} ${found}, and ${limit} is the limit`, 'GRAPHQL_VALIDATION_FAILED'],
]

const nested = (depth: number) => `${'{ node '.repeat(depth - 1)}{ id ${'}'.repeat(depth)}`

/** `levels` fragments, each of which spreads the next one twice. */
const multiplying = (levels: number) =>
  `{ ...F0 } ${Array.from({ length: levels }, (_, at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`).join(' ')} fragment F${levels} on Query { node { id } }`

describe('the limits of an operation', () => {
  it('let through what is exactly at each of them', () => {
    assert.deepEqual(check(nested(4)), [])
    assert.deepEqual(check('{ a: node { b: id c: id } }'), [])
    assert.deepEqual(check(`{ node { ${'id '.repeat(9)} } }`), [])
    assert.deepEqual(check('{ node { id } other { id } }'), [])
  })

  it('refuse what is one past each of them, and name it', () => {
    assert.deepEqual(check(nested(5)), tooMuch('a depth of', 5, 4))
    assert.deepEqual(check('{ a: node { b: id c: id d: id } }'), tooMuch('aliases:', 4, 3))
    assert.deepEqual(check(`{ node { ${'id '.repeat(10)} } }`), tooMuch('fields:', 11, 10))
    assert.deepEqual(check('{ node { id } other { id } again: node { id } }'), tooMuch('root fields:', 3, 2))
  })

  it('count what is in inline fragments and in fragments, as often as they are spread', () => {
    assert.deepEqual(check(`{ ... on Query { node { ... { node { node { node { id } } } } } } }`), tooMuch('a depth of', 5, 4))
    assert.deepEqual(check('{ node { ...F } other { ...F } } fragment F on Node { a: id b: id }'), tooMuch('aliases:', 4, 3))
    assert.deepEqual(check(`{ node { ...F ...F ...F } } fragment F on Node { id node { id node { id } } }`), tooMuch('fields:', 16, 10))
  })

  it('count each operation of a document by itself', () => {
    assert.deepEqual(check('query A { a: node { b: id } } query B { a: node { b: id } }'), [])
    assert.deepEqual(check(`query A { node { id } } query B ${nested(5)}`), tooMuch('a depth of', 5, 4))
  })

  it('measure fragments that multiply in no time, and refuse them', () => {
    const at = performance.now()
    const [found] = check(multiplying(200))
    assert.match(String(found?.[0]), /fields: .*e\+60/)
    assert.ok(performance.now() - at < 500, `${performance.now() - at} ms`)
  })

  it('end at fragments that are cyclic or missing, which other rules refuse', () => {
    assert.deepEqual(check('{ ...A } fragment A on Query { ...B node { id } } fragment B on Query { ...A }'), [])
    assert.deepEqual(check('{ ...Nobody }'), [])
  })

  it('let the introspection of tools through, whatever its depth', () => assert.deepEqual(check(getIntrospectionQuery()), []))

  it('refuse aliases within introspection, which multiply along its types', () => {
    const query = '{ __schema { types { a: fields { name } b: fields { name } } } }'
    assert.deepEqual(check(query), tooMuch('aliases within introspection:', 2, 0))
    assert.deepEqual(check('{ ...F } fragment F on Query { __schema { types { ...G } } } fragment G on __Type { a: name }'), tooMuch('aliases within introspection:', 1, 0))
  })

  it('refuse to tell the schema more than ten times', () => {
    const query = `{ ${Array.from({ length: 11 }, (_, at) => `t${at}: __type(name: "Node") { name }`).join(' ')} }`
    assert.deepEqual(check(query, { aliases: 100, fields: 100, rootFields: 100 }), tooMuch('introspection fields:', 11, 10))
  })

  it('refuse a subscription to a schema that has none', () => {
    assert.deepEqual(check('subscription { node { id } }'), [['this schema has no subscription', 'GRAPHQL_VALIDATION_FAILED']])
  })
})
