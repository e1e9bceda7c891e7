import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { foundCompany } from '../../demo/company.ts'
import { type LegacyAnswer, type LegacyHandler, startLegacy } from '../../demo/legacy.ts'
import type { Row } from '../../fuse/call.ts'
import { BackendFailure, Malformed } from '../../fuse/errors.ts'
import type { Article, KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'
import { openKnowledgeOverConfluence } from '../../subgraphs/knowledge/backend.confluence.ts'
import { openKnowledgeOverJsonRpc } from '../../subgraphs/knowledge/backend.jsonrpc.ts'
import { settingsFor } from './knowledge-on-file.ts'

const opt = { signal: new AbortController().signal }

const ids = foundCompany().articles.slice(0, 60).map(({ id }) => String(id))
const [firstId = ''] = ids

const ask = (knowledge: KnowledgeBackend) => knowledge.findArticles(['1', '2'], opt)

const idOf = (row: Row<Article>) => (row instanceof BackendFailure ? row.name : row?.id)

const broken: LegacyAnswer = { status: 500, headers: {}, body: '' }
const json = (body: unknown): LegacyAnswer => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

describe('knowledge over confluence', () => {
  const against = async (answer: (asked: readonly string[]) => unknown, use: (knowledge: KnowledgeBackend) => Promise<void>) => {
    const handle: LegacyHandler = ({ url }) => json(answer(/\(([^)]*)\)/.exec(url.searchParams.get('cql') ?? '')?.[1]?.split(',') ?? []))
    await using system = await startLegacy({ name: 'knowledge', port: 0, handle, errorAnswer: broken, garbageAnswer: broken })
    await using knowledge = openKnowledgeOverConfluence(settingsFor(system.url))
    await use(knowledge)
  }

  const unrestricted = { read: { restrictions: { user: { results: [] }, group: { results: [] } } } }
  const row = (id: string, more: object = {}) => ({
    space: { key: 'SUP' }, restrictions: unrestricted, ancestors: [{ id: '1', restrictions: unrestricted }],
    id, title: `T${id}`, version: { number: 3, when: '2026-11-03T14:05:09.000+08:00', by: { displayName: '陈晓' } }, body: { storage: { value: '<h1>A</h1>' } },
    _links: { webui: `/x/${id}` }, ...more,
  })
  const found = (rows: readonly object[]) => ({ results: rows, _links: { base: 'https://wiki.example' } })
  const one = (more: object, use: (row: Row<Article>) => void) => against(() => found([row('1', more), row('2')]), async (knowledge) => {
    const [first = null, second = null] = await knowledge.findArticles(['1', '2'], opt)
    assert.equal(idOf(second), '2')
    use(first)
  })

  test('asks twenty-five at a time', async () => {
    const sizes: number[] = []
    await against((asked) => { sizes.push(asked.length); return found(asked.toReversed().map((id) => row(id))) }, async (knowledge) => {
      assert.deepEqual((await knowledge.findArticles(ids, opt)).map(idOf), ids)
    })
    assert.deepEqual(sizes.toSorted((a, b) => a - b), [10, 25, 25])
  })

  test('what is no number is not sent', async () => {
    const sent: (readonly string[])[] = []
    await against((asked) => { sent.push(asked); return found([]) }, async (knowledge) => {
      assert.deepEqual(await knowledge.findArticles(['x', '1', '1) or (id > 0', '2,3', ''], opt), [null, null, null, null, null])
      assert.deepEqual(await knowledge.findArticles(['x', '../2'], opt), [null, null])
    })
    assert.deepEqual(sent, [['1']])
  })

  test('a time is told in UTC, and the address is that of the whole answer', () => one({}, (first) => {
    assert.ok(first && 'id' in first)
    assert.deepEqual([first.updatedAt, first.url, first.revision, first.author], ['2026-11-03T06:05:09.000Z', 'https://wiki.example/x/1', '3', '陈晓'])
  }))

  test('an author who has gone is null', () => one({ version: { number: 1, when: '2026-11-03T06:05:09Z' } }, (first) => {
    assert.ok(first && 'id' in first)
    assert.equal(first.author, null)
  }))

  test('a body is Markdown with its headings, lists, tables and code', () => {
    const value = '<h2>退款</h2><ul><li>a</li></ul><table><tbody><tr><th>A</th></tr><tr><td>1</td></tr></tbody></table><ac:structured-macro ac:name="code">'
      + '<ac:parameter ac:name="language">sql</ac:parameter><ac:plain-text-body><![CDATA[a < b]]></ac:plain-text-body></ac:structured-macro>'
    return one({ body: { storage: { value } } }, (first) => {
      assert.ok(first && 'id' in first)
      assert.equal(first.body, '## 退款\n\n- a\n\n| A |\n| - |\n| 1 |\n\n```sql\na < b\n```')
    })
  })

  const unreadable: Readonly<Record<string, object>> = {
    'without a title': { title: undefined }, 'without a body': { body: {} }, 'whose time is none': { version: { number: 1, when: 'yesterday' } },
    'that is too long': { body: { storage: { value: 'x'.repeat(2_000_001) } } }, 'that is too deep': { body: { storage: { value: '<div>'.repeat(10_000) } } },
  }
  for (const [title, more] of Object.entries(unreadable)) {
    test(`an article ${title} costs its own place`, () => one(more, (first) => assert.equal(idOf(first), 'Malformed')))
  }

  for (const answer of [{}, { results: null }, [], { results: [1] }]) {
    test(`${JSON.stringify(answer)} is no answer`, () => against(() => answer, (knowledge) => assert.rejects(ask(knowledge), Malformed)))
  }
})

describe('knowledge over jsonrpc', () => {
  const against = async (result: unknown, use: (knowledge: KnowledgeBackend) => Promise<void>) => {
    const handle: LegacyHandler = ({ body }) => json({ jsonrpc: '2.0', id: z.object({ id: z.unknown() }).parse(JSON.parse(body.toString('utf8'))).id, result })
    await using system = await startLegacy({ name: 'knowledge', port: 0, handle, errorAnswer: broken, garbageAnswer: broken })
    await using knowledge = openKnowledgeOverJsonRpc(settingsFor(system.url))
    await use(knowledge)
  }

  const row = (id: string) => ({ id, title: 't', body: '# A', revision: '1', updatedAt: '2026-11-03T14:05:09+08:00' })

  test('a row that can\'t be read costs its own place, and another article at a place is not taken for the one that belongs there', () =>
    against([{ unreadable: true }, row('B'), row('B'), null], async (knowledge) => {
      assert.deepEqual((await knowledge.findArticles(['A', 'B', 'C', 'D'], opt)).map(idOf), ['Malformed', 'B', 'Malformed', undefined])
    }))

  test('a time is told in UTC, and what is not said is null', () => against([row('A')], async (knowledge) => {
    const [one] = await knowledge.findArticles(['A'], opt)
    assert.deepEqual(one, { id: 'A', title: 't', body: '# A', url: null, revision: '1', updatedAt: '2026-11-03T06:05:09.000Z', author: null, tags: [], place: '', readers: null })
  }))

  for (const result of [[], [row(firstId)], null, { A: 1 }]) {
    test(`${JSON.stringify(result).slice(0, 20)} is no answer to two ids`, () => against(result, (knowledge) => assert.rejects(ask(knowledge), Malformed)))
  }
})
