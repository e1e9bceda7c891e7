import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, test } from 'node:test'
import { startYuque } from '../../demo/yuque.ts'
import type { Row } from '../../fuse/call.ts'
import { BackendFailure, Cancelled, Faulted, Malformed, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import type { Article, KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'
import { openKnowledgeOverYuque } from '../../subgraphs/knowledge/backend.yuque.ts'
import { type Heard, type Reply, startWireServer, until } from '../kit/wire-server.ts'
import { articlesOnFile, settingsFor } from './knowledge-on-file.ts'

const opt = { signal: new AbortController().signal }

type Use = (knowledge: KnowledgeBackend, requests: readonly Heard[]) => Promise<void>
type Answer = (id: string, heard: Heard, response: ServerResponse) => Reply | undefined | Promise<Reply | undefined>

const oneBook = { options: { namespace: 'shop/sup' } }

/** Answers by the last segment of the path. */
const against = async (answer: Answer, use: Use, more: Partial<BackendSettings> = {}) => {
  await using system = await startWireServer((heard, response) => answer(heard.url.split('/').at(-1) ?? '', heard, response))
  await using knowledge = openKnowledgeOverYuque(settingsFor(system.url, { ...oneBook, ...more }))
  await use(knowledge, system.requests)
}

const json = (body: unknown, status = 200): Reply => ({ status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) })
const doc = (id: string, more: object = {}) => ({
  id: Number(id), type: 'Doc', slug: `s${id}`, title: `T${id}`, format: 'lake', public: 1, status: 1, body: '# A', body_html: '<h1>B</h1>',
  content_updated_at: '2026-11-03T14:05:09.000+08:00', updated_at: '2026-11-19T00:00:00.000Z', user: { name: '李浩然' }, last_editor: { name: '陈晓' }, ...more,
})
const found = (id: string, more: object = {}) => json({ data: doc(id, more) })
const idOf = (row: Row<Article> | undefined) => (row instanceof BackendFailure ? row.name : row?.id)

/** Document 1 with `more`, and document 2 beside it, which is never lost with it. */
const one = (more: object, check: (row: Row<Article>) => void) => against((id) => found(id, id === '1' ? more : {}), async (knowledge) => {
  const [first = null, second = null] = await knowledge.findArticles(['1', '2'], opt)
  assert.equal(idOf(second), '2')
  check(first)
})
const read = (more: object, check: (article: Article) => void) => one(more, (row) => {
  assert.ok(row && 'id' in row, idOf(row) ?? 'nothing')
  check(row)
})

describe('knowledge over yuque: what is asked', () => {
  const ids = Array.from({ length: 30 }, (_, index) => String(index + 1))

  test('one document a call, each once, and never more than eight at a time', async () => {
    let [open, most] = [0, 0]
    const answer: Answer = async (id) => {
      most = Math.max(most, open += 1)
      await new Promise((resolve) => { setImmediate(resolve) })
      open -= 1
      return found(id)
    }
    await against(answer, async (knowledge, requests) => {
      assert.deepEqual((await knowledge.findArticles([...ids, ...ids], opt)).map(idOf), [...ids, ...ids])
      assert.equal(requests.length, 30)
      assert.ok(most > 1 && most <= 8, String(most))
    })
  })

  test('the path has the book and the document, and the headers say who asks, with the token', () => against((id) => found(id), async (knowledge, requests) => {
    await knowledge.findArticles(['17'], opt)
    assert.deepEqual(requests.map(({ url, headers }) => [url, headers['x-auth-token'], headers['user-agent']]), [['/api/v2/repos/shop/sup/docs/17', 'abc', 'fuseboard']])
  }, { headers: { 'X-Auth-Token': 'abc' } }))

  test('a configured User-Agent is the only one', () => against((id) => found(id), async (knowledge, requests) => {
    await knowledge.findArticles(['1'], opt)
    assert.equal(requests[0]?.headers['user-agent'], 'shop-hub')
  }, { headers: { 'User-Agent': 'shop-hub' } }))

  test('what is no number is not sent', () => against((id) => found(id), async (knowledge, requests) => {
    const odd = ['', 'a17', '017', '0', '-1', '1.5', '1e3', '../17', '17/..', '17?x=1', ' 17', '17\n', '１７', '9'.repeat(17), '%31']
    assert.deepEqual(await knowledge.findArticles(odd, opt), odd.map(() => null))
    assert.deepEqual(requests, [])
  }))

  test('the books are asked in their order, until one has the document', () => {
    const answer: Answer = (id, { url }) => (url.includes('/b/two/') && id === '1' ? found(id) : json({ status: 404 }, 404))
    return against(answer, async (knowledge, requests) => {
      const [first, second] = await knowledge.findArticles(['1', '2'], opt)
      assert.ok(first && 'url' in first)
      assert.match(first.url ?? '', /^http:\/\/127\.0\.0\.1:\d+\/b\/two\/s1$/)
      assert.equal(second, null)
      assert.deepEqual(requests.map(({ url }) => url.split('/').slice(4).join('/')).toSorted(), [
        'a/one/docs/1', 'a/one/docs/2', 'b/two/docs/1', 'b/two/docs/2', 'c/three/docs/2',
      ])
    }, { options: { namespace: ['a/one', 'b/two', 'c/three'] } })
  })

  for (const options of [{}, { namespace: '' }, { namespace: 'group' }, { namespace: 'a/b/c' }, { namespace: '../b' }, { namespace: 'a/..' }, { namespace: 'a/b?x' }, { namespace: [] },
    { namespace: 7 }, { namespace: 'a/b', token: 'x' }]) {
    test(`${JSON.stringify(options)} are no options`, () => {
      assert.throws(() => openKnowledgeOverYuque(settingsFor('http://127.0.0.1:9', { options })), (error: unknown) =>
        error instanceof TypeError && error.message.startsWith('backends.knowledge.options') && !error.message.includes('\n'))
    })
  }

  test('the stand-in lists its books as the API does, and refuses a wrong token', async () => {
    await using system = await startYuque({ port: 0, company: { articles: articlesOnFile } })
    const list = await (await fetch(`${system.url}/api/v2/repos/shop/sup/docs?offset=1&limit=2`)).json()
    const chinese = articlesOnFile.filter(({ language, spaceKey }) => language === 'zh' && spaceKey === 'SUP')
    assert.partialDeepStrictEqual(list, { data: chinese.slice(1, 3).map(({ id, title }) => ({ id, title, status: 1 })), meta: { total: chinese.length } })
    assert.equal((await fetch(`${system.url}/api/v2/repos/shop/sup/docs?limit=101`)).status, 422)
    await using knowledge = openKnowledgeOverYuque(settingsFor(system.url, { ...oneBook, headers: { 'x-auth-token': 'wrong' } }))
    await assert.rejects(knowledge.findArticles(['98311'], opt), Refused)
  })
})

describe('knowledge over yuque: what is told', () => {
  test('a document is told in our words', () => read({}, (article) => {
    const { url, ...rest } = article
    assert.deepEqual(rest, { id: '1', title: 'T1', body: '# A', revision: '2026-11-03T06:05:09.000Z', updatedAt: '2026-11-03T06:05:09.000Z', author: '陈晓', tags: [], place: 'shop/sup', readers: null })
    assert.match(url ?? '', /\/shop\/sup\/s1$/)
  }))

  test('a slug stays one segment of the address', () => read({ slug: 'a b/../c?d#\ud800' }, ({ url }) => assert.match(url ?? '', /\/shop\/sup\/a%20b%2F\.\.%2Fc%3Fd%23%EF%BF%BD$/)))

  test('who wrote it is told where nobody edited it, and null where nobody is named', async () => {
    await read({ last_editor: null }, ({ author }) => assert.equal(author, '李浩然'))
    await read({ last_editor: {}, user: undefined }, ({ author }) => assert.equal(author, null))
  })

  test('a document without a time of its content has that of its record', () =>
    read({ content_updated_at: null }, ({ updatedAt }) => assert.equal(updatedAt, '2026-11-19T00:00:00.000Z')))

  const bodies: Readonly<Record<string, readonly [object, string]>> = {
    'Markdown of the export loses its anchors, breaks and colours': [
      { body: '<a name="x1"></a>\n## 退款<br />\n\none<br />two <font color="red">red</font>' }, '## 退款\n\none\\\ntwo red',
    ],
    'Markdown that was written as such is itself': [{ format: 'markdown', body: '- a\n- b' }, '- a\n- b'],
    'a document with its HTML alone becomes Markdown': [
      { body: null, body_html: '<!doctype html><div class="lake-content"><h2>退款</h2><ul><li>a</li></ul><pre data-language="sql"><code>a &lt; b</code></pre></div>' },
      '## 退款\n\n- a\n\n```sql\na < b\n```',
    ],
    'an empty Markdown gives way to HTML': [{ body: '' }, '# B'],
    'a document of the format HTML is read as such': [{ format: 'html', body: '<p>a<b>b</b></p>', body_html: null }, 'a**b**'],
    'the editor\'s own format is read by its HTML': [{ body: '<!doctype lake><p>x</p>' }, '# B'],
    'the editor\'s own format without its HTML is read as HTML': [{ body: '<!doctype lake><p id="u1">x</p>', body_html: null }, 'x'],
    'a document without a word is empty': [{ body: '', body_html: '' }, ''],
  }
  for (const [title, [more, body]] of Object.entries(bodies)) test(title, () => read(more, (article) => assert.equal(article.body, body)))

  const absent: Readonly<Record<string, object>> = {
    'a draft': { status: 0 }, 'a draft, as text': { status: '0' }, 'a status that nobody knows': { status: 9 }, 'a deleted one': { deleted_at: '2026-11-01T00:00:00.000Z' },
    'a sheet': { type: 'Sheet' }, 'a board': { type: 'Board' }, 'a draft that could not be read': { status: 0, title: null },
  }
  for (const [title, more] of Object.entries(absent)) test(`${title} is not there`, () => one(more, (row) => assert.equal(row, null)))

  const unreadable: readonly object[] = [
    { title: undefined }, { title: 7 }, { id: '1' }, { id: 3 }, { id: 1.5 }, { status: null }, { status: true }, { slug: '' }, { body: 7 }, { body: null, body_html: null },
    { content_updated_at: 'yesterday' }, { content_updated_at: '2026-02-30T00:00:00Z' }, { content_updated_at: null, updated_at: null }, { last_editor: 'x' },
    { body: null, body_html: 'x'.repeat(2_000_001) }, { body: null, body_html: '<div>'.repeat(10_000) },
  ]
  for (const more of unreadable) {
    test(`a document with ${JSON.stringify(more).slice(0, 60)} costs its own place`, () => one(more, (row) => assert.equal(idOf(row), 'Malformed')))
  }
})

describe('knowledge over yuque: what goes wrong', () => {
  const html = '<!DOCTYPE html><html><title>登录 · 语雀</title>'
  const type = { 'content-type': 'application/json; charset=utf-8' }

  /** What is answered about one document, and nothing else is lost with. */
  const itsOwn: Readonly<Record<string, readonly [Reply, string | undefined]>> = {
    'a login page with status 200': [{ headers: { 'content-type': 'text/html' }, body: html }, 'Malformed'],
    'a login page that calls itself JSON': [{ headers: type, body: html }, 'Malformed'],
    'a redirect': [{ status: 302, headers: { location: 'https://login.example/' } }, 'Malformed'],
    'nothing at all': [{ headers: type }, 'Malformed'],
    'no data': [json({}), 'Malformed'],
    'data that are null': [json({ data: null }), 'Malformed'],
    'null': [json(null), undefined],
    'a list': [json({ data: [doc('1')] }), 'Malformed'],
    'another document': [json({ data: doc('7') }), 'Malformed'],
    'bytes that are not of its charset': [{ headers: type, body: Buffer.from(JSON.stringify({ data: doc('1', { title: 'ÿ' }) }), 'latin1') }, 'Malformed'],
    'a charset that nobody knows': [{ headers: { 'content-type': 'application/json; charset=klingon' }, body: '{}' }, 'Malformed'],
    'more than it may be': [found('1', { body: 'x'.repeat(60_000) }), 'Malformed'],
    'status 401': [json({ status: 401 }, 401), 'Refused'],
    'status 403': [json({ status: 403 }, 403), 'Refused'],
    'status 404': [json({ status: 404 }, 404), undefined],
  }
  for (const [title, [reply, name]] of Object.entries(itsOwn)) {
    test(`${title} is ${name ?? 'no document'}, at its own place`, () => against((id) => (id === '1' ? reply : found(id)), async (knowledge) => {
      assert.deepEqual((await knowledge.findArticles(['2', '1', '3'], opt)).map(idOf), ['2', name, '3'])
    }, { maxResponseBytes: 50_000 }))
  }

  for (const [title, status, kind] of [['a site that shows all of us its login page', 200, Malformed], ['a token that is refused', 401, Refused]] as const) {
    test(`${title} is ${kind.name}`, () => against(() => ({ status, headers: { 'content-type': 'text/html' }, body: html }), (knowledge) =>
      assert.rejects(knowledge.findArticles(['1', '2'], opt), kind)))
  }

  const ids = Array.from({ length: 100 }, (_, index) => String(index + 1))

  test('429 ends the whole, says how long to wait, and is not run into further', () =>
    against((id) => (id === '1' ? { status: 429, headers: { 'retry-after': '7', 'x-ratelimit-remaining': '0' } } : found(id)), async (knowledge, requests) => {
      await assert.rejects(knowledge.findArticles(ids, opt), (error: unknown) => error instanceof Faulted && error.retryAfterMs === 7_000)
      assert.ok(requests.length < 60, `${requests.length} calls`)
    }))

  test('status 500 of one document ends the whole, and what is under way with it', async () => {
    let closed = 0
    const answer: Answer = (id, _, response) => {
      if (id === '8') return { status: 500 }
      response.on('close', () => { closed += 1 })
      return undefined
    }
    await against(answer, async (knowledge, requests) => {
      await assert.rejects(knowledge.findArticles(ids, opt), Faulted)
      await until(() => closed === requests.length - 1)
      assert.ok(requests.length <= 8)
    })
  })

  test('a connection that breaks ends the whole', () => against((id, _, response) => (id === '1' ? void response.destroy() : found(id)), (knowledge) =>
    assert.rejects(knowledge.findArticles(ids, opt), Unreachable)))

  test('a document that takes too long ends the whole at the deadline', () => against((id) => (id === '1' ? undefined : found(id)), (knowledge) =>
    assert.rejects(knowledge.findArticles(['1', '2'], { signal: AbortSignal.timeout(60) }), TimedOut)))

  test('a caller who hangs up ends the whole', () => {
    const caller = new AbortController()
    return against((id) => { caller.abort(); return id === '1' ? undefined : found(id) }, (knowledge) =>
      assert.rejects(knowledge.findArticles(['1', '2'], { signal: caller.signal }), Cancelled))
  })
})
