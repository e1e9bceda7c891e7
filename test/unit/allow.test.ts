import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildASTSchema, parse } from 'graphql'
import { allowedFields } from '../../subgraphs/allow.ts'

const head = `
  directive @allow(roles: [Role!]!) on FIELD_DEFINITION | OBJECT
  directive @key(fields: String!) repeatable on OBJECT
  enum Role { VISITOR AGENT ANALYST ADMIN }
`

const rolesIn = (sdl: string): Readonly<Record<string, string>> =>
  Object.fromEntries(allowedFields(buildASTSchema(parse(head + sdl))).map(({ type, field, roles }) => [`${type}.${field}`, roles ? [...roles].join(' ') : 'any']))

describe('who may ask for a field', () => {
  it('is what the field says, and its type where it says nothing', () => {
    const found = rolesIn(`
      type Query { own: Thing @allow(roles: [AGENT]) }
      type Thing @key(fields: "id") @allow(roles: [ADMIN]) { id: ID! a: Int b: Int @allow(roles: [VISITOR, AGENT]) }`)
    assert.deepEqual(found, { 'Query.own': 'AGENT', 'Thing.a': 'ADMIN', 'Thing.b': 'VISITOR AGENT' })
  })

  it('is not asked of an entity\'s keys, of nested and several ones neither', () => {
    const found = rolesIn(`
      type Query { own: Thing @allow(roles: [AGENT]) }
      type Thing @key(fields: "id") @key(fields: "code place { name }") @allow(roles: [ADMIN]) { id: ID! code: ID! place: Place a: Int }
      type Place { name: String }`)
    assert.deepEqual(Object.keys(found), ['Query.own', 'Thing.a', 'Place.name'])
  })

  it('is decided by the way that led there for what is neither a root field nor an entity', () => {
    assert.equal(rolesIn('type Query { a: Part @allow(roles: [AGENT]) } type Part { b: Int }')['Part.b'], 'any')
  })

  it('is nobody for an empty list', () => {
    assert.equal(rolesIn('type Query { a: Int @allow(roles: []) }')['Query.a'], '')
  })

  for (const [what, sdl, field] of [
    ['a query', 'type Query { a: Int }', 'Query.a'],
    ['a mutation', 'type Query { a: Int @allow(roles: [AGENT]) } type Mutation { b: Int }', 'Mutation.b'],
    ['a subscription', 'type Query { a: Int @allow(roles: [AGENT]) } type Subscription { c: Int }', 'Subscription.c'],
    ['an entity\'s field', 'type Query { a: T @allow(roles: [AGENT]) } type T @key(fields: "id") { id: ID! d: Int }', 'T.d'],
    ['a schema without the directive\'s use', 'type Query { a: Int @deprecated }', 'Query.a'],
  ] as const) {
    it(`has to be said for ${what}: it ends the start`, () => assert.throws(() => rolesIn(sdl), new RegExp(`${field} says with no @allow`)))
  }
})
