import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { foundCompany, type TheirArticle } from '../../demo/company.ts'
import { startConfluence } from '../../demo/confluence.ts'
import { type LegacyAnswer, type LegacyHandler, type LegacySystem, startLegacy } from '../../demo/legacy.ts'
import { startOrdersJsonRpc } from '../../demo/orders-jsonrpc.ts'
import type { OpenAdapter, Opened } from '../../fuse/adapters.ts'
import type { CallOptions, Row } from '../../fuse/call.ts'
import { BackendFailure, Cancelled, Faulted, Malformed, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import type { Article, KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'
import { openKnowledgeOverConfluence } from '../../subgraphs/knowledge/backend.confluence.ts'
import { openKnowledgeOverJsonRpc } from '../../subgraphs/knowledge/backend.jsonrpc.ts'

const opt = { signal: new AbortController().signal }

const settingsFor = (url: string): BackendSettings => ({
  name: 'knowledge', protocol: 'under test', url, headers: {}, maxResponseBytes: 16 * 1024 * 1024, timeZone: 'Asia/Shanghai', charset: 'utf-8', options: {},
})

const articles = foundCompany().articles.slice(0, 60)
const ids = articles.map(({ id }) => String(id))
const [firstId = '', secondId = ''] = ids
const unreadableId = ids[7] ?? ''

type Wire = {
  readonly start: () => Promise<LegacySystem>
  readonly open: OpenAdapter<KnowledgeBackend>
  readonly urlOf: (article: TheirArticle, system: LegacySystem) => string | null
  readonly losesRow: boolean
}

const wires: Readonly<Record<string, Wire>> = {
  confluence: {
    start: () => startConfluence({ port: 0, company: { articles }, unreadable: new Set([unreadableId]) }),
    open: openKnowledgeOverConfluence,
    urlOf: ({ path }, { url }) => `${url}${path}`,
    losesRow: true,
  },
  jsonrpc: {
    start: () => startOrdersJsonRpc({ port: 0, company: { customers: [], orders: [], articles } }),
    open: openKnowledgeOverJsonRpc,
    urlOf: () => null,
    losesRow: false,
  },
}

const ask = (knowledge: KnowledgeBackend, options: CallOptions) => knowledge.findArticles([firstId, secondId], options)

const idOf = (row: Row<Article>) => (row instanceof BackendFailure ? row.name : row?.id)

for (const [name, { start, open, urlOf, losesRow }] of Object.entries(wires)) {
  describe(`knowledge over ${name}`, () => {
    let system: LegacySystem
    let knowledge: Opened<KnowledgeBackend>
    before(async () => {
      system = await start()
      knowledge = open(settingsFor(system.url))
    })
    after(async () => {
      await knowledge[Symbol.asyncDispose]()
      await system[Symbol.asyncDispose]()
    })
    /** Well again, and answering: a pooled connection that the system has cut may still cost the first calls. */
    afterEach(async () => {
      await system.setFault('off')
      for (let attempt = 0; attempt < 50 && !(await ask(knowledge, opt).then(() => true, () => false)); attempt += 1) await setImmediate()
    })

    const expected = (article: TheirArticle) => (losesRow && String(article.id) === unreadableId
      ? 'Malformed'
      : [String(article.id), article.title, urlOf(article, system), String(article.version), article.updatedAt, article.author])
    const told = (row: Row<Article>) => (row === null || row instanceof BackendFailure
      ? row?.name
      : [row.id, row.title, row.url, row.revision, row.updatedAt, row.author])

    test('sixty articles come as they are on file, in the order asked for, a broken one at its own place', async () => {
      const asked = articles.toReversed()
      assert.deepEqual((await knowledge.findArticles(asked.map(({ id }) => String(id)), opt)).map(told), asked.map(expected))
    })

    test('every body is text without a tag of the storage format', async () => {
      for (const row of await knowledge.findArticles(ids, opt)) {
        if (row === null || row instanceof BackendFailure) continue
        assert.notEqual(row.body, '')
        assert.doesNotMatch(row.body, /<\/?(?:ac:|ri:|p>|table|ul>)|CDATA\[|&nbsp;|&mdash;/, row.title)
      }
    })

    test('what is in code samples is all there', async () => {
      const bodies = (await knowledge.findArticles(ids, opt)).map((row) => (row === null || row instanceof BackendFailure ? '' : row.body))
      const samples = bodies.filter((body) => body.includes('request_id'))
      assert.notEqual(samples.length, 0)
      for (const body of samples) assert.match(body, /see <docs> & retry policy"\n/)
    })

    test('an article that is asked for twice is at both places, and one that is not there is null', async () => {
      assert.deepEqual((await knowledge.findArticles([secondId, '1', firstId, secondId], opt)).map(idOf), [secondId, undefined, firstId, secondId])
    })

    for (const id of ['', 'x', '../1', '1) or (id > 0', `${firstId},${secondId}`, ` ${firstId}`, `${firstId}\n`, '-1', '1e3', '９', '\u0000', '\ud800', '9'.repeat(30)]) {
      test(`there is no article ${JSON.stringify(id)}, and the others beside it are found`, async () => {
        assert.deepEqual((await knowledge.findArticles([secondId, id, firstId], opt)).map(idOf), [secondId, undefined, firstId])
        assert.deepEqual(await knowledge.findArticles([id], opt), [null])
      })
    }

    test('nothing asked is nothing answered, and costs no call', async () => {
      const asked = system.calls
      assert.deepEqual(await knowledge.findArticles([], opt), [])
      assert.equal(system.calls, asked)
    })

    for (const [fault, kind] of [['error', Faulted], ['garbage', Malformed], ['refuse', Unreachable]] as const) {
      test(`(${fault}) makes findArticles throw ${kind.name}`, async () => {
        await system.setFault(fault)
        await assert.rejects(ask(knowledge, opt), (error: unknown) => error instanceof kind && error.backend === 'knowledge')
      })
    }

    test('(hang) makes findArticles throw TimedOut at the deadline', async () => {
      await system.setFault('hang')
      await assert.rejects(ask(knowledge, { signal: AbortSignal.timeout(40) }), TimedOut)
    })

    test('(hang) lets findArticles go as soon as the caller hangs up', async () => {
      await system.setFault('hang')
      const caller = new AbortController()
      const asked = system.calls
      const gone = assert.rejects(ask(knowledge, { signal: caller.signal }), Cancelled)
      while (system.calls === asked) await setImmediate()
      caller.abort()
      await gone
    })

    test('is not asked for a caller who has gone', async () => {
      const asked = system.calls
      await assert.rejects(ask(knowledge, { signal: AbortSignal.abort() }), Cancelled)
      assert.equal(system.calls, asked)
    })
  })
}

const broken: LegacyAnswer = { status: 500, headers: {}, body: '' }
const json = (body: unknown): LegacyAnswer => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

describe('knowledge over confluence', () => {
  const against = async (answer: (asked: readonly string[]) => unknown, use: (knowledge: KnowledgeBackend) => Promise<void>) => {
    const handle: LegacyHandler = ({ url }) => json(answer(/\(([^)]*)\)/.exec(url.searchParams.get('cql') ?? '')?.[1]?.split(',') ?? []))
    await using system = await startLegacy({ name: 'knowledge', port: 0, handle, errorAnswer: broken, garbageAnswer: broken })
    await using knowledge = openKnowledgeOverConfluence(settingsFor(system.url))
    await use(knowledge)
  }

  const row = (id: string, more: object = {}) => ({
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
    test(`${JSON.stringify(answer)} is no answer`, () => against(() => answer, (knowledge) => assert.rejects(ask(knowledge, opt), Malformed)))
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
    assert.deepEqual(one, { id: 'A', title: 't', body: '# A', url: null, revision: '1', updatedAt: '2026-11-03T06:05:09.000Z', author: null })
  }))

  for (const result of [[], [row(firstId)], null, { A: 1 }]) {
    test(`${JSON.stringify(result).slice(0, 20)} is no answer to two ids`, () => against(result, (knowledge) => assert.rejects(ask(knowledge, opt), Malformed)))
  }
})
