import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { foundCompany, openShelf } from '../../demo/company.ts'
import { startConfluence } from '../../demo/confluence.ts'
import { Faulted, Malformed, Refused } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { openKnowledgeOverConfluence } from '../../subgraphs/knowledge/backend.confluence.ts'
import { openKnowledgeOverJsonRpc } from '../../subgraphs/knowledge/backend.jsonrpc.ts'
import type { KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'
import { openKnowledgeOverYuque } from '../../subgraphs/knowledge/backend.yuque.ts'
import { cqlMinute } from '../../subgraphs/knowledge/changes.confluence.ts'
import type { Reply } from '../kit/wire-server.ts'
import { startWireServer } from '../kit/wire-server.ts'
import { settingsFor } from './knowledge-on-file.ts'
import { applied, follow, listAll, there } from './knowledge-sync-suite.ts'

const opt = { signal: new AbortController().signal }
const articles = foundCompany().articles.slice(0, 60)
const json = (body: unknown, status = 200): Reply => ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** Follows for ever, if it is let. */
const pages = async (knowledge: KnowledgeBackend, list: 'listChanges' | 'listIds') => {
  let marker: string | null = null
  for (let count = 1; count <= 300; count += 1) {
    const page: { readonly marker: string; readonly more: boolean } = await knowledge[list](marker, { ...opt, limit: 3 })
    if (!page.more) return count
    ;({ marker } = page)
  }
  return assert.fail('it goes on for ever')
}

describe('following a Confluence', () => {
  type Asked = { readonly start: number; readonly limit: number; readonly cql: string }
  const against = async (answer: (asked: Asked) => unknown, use: (knowledge: KnowledgeBackend) => Promise<void>, more: Partial<BackendSettings> = {}) => {
    await using system = await startWireServer(({ url }) => {
      const { searchParams } = new URL(url, 'http://x')
      return json(answer({ start: Number(searchParams.get('start')), limit: Number(searchParams.get('limit')), cql: searchParams.get('cql') ?? '' }))
    })
    await using knowledge = openKnowledgeOverConfluence(settingsFor(system.url, more))
    await use(knowledge)
  }
  const nobody = { read: { restrictions: { user: { results: [] }, group: { results: [] } } } }
  const row = (id: number, when = '2026-11-03T06:05:09.000Z') => ({ id: String(id), version: { number: 1, when }, space: { key: 'SUP' }, restrictions: nobody })
  const first = [1, 2, 3].map((id) => row(id))

  for (const list of ['listChanges', 'listIds'] as const) {
    test(`${list} ends with an error where the server gives the same page whatever it is asked for`, () =>
      against(() => ({ results: first, _links: { next: '/more' } }), (knowledge) => assert.rejects(pages(knowledge, list), Malformed)))
    test(`${list} ends with an error where the server says that it gave another part`, () =>
      against(() => ({ results: first, start: 0, _links: { next: '/more' } }), (knowledge) => assert.rejects(pages(knowledge, list), Malformed)))
    test(`${list} ends with an error where there is more and nothing comes`, () =>
      against(() => ({ results: [], _links: { next: '/more' } }), (knowledge) => assert.rejects(pages(knowledge, list), Malformed)))
    test(`${list} ends with an error where a row does not say whose it is`, () =>
      against(() => ({ results: [{ title: 'x' }] }), (knowledge) => assert.rejects(pages(knowledge, list), Malformed)))
  }

  test('a minute is asked for as the server\'s clock shows it, and one that is there twice from before both', () => {
    assert.equal(cqlMinute(Date.parse('2026-11-03T06:05:00Z'), 'Asia/Shanghai'), '2026-11-03 14:05')
    for (const iso of ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z']) assert.ok(cqlMinute(Date.parse(iso), 'Europe/Berlin') <= '2026-10-25 01:30', iso)
    assert.equal(cqlMinute(Date.parse('2026-10-25T02:30:00Z'), 'Europe/Berlin'), '2026-10-25 03:30')
    assert.ok(cqlMinute(Date.parse('2026-04-04T15:15:00Z'), 'Australia/Lord_Howe') < '2026-04-05 01:45')
  })

  test('where clocks go back, what is written in either hour is told', async () => {
    const shelf = openShelf(articles)
    await using system = await startConfluence({ port: 0, company: shelf, timeZone: 'America/New_York' })
    await using knowledge = openKnowledgeOverConfluence(settingsFor(system.url, { timeZone: 'America/New_York' }))
    const ids = [...articles.entries()].slice(0, 12).map(([at, { id }]) => {
      shelf.change(id, { updatedAt: new Date(Date.parse('2026-11-01T04:40:00.000Z') + at * 15 * 60_000).toISOString() })
      return String(id)
    })
    const told = new Set<string>()
    for (let marker: string | null = 'changed/2026-11-01T04:40Z/0//0'; marker !== null;) {
      const page: Awaited<ReturnType<KnowledgeBackend['listChanges']>> = await knowledge.listChanges(marker, { ...opt, limit: 2 })
      for (const { id } of page.changes) told.add(id)
      marker = page.more ? page.marker : null
    }
    assert.deepEqual(ids.filter((id) => !told.has(id)), [])
  })

  test('a page that says it was written in the future hides nothing that is written until then', async () => {
    const shelf = openShelf(articles)
    await using system = await startConfluence({ port: 0, company: shelf })
    await using knowledge = openKnowledgeOverConfluence(settingsFor(system.url))
    shelf.change(articles[0]?.id ?? 0, { updatedAt: '2099-01-01T00:00:00.000Z' })
    const { marker } = await follow(knowledge, null, 20)
    shelf.change(articles[1]?.id ?? 0, { updatedAt: new Date().toISOString() })
    assert.ok((await follow(knowledge, marker, 20)).changes.some(({ id }) => id === String(articles[1]?.id)))
  })

  test('who may read is read with the article and with the list: of the page, and of what is above it', async () => {
    const shelf = openShelf(articles)
    await using system = await startConfluence({ port: 0, company: shelf, restrictedSpaces: new Map([['DEV', 'hr-only']]) })
    await using knowledge = openKnowledgeOverConfluence(settingsFor(system.url))
    const [open, both, above] = [articles.find(({ spaceKey }) => spaceKey === 'SUP'), articles.find(({ readers }) => readers !== null), articles.find(({ spaceKey, readers }) => spaceKey === 'DEV' && readers === null)]
    const expected = new Map([[open, null], [both, ['group:hr-only']], [above, ['group:hr-only']]] as const)
    const listed = new Map((await listAll(knowledge, 25)).map(({ id, readers }) => [id, readers]))
    for (const [article, readers] of expected) {
      assert.deepEqual((await there(knowledge, String(article?.id))).readers, readers)
      assert.deepEqual(listed.get(String(article?.id)), readers)
    }
    shelf.change(both?.id ?? 0, { readers: ['on-call'] })
    assert.deepEqual((await there(knowledge, String(both?.id))).readers, [])
  })

  test('what does not say whether it is restricted is not read, and costs its own place', () => against(() => ({
    results: [{ ...row(1), restrictions: undefined, title: 'x', body: { storage: { value: '' } }, _links: {} }, { ...row(2), title: 'x', body: { storage: { value: '<p>open' } }, _links: {} }],
  }), async (knowledge) => {
    const rows = await knowledge.findArticles(['1', '2'], opt)
    assert.deepEqual(rows.map((one) => one?.constructor.name), ['Malformed', 'Object'])
  }))

  test('an article of XHTML that is no longer any is told as it can be read, and one that can not be is Malformed at its own place', async () => {
    const shelf = openShelf(articles)
    await using system = await startConfluence({ port: 0, company: shelf })
    await using knowledge = openKnowledgeOverConfluence(settingsFor(system.url))
    const [broken = 0, endless = 0, good = 0] = articles.map(({ id }) => id)
    shelf.change(broken, { body: '<p>one <b>two</p><ac:structured-macro ac:name="info"><ac:rich-text-body><p>three', updatedAt: '2026-11-25T10:20:30.000Z' })
    shelf.change(endless, { body: '<div>'.repeat(5_000), updatedAt: '2026-11-25T10:20:30.000Z' })
    const index = applied((await follow(knowledge, null, 25)).changes)
    assert.equal(index.size, articles.length)
    const rows = await knowledge.findArticles([broken, endless, good].map(String), opt)
    assert.deepEqual(rows.map((one) => one?.constructor.name), ['Object', 'Malformed', 'Object'])
  })
})

describe('following Yuque', () => {
  type Asked = { readonly book: string; readonly offset: number; readonly limit: number }
  const against = async (answer: (asked: Asked) => Reply, use: (knowledge: KnowledgeBackend, asked: () => number) => Promise<void>) => {
    await using system = await startWireServer(({ url }) => {
      const { pathname, searchParams } = new URL(url, 'http://x')
      return answer({ book: pathname.split('/').slice(4, 6).join('/'), offset: Number(searchParams.get('offset')), limit: Number(searchParams.get('limit')) })
    })
    await using knowledge = openKnowledgeOverYuque(settingsFor(system.url, { options: { namespace: ['a/one', 'b/two'] } }))
    await use(knowledge, () => system.requests.length)
  }
  const doc = (id: number, more: object = {}) => ({ id, type: 'Doc', slug: `s${id}`, status: 1, public: 1, content_updated_at: '2026-11-03T06:05:09.000Z', updated_at: '2026-11-19T00:00:00.000Z', ...more })
  const many = (count: number, from = 1) => Array.from({ length: count }, (_, at) => doc(at + from))
  const list = (docs: readonly object[], { offset, limit }: Asked) => json({ data: docs.slice(offset, offset + limit), meta: { total: docs.length } })

  test('a book of several hundred documents is read in windows, each document once', () =>
    against((asked) => list(asked.book === 'a/one' ? many(730) : many(99, 1_000), asked), async (knowledge) => {
      const { changes } = await follow(knowledge, null, 1_000)
      assert.deepEqual([changes.length, applied(changes).size], [829, 829])
      assert.equal((await listAll(knowledge, 500)).length, 829)
    }))

  test('a list that changes each time it is read is Faulted, and one that never advances ends', () =>
    against(({ book, limit }) => json({ data: book === 'a/one' ? many(limit) : [] }), async (knowledge, asked) => {
      await assert.rejects(knowledge.listChanges(null, { ...opt, limit: 10 }), Faulted)
      assert.ok(asked() < 10)
    }))

  test('a document that is deleted while a list is read hides none', async () => {
    const docs = many(250)
    await against((asked) => {
      const answer = list(asked.book === 'a/one' ? docs : [], asked)
      if (asked.book === 'a/one' && asked.offset === 99 && docs.length === 250) docs.splice(10, 1)
      return answer
    }, async (knowledge) => assert.equal(applied((await follow(knowledge, null, 1_000)).changes).size, 249))
  })

  test('a book that is renamed while it is followed is refused, and not one whose documents are all gone', () => {
    const state = { renamed: false }
    return against((asked) => (state.renamed && asked.book === 'b/two' ? json({ status: 404 }, 404) : list(many(5, asked.book === 'a/one' ? 1 : 100), asked)), async (knowledge) => {
      const { marker } = await follow(knowledge, null, 3)
      state.renamed = true
      await assert.rejects(knowledge.listChanges(marker, { ...opt, limit: 3 }), Refused)
      await assert.rejects(knowledge.listIds(null, { ...opt, limit: 3 }), Refused)
    })
  })

  test('drafts, sheets and deleted documents are none; who may read is the book\'s members, its organisation or everybody', () => {
    const docs = [doc(1), doc(2, { status: 0 }), doc(3, { type: 'Sheet' }), doc(4, { deleted_at: '2026-11-03T06:05:09.000Z' }), doc(5, { public: 0 }), doc(6, { public: 2 }), doc(7, { public: undefined })]
    return against((asked) => list(asked.book === 'a/one' ? docs : [], asked), async (knowledge) => {
      assert.deepEqual(await listAll(knowledge, 10), [
        { id: '1', place: 'a/one', readers: null }, { id: '5', place: 'a/one', readers: ['group:a/one'] },
        { id: '6', place: 'a/one', readers: ['group:a'] }, { id: '7', place: 'a/one', readers: ['group:a/one'] },
      ])
    })
  })

  test('a document that does not say its time comes each time, and hides none', () =>
    against((asked) => list(asked.book === 'a/one' ? [doc(1), doc(2, { content_updated_at: null, updated_at: null }), doc(3)] : [], asked), async (knowledge) => {
      const first = await follow(knowledge, null, 1)
      assert.deepEqual(first.changes.map(({ id }) => id), ['1', '3', '2'])
      assert.ok((await follow(knowledge, first.marker, 1)).changes.some(({ id }) => id === '2'))
    }))

  test('a limit that is reached says how long to wait', () => against(() => ({ status: 429, headers: { 'retry-after': '7' } }), (knowledge) =>
    assert.rejects(knowledge.listChanges(null, { ...opt, limit: 3 }), (error: unknown) => error instanceof Faulted && error.retryAfterMs === 7_000)))
})

describe('following in our own words', () => {
  const against = async (result: unknown, use: (knowledge: KnowledgeBackend) => Promise<void>) => {
    await using system = await startWireServer(({ body }) => {
      const { id } = z.object({ id: z.int() }).parse(JSON.parse(body.toString('utf8')))
      return json({ jsonrpc: '2.0', id, result })
    })
    await using knowledge = openKnowledgeOverJsonRpc(settingsFor(system.url))
    await use(knowledge)
  }
  const written = { kind: 'WRITTEN', id: '1', revision: '1' }
  const wrong: readonly (readonly [title: string, page: object])[] = [
    ['does not advance, and says that there is more', { changes: [written], rows: [], marker: 'm', more: true }],
    ['has more rows than were asked for', { changes: [written, written, written, written], rows: Array.from({ length: 4 }, () => ({ id: '1' })), marker: 'n', more: false }],
    ['has no marker', { changes: [], rows: [], more: false }],
    ['has a change of a kind that there is not', { changes: [{ kind: 'BURNT', id: '1' }], rows: [{}], marker: 'n', more: false }],
  ]
  for (const [title, page] of wrong) {
    test(`a page that ${title} is Malformed`, () => against(page, async (knowledge) => {
      await assert.rejects(knowledge.listChanges('m', { ...opt, limit: 3 }), Malformed)
      await assert.rejects(knowledge.listIds('m', { ...opt, limit: 3 }), Malformed)
    }))
  }
})
