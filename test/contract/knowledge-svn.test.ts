import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import iconv from 'iconv-lite'
import type { Change } from '../../demo/svn/repository.ts'
import type { Opened } from '../../fuse/adapters.ts'
import type { Row } from '../../fuse/call.ts'
import { BackendFailure, Cancelled, Malformed, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { openKnowledgeOverSvn } from '../../subgraphs/knowledge/backend.svn.ts'
import type { Article, KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'
import { svnServers } from '../kit/svn-servers.ts'
import type { SvnServer } from '../kit/svn-servers.ts'
import { startWireServer } from '../kit/wire-server.ts'

const opt = { signal: new AbortController().signal }
const maxResponseBytes = 50_000

const settingsFor = (url: string, more: Partial<BackendSettings> = {}): BackendSettings => ({
  name: 'handbook', protocol: 'svn', url, headers: {}, maxResponseBytes, timeZone: 'Asia/Shanghai', charset: 'utf-8', options: {}, ...more,
})

const odd = ['/a b.md', '/退货 政策.md', '/#1.md', '/what?.md', '/100%.md', '/a&b.md', '/it\'s.md', '/a+b.md', '/;,=@~.md', '/[x].md', '/!svn.md', '/...md', '/.hidden.md', '/e\u0301.md', '/😀.md']

const nora = { author: 'nora', date: '2026-01-02T03:04:05.678901Z' }
const chen = { author: '陈晓 & <co>', date: '2026-02-03T04:05:06.000001Z' }
const nobody = { author: null, date: '2026-03-04T05:06:07.999999Z' }

/** Revisions 1 to 6. */
const write = async (server: SvnServer) => {
  await server.commit([
    { put: 'trunk/docs/returns.md', content: '# Returns\n\nWithin 7 days.\n' },
    { put: 'trunk/docs/old/rules.md', content: 'Rules\n=====\n' },
    { put: 'trunk/docs/notes.txt', content: 'no heading\r\n' },
    { put: 'trunk/docs/logo.png', content: Buffer.of(0x89, 0x50, 0x4e, 0x47) },
    { put: 'trunk/secret.md', content: '# outside' },
    { put: 'trunk/guarded/x.md', content: '# guarded' },
    ...odd.map((path) => ({ put: `trunk/docs${path}`, content: `# ${path}` })),
  ], nora)
  await server.commit([{ put: 'trunk/docs/returns.md', content: '\uFEFF# Returns & more #\n\nWithin 15 days.\n' }], chen)
  await server.commit([{ move: 'trunk/docs/old', to: 'trunk/docs/new' }], nobody)
  await server.commit([
    { put: 'trunk/docs/gbk.txt', content: iconv.encode('退货须知', 'gbk'), mimeType: 'text/plain; charset=gbk' },
    { put: 'trunk/docs/gbk-unsaid.txt', content: iconv.encode('退货须知', 'gbk') },
    { put: 'trunk/docs/notepad.txt', content: Buffer.concat([Buffer.of(0xff, 0xfe), iconv.encode('退货', 'utf-16le')]) },
    { put: 'trunk/docs/klingon.txt', content: 'qapla', mimeType: 'text/plain; charset=klingon' },
    { put: 'trunk/docs/program.md', content: Buffer.of(0x7f, 0x45, 0x4c, 0x46, 0, 1) },
    { put: 'trunk/docs/large.md', content: 'x'.repeat(maxResponseBytes + 1) },
    { put: 'trunk/docs/empty.md', content: '' },
  ], nobody)
  await server.commit([
    { put: 'trunk/docs/page.html', mimeType: 'text/html',
      content: '<!DOCTYPE html><html><head><title>t</title><script>alert(1)</script></head><body><h1>运费</h1><table><tr><th>a</th></tr><tr><td>1</td></tr></table></body></html>' },
    { put: 'trunk/docs/PAGE.HTM', content: iconv.encode('<meta charset="gbk"><h2>退款</h2><p><a href="javascript:x">go</a>', 'gbk') },
    { put: 'trunk/docs/folder.md/inside.md', content: '# Inside' },
    { put: 'trunk/docs/sample.md', content: '---\ntitle: front\n---\n```\n# no heading\n```\n\n## A \\* heading ##\n' },
  ], nora)
  await server.commit([{ move: 'trunk/docs/notes.txt', to: 'trunk/docs/moved.txt' }], chen)
}

const told = (row: Row<Article> | undefined) => (row == null || row instanceof BackendFailure ? row?.name : [row.id, row.title, row.body, row.revision, row.updatedAt, row.author])
const idOf = (row: Row<Article>) => (row instanceof BackendFailure ? row.name : row?.id)
const noraAt = '2026-01-02T03:04:05.678Z'
const chenAt = '2026-02-03T04:05:06.000Z'
const nobodyAt = '2026-03-04T05:06:07.999Z'

/** In the order of the ids: what is told of an article, `Malformed`, or undefined where there is none. */
const onFile: Readonly<Record<string, ReturnType<typeof told>>> = {
  '/sample.md': ['/sample.md', 'A * heading', '---\ntitle: front\n---\n```\n# no heading\n```\n\n## A \\* heading ##\n', '5', noraAt, 'nora'],
  '/returns.md': ['/returns.md', 'Returns & more', '# Returns & more #\n\nWithin 15 days.\n', '2', chenAt, '陈晓 & <co>'],
  '/old/rules.md': undefined,
  '/new/rules.md': ['/new/rules.md', 'Rules', 'Rules\n=====\n', '1', noraAt, 'nora'],
  '/notes.txt': undefined,
  '/moved.txt': ['/moved.txt', 'moved.txt', 'no heading\r\n', '6', chenAt, '陈晓 & <co>'],
  '/gbk.txt': ['/gbk.txt', 'gbk.txt', '退货须知', '4', nobodyAt, null],
  '/gbk-unsaid.txt': 'Malformed',
  '/notepad.txt': ['/notepad.txt', 'notepad.txt', '退货', '4', nobodyAt, null],
  '/klingon.txt': 'Malformed',
  '/program.md': 'Malformed',
  '/large.md': 'Malformed',
  '/empty.md': ['/empty.md', 'empty.md', '', '4', nobodyAt, null],
  '/page.html': ['/page.html', '运费', '# 运费\n\n| a |\n| - |\n| 1 |', '5', noraAt, 'nora'],
  '/PAGE.HTM': ['/PAGE.HTM', '退款', '## 退款\n\ngo', '5', noraAt, 'nora'],
  '/folder.md': undefined,
  '/folder.md/inside.md': ['/folder.md/inside.md', 'Inside', '# Inside', '5', noraAt, 'nora'],
  '/logo.png': undefined,
  '/none.md': undefined,
}

/** Nothing of this is sent. */
const nowhere = [
  '', '/', 'returns.md', '//returns.md', '/new//rules.md', '/returns.md/', '/../secret.md', '/new/../returns.md', '/./returns.md', '/%2e%2e/secret.md', '/%252e%252e/secret.md',
  '/..%2fsecret.md', '/..%5csecret.md', '/..\\secret.md', '\\returns.md', '/!svn/ver/1/trunk/secret.md', '/!SVN/x.md', '/returns.md\u0000.md', '/a\n.md', '/\ud800.md', `/${'x'.repeat(5_000)}.md`,
  'http://elsewhere.example/x.md', '//elsewhere.example/x.md', '/folder.md/', '/returns.md?p=1', '/returns.md#x', '/returns', '/new',
]

for (const [name, { start, skip }] of Object.entries(svnServers)) {
  describe(`knowledge over svn, from ${name}`, { skip }, () => {
    const started = new AsyncDisposableStack()
    let server: SvnServer
    let knowledge: Opened<KnowledgeBackend>
    const open = (more: Partial<BackendSettings> = {}, below = '/trunk/docs') => started.use(openKnowledgeOverSvn(settingsFor(`${server.url}${below}`, more)))
    before(async () => {
      server = started.use(await start())
      await write(server)
      knowledge = open()
    })
    after(() => started.disposeAsync())
    afterEach(async () => {
      await server.relay.setFault('off')
      for (let attempt = 0; attempt < 50 && !(await ask().then(() => true, () => false)); attempt += 1) await setImmediate()
    })
    const ask = (signal = opt.signal) => knowledge.findArticles(['/returns.md', '/new/rules.md'], { signal })
    const alone = async (id: string, from = knowledge) => (await from.findArticles([id], opt))[0]

    test('each article comes at its place, with the revision, time and author of its last change; one that can\'t be read costs its own place', async () => {
      for (const ids of [Object.keys(onFile), Object.keys(onFile).toReversed()]) {
        assert.deepEqual((await knowledge.findArticles(ids, opt)).map(told), ids.map((id) => onFile[id]))
      }
    })

    test('a file that can\'t be read, asked for alone, is a row and no failed call', async () => {
      for (const id of ['/gbk-unsaid.txt', '/klingon.txt', '/program.md', '/large.md']) assert.ok((await alone(id)) instanceof Malformed, id)
    })

    test('an article that is asked for twice is at both places', async () => {
      assert.deepEqual((await knowledge.findArticles(['/returns.md', '/none.md', '/returns.md'], opt)).map(idOf), ['/returns.md', undefined, '/returns.md'])
    })

    for (const path of odd) {
      test(`the file ${JSON.stringify(path)} is found by its name`, async () => {
        assert.deepEqual(told(await alone(path)), [path, path, `# ${path}`, '1', noraAt, 'nora'])
      })
    }

    for (const id of nowhere) {
      test(`${JSON.stringify(id).slice(0, 50)} names no article, and nothing is sent`, async () => {
        const asked = server.relay.calls
        assert.deepEqual(await knowledge.findArticles([id], opt), [null])
        assert.equal(server.relay.calls, asked)
        assert.deepEqual((await knowledge.findArticles([id, '/returns.md'], opt)).map(idOf), [undefined, '/returns.md'])
      })
    }

    test('from the repository\'s root, what Subversion keeps below !svn is no article', async () => {
      assert.deepEqual((await open({}, '').findArticles(['/trunk/secret.md', '/!svn/ver/1/trunk/secret.md', '/!svn/rvr/1/trunk/secret.md'], opt)).map(idOf), ['/trunk/secret.md', undefined, undefined])
    })

    test('text that says no charset is read in the configured one, and what says one in its own', async () => {
      const rows = await open({ charset: 'gbk' }).findArticles(['/gbk-unsaid.txt', '/gbk.txt', '/notepad.txt'], opt)
      assert.deepEqual(rows.map((row) => (row !== null && 'body' in row ? row.body : row?.name)), ['退货须知', '退货须知', '退货'])
    })

    test('an article has an address where people can browse it', async () => {
      assert.deepEqual(await alone('/what?.md').then((row) => row && 'url' in row && row.url), null)
      const from = open({ options: { browseUrl: 'https://viewvc.example/docs/' } })
      assert.deepEqual(await alone('/what?.md', from).then((row) => row && 'url' in row && row.url), 'https://viewvc.example/docs/what%3F.md')
    })

    test('what the server keeps from us is refused, and the articles beside it are there', async () => {
      const from = open({}, '/trunk')
      assert.deepEqual((await from.findArticles(['/guarded/x.md', '/docs/returns.md'], opt)).map(idOf), ['Refused', '/docs/returns.md'])
      await assert.rejects(from.findArticles(['/guarded/x.md'], opt), Refused)
    })

    for (const [fault, kind] of [['garbage', Malformed], ['refuse', Unreachable]] as const) {
      test(`(${fault}) makes findArticles throw ${kind.name}`, async () => {
        await server.relay.setFault(fault)
        await assert.rejects(ask(), (error: unknown) => error instanceof kind && error.backend === 'handbook')
      })
    }

    test('a connection that is cut in the middle of an answer is Unreachable', async () => {
      server.relay.cutNextAnswer(300)
      await assert.rejects(knowledge.findArticles(['/returns.md'], opt), Unreachable)
    })

    test('(hang) makes findArticles throw TimedOut at the deadline, and Cancelled as soon as the caller hangs up', async () => {
      await server.relay.setFault('hang')
      await assert.rejects(ask(AbortSignal.timeout(40)), TimedOut)
      const caller = new AbortController()
      const asked = server.relay.calls
      const gone = assert.rejects(ask(caller.signal), Cancelled)
      while (server.relay.calls === asked) await setImmediate()
      caller.abort()
      await gone
    })

    test('is not asked for a caller who has gone, nor for nothing', async () => {
      const asked = server.relay.calls
      await assert.rejects(ask(AbortSignal.abort()), Cancelled)
      assert.deepEqual(await knowledge.findArticles([], opt), [])
      assert.equal(server.relay.calls, asked)
    })

    test('a commit is seen by the next call', async () => {
      await server.commit([{ put: 'trunk/docs/fresh.md', content: '# One' }], nora)
      const first = await alone('/fresh.md')
      const revision = await server.commit([{ put: 'trunk/docs/fresh.md', content: '# Two' }], chen)
      const second = await alone('/fresh.md')
      await server.commit([{ remove: 'trunk/docs/fresh.md' }], chen)
      assert.deepEqual([first, second, await alone('/fresh.md')].map(told), [
        ['/fresh.md', 'One', '# One', String(revision - 1), noraAt, 'nora'], ['/fresh.md', 'Two', '# Two', String(revision), chenAt, '陈晓 & <co>'], undefined,
      ])
    })

    /** What `changes` does is committed between the description of a file and its text. */
    const readWhile = async (id: string, changes: readonly Change[]) => {
      const { origin, pathname } = new URL(server.url)
      let committed: Promise<number> | undefined
      await using between = await startWireServer(async ({ method, url, headers, body }) => {
        const { depth = '0' } = headers
        const answer = await fetch(`${origin}${url}`, { method, headers: { depth: String(depth) }, ...(method === 'GET' ? {} : { body: Buffer.from(body) }) })
        const reply = { status: answer.status, headers: { 'content-type': answer.headers.get('content-type') ?? '' }, body: Buffer.from(await answer.arrayBuffer()) }
        await (committed ??= server.commit(changes, chen))
        return reply
      })
      await using from = openKnowledgeOverSvn(settingsFor(`${between.url}${pathname}/trunk/docs`))
      const row = await alone(id, from)
      assert.deepEqual(between.requests.map(({ method }) => method), ['PROPFIND', 'GET'])
      return told(row)
    }

    test('the text is that of the revision that is told, whatever is committed in between', async () => {
      const revision = String(await server.commit([{ put: 'trunk/docs/race/a.md', content: '# Before' }], nora))
      await server.commit([{ move: 'trunk/docs/race', to: 'trunk/docs/raced' }], chen)
      const before = ['/raced/a.md', 'Before', '# Before', revision, noraAt, 'nora']
      const changed = await readWhile('/raced/a.md', [{ put: 'trunk/docs/raced/a.md', content: '# After' }])
      assert.deepEqual(changed, before)
      assert.equal(await alone('/raced/a.md').then((row) => row && 'body' in row && row.body), '# After')
      await server.commit([{ put: 'trunk/docs/raced/b.md', content: '# Before' }], nora)
      assert.equal((await readWhile('/raced/b.md', [{ remove: 'trunk/docs/raced/b.md' }]))?.[2], '# Before')
      assert.equal((await readWhile('/raced/a.md', [{ move: 'trunk/docs/raced', to: 'trunk/docs/gone' }]))?.[2], '# After')
      assert.equal(await alone('/raced/a.md'), null)
    })
  })
}
