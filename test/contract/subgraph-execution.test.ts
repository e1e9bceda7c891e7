import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildSchema, execute, isInterfaceType, isObjectType, isUnionType, parse } from 'graphql'
import type { ExecutionResult, GraphQLFormattedError, GraphQLSchema } from 'graphql'
import { openExecutor } from '../../subgraphs/execution/executor.ts'
import { writeReader } from '../../subgraphs/execution/plain-objects.ts'

/* graphql-js is the judge: whatever a resolver does, both give the same data and the same errors at the same places. */

const sdl = `
  directive @oneOf on INPUT_OBJECT
  interface Named { name: String }
  union Pet = Dog | Cat
  enum Size { SMALL BIG }
  scalar Any
  scalar Fussy
  input Point { x: Int! y: Int = 7 tags: [String!] }
  input Choice @oneOf { a: Int b: String }
  type Dog implements Named { name: String barks: Boolean! owner: Person }
  type Cat implements Named { name: String lives: Int owner: Person! }
  type Person implements Named { name: String pets: [Pet] pet(name: String = "rex"): Pet friends: [Person!] best: Person! constructor: String toString: String }
  type Query {
    person: Person must: Person! people: [Person] strict: [Person!]! grid: [[Int!]] pet: Pet named: [Named] size: Size sizes: [Size!] any: Any fussy: Fussy int: Int float: Float id: ID flag: Boolean
    echo(text: String, n: Int = 3, point: Point, choice: Choice, size: Size = BIG, list: [Int!], id: ID): String
    throws: String nulls: String! late: String lost: [String!] method(n: Int): String
  }
  type Mutation { add(n: Int!): Int slow: Int fail: Int! person: Person }
`

type Root = Record<string, unknown>

/** Where graphql-js shows a value, it and we have words of our own. */
const words = (message: string) => message.replaceAll(/(value|got:|serialize\(|received|returned:).*$/gs, '$1 …')

const tellError = ({ message, path, locations }: GraphQLFormattedError) => JSON.stringify({ message: words(message), path, locations })

const tell = ({ data, errors = [] }: ExecutionResult) => ({ data: JSON.stringify(data), errors: errors.map((error) => tellError(error.toJSON())).toSorted() })

const makeSchema = (resolveType?: (value: unknown) => unknown): GraphQLSchema => {
  const schema = buildSchema(sdl)
  Object.assign(schema.getType('Fussy') ?? {}, { serialize: (value: unknown) => (value === 'null' ? null : value === 'throw' ? assert.fail('fussy') : value) })
  const echo = schema.getQueryType()?.getFields()['echo']
  if (echo) echo.resolve = (_: unknown, args: unknown) => JSON.stringify(args)
  for (const type of Object.values(schema.getTypeMap())) if (resolveType && (isInterfaceType(type) || isUnionType(type))) Object.assign(type, { resolveType })
  return schema
}

const schemas: Readonly<Record<string, GraphQLSchema>> = {
  plain: makeSchema(),
  'promised types': makeSchema(async (value) => (typeof value === 'object' && value !== null && '__typename' in value ? value.__typename : 'Dog')),
  'wrong types': makeSchema(() => 'Person'),
  'types that throw': makeSchema(() => assert.fail('no type')),
  'types that are none': makeSchema(() => 7),
}
const checked = makeSchema()
for (const type of Object.values(checked.getTypeMap())) if (isObjectType(type) && (type.name === 'Dog' || type.name === 'Cat')) type.isTypeOf = (value: unknown) => typeof value === 'object' && value !== null && 'kind' in value && value.kind === type.name
const promised = makeSchema()
for (const type of Object.values(promised.getTypeMap())) if (isObjectType(type) && type.name !== 'Query' && type.name !== 'Mutation') type.isTypeOf = async (value: unknown) => typeof value === 'object' && value !== null && '__typename' in value && value.__typename === type.name

const dog = { __typename: 'Dog', kind: 'Dog', name: 'rex', barks: true }
const cat = { __typename: 'Cat', kind: 'Cat', name: 'tom', lives: 9, owner: null }
const ann = { __typename: 'Person', name: 'ann', pets: [dog, null, cat], pet: dog, friends: [{ name: 'bob', best: null }, { name: 'cy', best: { name: 'di' } }], best: { name: 'bob' }, constructor: 'c', toString: 't' }

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}

const later = async (value: unknown, count = 3): Promise<unknown> => {
  await turns(count)
  return value
}

const failLater = async (message: string, count = 2): Promise<never> => {
  await turns(count)
  throw new Error(message)
}

const base: Root = {
  ...{ person: ann, must: ann, people: [ann, null], strict: [ann], grid: [[1, 2], null, []], pet: dog, named: [dog, cat, ann], size: 'BIG', sizes: ['SMALL', 'BIG'] },
  ...{ any: { deep: [1, { a: null }] }, fussy: 'f', int: 3, float: 1.5, id: 7, flag: true, nulls: 'n', late: 'l', lost: ['x'], method: ({ n }: { n?: number }) => `m${String(n)}` },
  throws: () => assert.fail('thrown'),
}

const getter = (name: string): Root => Object.defineProperty({ ...base }, name, { get: () => assert.fail('a getter'), enumerable: false })
const roots: Readonly<Record<string, Root>> = {
  'as it is': base,
  'by promises': Object.fromEntries(Object.entries(base).map(([key, value]) => [key, typeof value === 'function' ? value : later(value)])),
  'by methods': Object.fromEntries(Object.entries(base).map(([key, value]) => [key, typeof value === 'function' ? value : () => later(value, 1)])),
  'nothing at all': {},
  'nulls everywhere': Object.fromEntries(Object.keys(base).map((key) => [key, null])),
  errors: Object.fromEntries(Object.keys(base).map((key) => [key, new Error(`no ${key}`)])),
  'values of the wrong kind': Object.fromEntries(Object.keys(base).map((key) => [key, key === 'id' ? {} : Symbol.for('wrong')])),
}

const queries: readonly (readonly [query: string, variables?: Record<string, unknown>])[] = [
  ['{ person { name } }'],
  ['{ must { name best { name } } }'],
  ['{ people { name friends { name best { name } } } strict { name } }'],
  ['{ grid size sizes any fussy int float id flag }'],
  ['{ pet { __typename ... on Dog { name barks } ... on Cat { lives } } }'],
  ['{ named { name __typename ... on Person { pets { ... on Named { name } } } } }'],
  ['{ person { pets { ... on Cat { name owner { name } } ... on Dog { barks } } } late }'],
  ['{ throws nulls late }'],
  ['query ($a: Boolean!, $b: Boolean = true) { int @skip(if: $a) float @include(if: $b) ...F @include(if: $a) ...F } fragment F on Query { id flag @skip(if: $a) }', { a: false }],
  ['query ($a: Boolean!) { ...F @skip(if: $a) ...F person { ...G ...G name } } fragment F on Query { person { n: name } } fragment G on Person { best { name } }', { a: true }],
  ['query ($b: Boolean = true) { int @include(if: $b) }', { b: null }],
  ['{ __proto__: int constructor: float toString: id hasOwnProperty: person { __proto__: name constructor toString } }'],
  ['{ a: method b: method(n: 4) }'],
  ['{ __typename __schema { queryType { name } } __type(name: "Dog") { fields { name } } }'],
  ['query Q($t: String, $p: Point, $l: [Int!], $i: ID) { echo(text: $t, point: $p, list: $l, id: $i) other: echo(point: { x: 1 }) }', { p: { x: 4 }, l: 5, i: 8 }],
  ['{ lost nulls person { best { best { name } } } }'],
]

type Case = { readonly name: string; readonly schema: GraphQLSchema; readonly root: Root; readonly query: string; readonly variables?: Record<string, unknown> | undefined; readonly operationName?: string }

const table: readonly Case[] = [
  ...Object.entries(roots).flatMap(([name, root]) => queries.map(([query, variables], index): Case => ({ name: `query ${index}, ${name}`, schema: schemas['plain'] ?? checked, root, query, variables }))),
  ...Object.entries({ ...schemas, 'checked types': checked, 'types checked by promises': promised }).flatMap(([name, schema]) =>
    [4, 5, 6].flatMap((at) => Object.entries(roots).slice(0, 3).map(([how, root]): Case => ({ name: `query ${at}, ${name}, ${how}`, schema, root, query: queries[at]?.[0] ?? '' }))),
  ),
]

const plain = schemas['plain'] ?? checked
const of = (name: string, root: Root, query: string, variables?: Record<string, unknown>, operationName?: string): Case => ({ name, schema: plain, root, query, variables, ...(operationName === undefined ? {} : { operationName }) })
const input = '($p: Point, $c: Choice, $n: Int, $s: Size) { echo(point: $p, choice: $c, n: $n, size: $s) }'

const special: readonly Case[] = [
  of('a list that rejects out of order', { lost: () => [later('a', 9), failLater('second', 5), failLater('third', 1)], late: later('l', 20) }, '{ lost late }'),
  of('a nullable list that rejects out of order', { people: () => [failLater('one', 6), later(ann, 1), failLater('three', 2)] }, '{ people { name } }'),
  of('rejections in a list of lists', { grid: [[1, failLater('in')], later([2]), failLater('out')] }, '{ grid }'),
  of('a getter that throws', getter('person'), '{ person { name } int }'),
  of('a getter that throws after a promise', { ...getter('nulls'), late: later('l') }, '{ late int }'),
  of('a promise-like that throws', { late: { then: () => assert.fail('then') } }, '{ late int }'),
  of('a then that throws when it is read', { person: Object.defineProperty({}, 'then', { get: () => assert.fail('reading then') }) }, '{ person { name } int }'),
  of('a promise-like that settles at once', { late: { then: (done: (value: string) => void) => done('now') } }, '{ late }'),
  of('an iterator that throws on its way', { people: { *[Symbol.iterator]() { yield ann; assert.fail('iterating') } } }, '{ people { name } int }'),
  of('a set for a list', { sizes: new Set(['BIG', 'SMALL']) }, '{ sizes }'),
  of('text for a list', { sizes: 'BIG' }, '{ sizes }'),
  of('a hole in a list', { people: [, ann] }, '{ people { name } }'),
  of('undefined in a strict list', { strict: [undefined, ann] }, '{ strict { name } }'),
  of('a strict list within an answer', { strict: [ann, null], int: 1 }, '{ int strict { name } }'),
  of('one null that ends everything, beside what takes time', { must: null, late: () => later('l', 5), person: () => failLater('late', 9) }, '{ late must { name } person { name } }'),
  of('two that end everything', { must: failLater('one', 3), nulls: failLater('two', 1) }, '{ must { name } nulls }'),
  of('errors below a place that is null', { person: { best: failLater('best', 1), pets: [failLater('pet', 4)] } }, '{ person { best { name } pets { __typename } } }'),
  of('an error that is thrown and no error', { throws: () => { throw 'text' } }, '{ throws }'), // eslint-disable-line @typescript-eslint/only-throw-error
  of('a rejection with nothing', { late: () => Promise.reject() }, '{ late }'), // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors
  of('an enum that is unknown', { size: 'HUGE', sizes: ['BIG', 'HUGE'] }, '{ size sizes }'),
  of('numbers that are too large', { int: 2 ** 40, float: Number.NaN, id: 1.5 }, '{ int float id }'),
  of('numbers as text', { int: '12', float: '1.5', id: 12n, flag: 1 }, '{ int float id flag }'),
  of('a scalar that gives null', { fussy: 'null' }, '{ fussy int }'),
  of('a scalar that throws', { fussy: 'throw' }, '{ fussy int }'),
  of('a scalar with lists and objects', { any: [{ a: [] }, null, 'x'] }, '{ any }'),
  of('an object without a prototype', { person: Object.assign(Object.create(null), { name: 'none' }) }, '{ person { name constructor } }'),
  of('an object with a property called __proto__', { any: JSON.parse('{"__proto__": {"a": 1}}') }, '{ any }'),
  of('a function with properties', { person: Object.assign(() => ann, {}) }, '{ person { name } }'),
  of('text for an object', { person: 'ann' }, '{ person { name } }'),
  of('a number for an object', { person: 5, must: true }, '{ person { name } must { name best { name } } }'),
  of('an abstract value without a type', { pet: {} }, '{ pet { __typename } int }'),
  of('an abstract value of a type that does not exist', { pet: { __typename: 'Bird' } }, '{ pet { __typename } }'),
  of('an abstract value of a type that is no object', { pet: { __typename: 'Named' } }, '{ pet { __typename } }'),
  of('an abstract value of another type', { pet: ann }, '{ pet { __typename } }'),
  of('an input object with a default', {}, `query ${input}`, { p: { x: 1, tags: ['a'] } }),
  of('an input object that lacks a field', {}, `query ${input}`, { p: {} }),
  of('an input object with a field too many', {}, `query ${input}`, { p: { x: 1, z: 2 } }),
  of('an input object as a list', {}, `query ${input}`, { p: [] }),
  of('one of two', {}, `query ${input}`, { c: { a: 1 } }),
  of('both of two', {}, `query ${input}`, { c: { a: 1, b: 'x' } }),
  of('null for one of two', {}, `query ${input}`, { c: { a: null } }),
  of('one of two as a literal', {}, '{ echo(choice: { b: "x" }) }'),
  of('null where there is a default', {}, `query ${input}`, { n: null, s: null }),
  of('nothing where there is a default', {}, `query ${input}`, {}),
  of('a variable of the wrong kind', {}, `query ${input}`, { n: 'five', s: 'HUGE' }),
  of('a variable in an input object', {}, 'query ($x: Int) { echo(point: { x: 3, y: $x }) }', {}),
  of('a variable that must be there and is not', {}, 'query ($x: Int!) { echo(n: $x) }', {}),
  of('a variable in a list', {}, 'query ($x: Int!) { echo(list: [1, $x]) }', { x: 2 }),
  of('mutations in turn', { add: ({ n }: { n: number }) => n + 1, slow: () => later(5, 9), fail: 1 }, 'mutation { slow a: add(n: 1) b: add(n: 2) fail }'),
  of('a mutation that ends everything', { slow: () => later(5), fail: () => failLater('no') }, 'mutation { slow fail }'),
  of('a mutation that fails and the next', { slow: () => failLater('no'), add: 3, person: later(ann) }, 'mutation { slow add(n: 1) person { name } }'),
  of('one of several operations', base, 'query A { int } query B { float }', {}, 'B'),
  of('no name for several operations', base, 'query A { int } query B { float }'),
  of('a name that no operation has', base, 'query A { int }', {}, 'C'),
  of('no operation', base, 'fragment F on Query { int }'),
  of('an operation that the schema has not', base, 'subscription { int }'),
  of('a field that does not exist', base, '{ int nothing }'),
  of('a fragment that does not exist', base, '{ int ...Nothing }'),
  of('a fragment of a type that does not exist', base, '{ int ... on Nothing { float } }'),
  of('the same field several times', base, '{ person { name } person { best { name } } ... { person { name friends { name } } } }'),
  of('a union by its interface', base, '{ pet { ... on Named { name } ... on Pet { __typename } } }'),
]

describe('a subgraph\'s own executor against graphql-js', () => {
  const cases = [...table, ...special]
  it(`is compared in ${cases.length} cases`, () => assert.ok(cases.length >= 150))
  const executors = new Map<GraphQLSchema, ReturnType<typeof openExecutor>>()
  for (const { name, schema, root, query, variables = {}, operationName } of cases) {
    it(`gives the same: ${name}`, { timeout: 5_000 }, async () => {
      const document = parse(query)
      const executor = executors.get(schema) ?? openExecutor(schema)
      executors.set(schema, executor)
      const hot = openExecutor(schema, { hotAfter: 1 })
      const judged = tell(await execute({ schema, document, rootValue: root, variableValues: variables, ...(operationName === undefined ? {} : { operationName }) }))
      const asked = { document, rootValue: root, variableValues: variables, operationName }
      assert.deepEqual(tell(await executor(asked)), judged)
      assert.deepEqual(tell(await executor(asked)), judged, 'a second time')
      assert.deepEqual(tell(await hot(asked)), judged, 'by functions of their own')
      assert.deepEqual(tell(await hot(asked)), judged, 'by functions of their own, a second time')
    })
  }
})

describe('what a subgraph\'s own executor does besides', () => {
  it('gives nobody the object that a backend keeps', async () => {
    const kept = { list: [{ a: 1 }] }
    const { data } = await openExecutor(plain)({ document: parse('{ any }'), variableValues: {}, rootValue: { any: kept } })
    assert.deepEqual(data?.['any'], kept)
    assert.notEqual(data['any'], kept)
  })

  it('tells a resolver where it is and what is asked', async () => {
    const schema = buildSchema('type Query { a(n: Int): A } type A { b: [A!] name: String }')
    const told: unknown[] = []
    const field = schema.getType('A')
    if (!isObjectType(field)) assert.fail('no type A')
    const name = field.getFields()['name']
    if (name) {
      name.resolve = (_source, _args, _context, info) => {
        told.push([info.path.key, info.path.prev?.key, info.path.prev?.prev?.key, info.parentType.name, info.fieldName, info.fieldNodes.length, info.operation.operation, Object.keys(info.fragments), info.variableValues])
        return 'n'
      }
    }
    await openExecutor(schema)({ document: parse('query ($n: Int) { a(n: $n) { b { ...F } } } fragment F on A { name }'), variableValues: { n: 1 }, rootValue: { a: { b: [{}] } } })
    assert.deepEqual(told, [['name', 0, 'b', 'A', 'name', 1, 'query', ['F'], { n: 1 }]])
  })

  it('makes nothing that a client wrote into code', () => {
    const { text, given } = writeReader([
      { name: 'title', key: 'title', read: (value) => value },
      { name: 'id', key: 'theClients', read: (value) => value },
      { name: '__typename', key: 'kind', constant: 'Book' },
    ])
    assert.match(text, /s\.title/)
    assert.doesNotMatch(text, /theClients|kind|Book/)
    const read: unknown = Reflect.apply(Reflect.construct(Function, [...given.map((_, index) => `p${index}`), text]), undefined, given)
    if (typeof read !== 'function') assert.fail('no reader')
    assert.deepEqual(Reflect.apply(read, undefined, [{ title: 'a', id: 'b' }]), { title: 'a', theClients: 'b', kind: 'Book' })
  })

  it('reads no property, by functions of its own, that the caller may not have', async () => {
    const schema = buildSchema('type Query { book: Book } type Book { title: String secret: String }')
    const book = schema.getType('Book')
    if (!isObjectType(book)) assert.fail('no type Book')
    const secret = book.getFields()['secret']
    if (!secret) assert.fail('no secret')
    const refuse = (context: unknown) => {
      if (context !== 'the owner') throw new Error('it is not yours')
    }
    secret.resolve = (source: { readonly secret: string }, _args, context) => (refuse(context), source.secret)
    const executor = openExecutor(schema, { checks: new Map([[secret, refuse]]), hotAfter: 1 })
    const asked = { document: parse('{ book { title secret } }'), variableValues: {}, rootValue: { book: { title: 'a', secret: 'b' } } }
    for (const contextValue of ['the owner', 'somebody', 'the owner', 'somebody']) {
      const { data, errors = [] } = await executor({ ...asked, contextValue })
      const isOwner = contextValue === 'the owner'
      assert.deepEqual(data, { book: { title: 'a', secret: isOwner ? 'b' : null } })
      assert.deepEqual(errors.map(({ message }) => message), isOwner ? [] : ['it is not yours'])
    }
  })
})
