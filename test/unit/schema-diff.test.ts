import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { buildSchema } from 'graphql'
import { z } from 'zod'
import { compareSchemas, schemaDiff } from '../../tools/schema-diff.ts'

const base = `directive @allow(roles: [Role!]!) on FIELD_DEFINITION | OBJECT
enum Role { VISITOR AGENT ADMIN }
type Query { order(id: ID, at: Int = 1): Order @allow(roles: [AGENT, ADMIN]) name: String! old: Int @deprecated(reason: "gone soon") mood: Mood any: Any node: Node }
type Mutation { refund(input: Refund): Int }
input Refund { amount: Int reason: String }
enum Mood { GOOD BAD }
interface Node { id: ID! }
type Order implements Node @allow(roles: [VISITOR, AGENT]) { id: ID! total: Int lines: [String!] owner: Person }
type Person { id: ID! }
type Pet { id: ID! }
union Any = Person | Pet
`

type Case = readonly [what: string, from: string | RegExp, to: string, expected: readonly string[]]

const cases: readonly Case[] = [
  ['a field that was removed', 'name: String!', '', ['breaking Query.name']],
  ['a deprecated field that was removed', 'old: Int @deprecated(reason: "gone soon")', '', ['breaking Query.old']],
  ['a field that was added', 'total: Int', 'total: Int tax: Int', ['safe Order.tax']],
  ['a field that may be null now', 'name: String!', 'name: String', ['breaking Query.name']],
  ['a field that is never null now', 'total: Int', 'total: Int!', ['safe Order.total']],
  ['members of a list that may be null now', '[String!]', '[String]', ['breaking Order.lines']],
  ['a field of another type', 'total: Int', 'total: Float', ['breaking Order.total']],
  ['a type that was removed', / \| Pet|type Pet \{ id: ID! \}/g, '', ['breaking Any', 'breaking Pet']],
  ['a type that was added', 'type Pet', 'type Car { id: ID! } type Pet', ['safe Car', 'safe Car.id']],
  ['a member that was added to a union', '| Pet', '| Pet | Order', ['dangerous Any']],
  ['an interface that a type no longer has', 'Order implements Node', 'Order', ['breaking Order']],
  ['an enum value that was added', 'GOOD BAD', 'GOOD BAD SOSO', ['dangerous Mood.SOSO']],
  ['an enum value that was removed', 'GOOD BAD', 'GOOD', ['breaking Mood.BAD']],
  ['an argument that was added', 'id: ID,', 'id: ID, to: Int,', ['dangerous Query.order.to']],
  ['a required argument that was added', 'id: ID,', 'id: ID, to: Int!,', ['breaking Query.order.to']],
  ['an argument that is required now', 'id: ID,', 'id: ID!,', ['breaking Query.order.id']],
  ['an argument that was removed', 'id: ID,', '', ['breaking Query.order.id']],
  ['an argument of another default', 'at: Int = 1', 'at: Int = 2', ['dangerous Query.order.at']],
  ['an input field that was added', 'amount: Int', 'amount: Int note: String', ['safe Refund.note']],
  ['a required input field that was added', 'amount: Int', 'amount: Int note: String!', ['breaking Refund.note']],
  ['an input field that was removed', 'amount: Int', '', ['breaking Refund.amount']],
  ['a field that is deprecated now', 'name: String!', 'name: String! @deprecated(reason: "no")', ['safe Query.name.@deprecated']],
  ['a field that is not deprecated any more', ' @deprecated(reason: "gone soon")', '', ['safe Query.old.@deprecated']],
  ['another reason of a deprecation', 'gone soon', 'gone', ['safe Query.old.@deprecated']],
  ['a description alone', 'name: String!', '"who" name: String!', ['safe Query.name']],
  ['another order', 'GOOD BAD', 'BAD GOOD', []],
  ['a comment', 'enum Mood', '# a comment\nenum Mood', []],
  ['a role that may no longer ask', '[AGENT, ADMIN]', '[AGENT]', ['breaking Query.order ADMIN may no longer ask']],
  ['a role that may ask now', '[AGENT, ADMIN]', '[AGENT, ADMIN, VISITOR]', ['safe Query.order VISITOR may ask now']],
  ['a role in the place of another', '[AGENT, ADMIN]', '[AGENT, VISITOR]', ['breaking Query.order ADMIN may no longer ask', 'safe Query.order VISITOR may ask now']],
  ['roles in another order', '[AGENT, ADMIN]', '[ADMIN, AGENT]', []],
  ["a role that a field loses by its type", '[VISITOR, AGENT]) {', '[AGENT]) {', ['id', 'lines', 'owner', 'total'].map((field) => `breaking Order.${field} VISITOR may no longer ask`)],
  ['roles of a field in the place of those of its type', 'total: Int', 'total: Int @allow(roles: [AGENT])', ['breaking Order.total VISITOR may no longer ask']],
  ['the same roles at a field as at its type', 'total: Int', 'total: Int @allow(roles: [AGENT, VISITOR])', []],
  ['roles where there were none', 'type Person {', 'type Person @allow(roles: [ADMIN]) {', ['dangerous Person.id only ADMIN may ask now, whichever field led there']],
  ['no roles where there were some', ' @allow(roles: [AGENT, ADMIN])', '', ['dangerous Query.order who may ask is now decided by the field that led there']],
  ['a field with roles that was added', 'total: Int', 'total: Int tax: Int @allow(roles: [ADMIN])', ['safe Order.tax']],
]

const changed = (from: string | RegExp, to: string): string => {
  const text = base.replace(from, to)
  assert.notEqual(text, base)
  return text
}

describe('the difference of two schemas', () => {
  for (const [what, from, to, expected] of cases) {
    it(`tells of ${what}: ${expected.join(', ') || 'nothing'}`, async () => {
      const changes = await compareSchemas(buildSchema(base), buildSchema(changed(from, to)))
      const told = changes.map(({ level, path: at, message }) => (message.includes('may') || message.startsWith('who') ? `${level} ${at} ${message}` : `${level} ${at}`))
      assert.deepEqual(told, expected)
    })
  }

  it('is nothing between a schema and itself', async () => assert.deepEqual(await compareSchemas(buildSchema(base), buildSchema(base)), []))
})

const operations = ['query A($id: ID) { order(id: $id) { ...O } mood any { ... on Person { id } } } fragment O on Order { t: total }', 'mutation B($input: Refund) { refund(input: $input) }']

const usages: readonly (readonly [what: string, from: string, to: string, level: string])[] = [
  ['a field that no listed operation asks for', 'name: String!', '', 'dangerous'],
  ['a field whose name begins as one that is asked for', 'lines: [String!]', '', 'dangerous'],
  ['a field that is asked for under another name in a fragment', 'total: Int', '', 'breaking'],
  ['an argument of a field that is asked for', 'id: ID,', 'id: ID!,', 'breaking'],
  ['a field of an input that a variable has', 'reason: String', 'reason: String!', 'breaking'],
  ['a value of an enum that is asked for', 'GOOD BAD', 'GOOD', 'breaking'],
  ['a member of a union that is asked for', 'Person | Pet', 'Person', 'breaking'],
  ['a role of a field that is asked for', '[AGENT, ADMIN]', '[AGENT]', 'breaking'],
  ['a field of an interface that nobody asks for', 'interface Node { id: ID! }', 'interface Node { id: ID }', 'dangerous'],
]

describe('with the listed operations in view', () => {
  for (const [what, from, to, level] of usages) {
    it(`${what} is ${level}`, async () => {
      const changes = await compareSchemas(buildSchema(base), buildSchema(changed(from, to)), operations)
      assert.deepEqual([changes[0]?.level, changes[0]?.message.endsWith(' (no listed operation uses it)')], [level, level === 'dangerous'])
    })
  }
})

describe('npm run schema:diff', () => {
  let cwd = ''
  before(async () => {
    cwd = await mkdtemp(path.join(tmpdir(), 'fuseboard-diff-'))
    const files: Readonly<Record<string, string | Buffer>> = {
      'base.graphql': base, 'removed.graphql': changed('name: String!', ''), 'added.graphql': changed('total: Int', 'total: Int tax: Int'),
      'empty.graphql': ' \n', 'words.graphql': 'not a schema', 'noquery.graphql': 'type A { a: Int }', 'unknown.graphql': 'type Query { a: Nothing }',
      'bytes.graphql': Buffer.from([0xff, 0xfe]), 'huge.graphql': Buffer.alloc(16_777_217, ' '), 'deep.graphql': `type Query { a: ${'['.repeat(100_000)}`,
      'operations.json': JSON.stringify({ operations: [{ body: '{ mood }' }] }), 'bad.json': '{}',
    }
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(cwd, name), content)
  })
  after(() => rm(cwd, { recursive: true, force: true }))

  /** Words that name a file of ours become its path. */
  const told = async (...words: readonly string[]) => {
    const { exitCode, stdout, stderr } = await schemaDiff(words.map((word) => (/^(\.|[a-z]+\.\w+)$/.test(word) ? path.join(cwd, word) : word)))
    return { code: exitCode, stdout, stderr: stderr.replaceAll(`${cwd}${path.sep}`, '').replaceAll(cwd, '.') }
  }

  it('groups the changes, counts them, and ends with 1 where one breaks', async () => {
    const { code, stdout, stderr } = await told('--against', 'base.graphql', '--schema', 'removed.graphql')
    assert.deepEqual([code, stderr], [1, ''])
    assert.equal(stdout, "breaking (1)\n  Query.name: Field 'name' was removed from object type 'Query'\n\n1 breaking, 0 dangerous, 0 safe\n")
  })

  it('ends with 0 where nothing breaks', async () => {
    const { code, stdout } = await told('--against', 'base.graphql', '--schema', 'added.graphql')
    assert.deepEqual([code, stdout.split('\n').at(-2)], [0, '0 breaking, 0 dangerous, 1 safe'])
  })

  it('takes what no listed operation uses for dangerous only', async () => {
    const { code, stdout } = await told('--against', 'base.graphql', '--schema', 'removed.graphql', '--operations', 'operations.json')
    assert.deepEqual([code, stdout.split('\n').at(-2)], [0, '0 breaking, 1 dangerous, 0 safe'])
  })

  it('compares with the committed schema, in JSON where it is asked to', async () => {
    const { code, stdout } = await told('--against', 'base.graphql', '--json')
    const change = z.strictObject({ level: z.enum(['breaking', 'dangerous', 'safe']), path: z.string(), message: z.string() })
    const { breaking, dangerous, safe, changes } = z
      .strictObject({ breaking: z.int(), dangerous: z.int(), safe: z.int(), changes: z.array(change) })
      .parse(JSON.parse(stdout))
    assert.equal(code, 1)
    assert.ok(breaking > 0 && breaking + dangerous + safe === changes.length)
  })

  it('is a command with an exit code', async () => {
    const script = path.join(import.meta.dirname, '..', '..', 'tools', 'schema-diff.ts')
    const codes = [['--against', 'base.graphql', '--schema', 'base.graphql'], ['--against', 'base.graphql', '--schema', 'removed.graphql'], []].map(
      (args) => new Promise((resolve) => {
        const child = execFile(process.execPath, [script, ...args], { cwd }, () => resolve(child.exitCode))
      }),
    )
    assert.deepEqual(await Promise.all(codes), [0, 1, 2])
  })

  const unusable: readonly (readonly [args: readonly string[], words: RegExp])[] = [
    [[], /^--against: expected the file of a schema\nusage: /],
    [['--against', 'none.graphql'], /^none\.graphql: expected a file; found none there\nusage: /],
    [['--against', '.'], /^\.: expected a file; found a directory\n/],
    [['--against', 'empty.graphql'], /^empty\.graphql: expected a GraphQL schema; found an empty file\n/],
    [['--against', 'words.graphql'], /^words\.graphql: expected a GraphQL schema; found: Syntax Error: Unexpected Name "not"\.\n/],
    [['--against', 'unknown.graphql'], /^unknown\.graphql: expected a GraphQL schema; found: Unknown type "Nothing"\. /],
    [['--against', 'noquery.graphql'], /^noquery\.graphql: expected a GraphQL schema; found one without Query\n/],
    [['--against', 'bytes.graphql'], /^bytes\.graphql: expected text in UTF-8; found other bytes\n/],
    [['--against', 'huge.graphql'], /^huge\.graphql: expected at most 16777216 bytes; found 16777217\n/],
    [['--against', 'deep.graphql'], /^deep\.graphql: expected a GraphQL schema; found: /],
    [['--against', 'base.graphql', '--schema', 'none.graphql'], /^none\.graphql: expected a file; found none there\n/],
    [['--against', 'base.graphql', '--operations', 'bad.json'], /^bad\.json: expected a manifest of persisted operations; found something else\n/],
    [['--agianst', 'base.graphql'], /^Unknown option '--agianst'/],
    [['base.graphql'], /^Unexpected argument '[^']*base\.graphql'/],
  ]
  for (const [args, words] of unusable) {
    it(`ends with 2 and says why for ${args.join(' ') || 'no arguments'}`, async () => {
      const { code, stdout, stderr } = await told(...args)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, words)
    })
  }
})
