import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openRepository } from '../../demo/svn/repository.ts'
import type { Change } from '../../demo/svn/repository.ts'
import { startSvn } from '../../demo/svn.ts'
import type { Opened } from '../../fuse/adapters.ts'
import { Malformed, Refused } from '../../fuse/errors.ts'
import { openKnowledgeOverSvn } from '../../subgraphs/knowledge/backend.svn.ts'
import type { ArticleChange, KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'
import { svnServers } from '../kit/svn-servers.ts'
import type { SvnServer } from '../kit/svn-servers.ts'
import { startWireServer } from '../kit/wire-server.ts'
import { settingsFor } from './knowledge-on-file.ts'
import { applied, follow, listAll } from './knowledge-sync-suite.ts'

const opt = { signal: new AbortController().signal }
const nora = { author: 'nora', date: '2026-01-02T03:04:05.678901Z' }
const put = (path: string, content = `# ${path}`): Change => ({ put: `trunk/docs${path}`, content })

const words = (changes: readonly ArticleChange[]) => changes.map(({ kind, id }) => `${kind} ${id}`)

for (const [name, { start, skip }] of Object.entries(svnServers)) {
  describe(`following a repository of ${name}`, { skip }, () => {
    let server: SvnServer
    let knowledge: Opened<KnowledgeBackend>
    let marker: string | null = null
    before(async () => {
      server = await start()
      knowledge = openKnowledgeOverSvn(settingsFor(`${server.url}/trunk/docs`))
      await server.commit([put('/a.md'), put('/b & <c>.md'), put('/logo.png'), put('/退货/政策.txt'), put('/退货/深/one.html'), { put: 'trunk/beside.md', content: 'x' }], nora)
    })
    after(async () => {
      await knowledge[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    })

    /** What a commit makes of the marker that was reached, page by page. */
    const told = async (changes: readonly Change[], limit = 1_000): Promise<readonly string[]> => {
      if (changes.length > 0) await server.commit(changes, nora)
      const followed = await follow(knowledge, marker, limit)
      ;({ marker } = followed)
      return words(followed.changes)
    }

    test('from the beginning there are the files that the adapter serves', async () => {
      assert.deepEqual(await told([]), ['/a.md', '/b & <c>.md', '/退货/政策.txt', '/退货/深/one.html'].map((id) => `WRITTEN ${id}`))
    })

    test('what is beside the folder is none of its changes', async () => assert.deepEqual(await told([{ put: 'trunk/beside.md', content: 'y' }, put('/logo.png', 'z')]), []))

    test('a file is written, and deleted', async () => {
      assert.deepEqual(await told([put('/a.md', '# A, again')]), ['WRITTEN /a.md'])
      assert.deepEqual(await told([{ remove: 'trunk/docs/a.md' }]), ['DELETED /a.md'])
    })

    test('a file that is moved is one deleted and one written', async () => {
      assert.deepEqual(await told([{ move: 'trunk/docs/b & <c>.md', to: 'trunk/docs/c.md' }]), ['DELETED /b & <c>.md', 'WRITTEN /c.md'])
    })

    test('a folder that is moved is all its files, in pages of one too, with the revisions that findArticles tells', async () => {
      const [political, one] = ['/档案/政策.txt', '/档案/深/one.html']
      await server.commit([{ move: 'trunk/docs/退货', to: 'trunk/docs/档案' }], nora)
      const followed = await follow(knowledge, marker, 1)
      ;({ marker } = followed)
      assert.deepEqual(words(followed.changes), ['DELETED /退货/政策.txt', 'DELETED /退货/深/one.html', `WRITTEN ${political}`, `WRITTEN ${one}`])
      const index = applied(followed.changes)
      const rows = await knowledge.findArticles([political, one], opt)
      assert.deepEqual(rows.map((row) => row && 'revision' in row && row.revision), [index.get(political), index.get(one)])
    })

    test('a folder that is deleted is all its files', async () => {
      assert.deepEqual(await told([{ remove: 'trunk/docs/档案/深' }]), ['DELETED /档案/深/one.html'])
    })

    test('several revisions come oldest first', async () => {
      await server.commit([put('/d.md')], nora)
      await server.commit([put('/e.md')], nora)
      assert.deepEqual(await told([{ remove: 'trunk/docs/d.md' }], 2), ['WRITTEN /d.md', 'WRITTEN /e.md', 'DELETED /d.md'])
    })

    test('a folder above that is moved away and back loses nothing', async () => {
      await server.commit([{ move: 'trunk', to: 'branch' }], nora)
      await assert.rejects(knowledge.listChanges(marker, { ...opt, limit: 5 }), Refused)
      await assert.rejects(knowledge.listIds(null, { ...opt, limit: 5 }), Refused)
      await server.commit([{ move: 'branch', to: 'trunk' }], nora)
      const now = new Set((await listAll(knowledge, 50)).map(({ id }) => id))
      const followed = await follow(knowledge, marker, 2)
      ;({ marker } = followed)
      const index = applied(followed.changes)
      assert.deepEqual(new Set(index.keys()), now)
      assert.deepEqual(now, new Set(['/c.md', '/e.md', '/档案/政策.txt']))
    })

    test('a folder that may not be read is passed over', async () => {
      await server.commit([{ put: 'trunk/guarded/x.md', content: '# guarded' }], nora)
      await using trunk = openKnowledgeOverSvn(settingsFor(`${server.url}/trunk`))
      const ids = (await listAll(trunk, 3)).map(({ id }) => id)
      assert.ok(ids.includes('/beside.md') && !ids.some((id) => id.startsWith('/guarded')), ids.join())
    })
  })
}

describe('following a repository in trouble', () => {
  test('10,000 revisions at once come in many answers, none of them large', async () => {
    const repository = openRepository()
    for (let at = 0; at < 10_001; at += 1) repository.commit([{ put: `trunk/${at % 20}.md`, content: String(at) }], nora)
    await using system = await startSvn({ port: 0, company: { articles: [] }, repository })
    await using knowledge = openKnowledgeOverSvn(settingsFor(`${system.url}/svn/company/trunk`, { maxResponseBytes: 30_000 }))
    const { changes, pages } = await follow(knowledge, 'changed log 1', 1_000)
    assert.equal(changes.length, 10_000)
    assert.ok(pages > 100 && pages < 120, String(pages))
    assert.equal(applied(changes).get('/0.md'), '10001')
  })

  test('a revision of more files than a page may have comes in pages', async () => {
    const repository = openRepository()
    repository.commit([{ put: 'trunk/first.md', content: '' }], nora)
    const names = Array.from({ length: 1_500 }, (_, at) => `/folder-${at % 130}/${at}.md`)
    repository.commit(names.map((name) => ({ put: `trunk/new${name}`, content: '' })), nora)
    repository.commit([{ move: 'trunk/new', to: 'trunk/moved' }], nora)
    await using system = await startSvn({ port: 0, company: { articles: [] }, repository })
    await using knowledge = openKnowledgeOverSvn(settingsFor(`${system.url}/svn/company/trunk`))
    const { changes } = await follow(knowledge, 'changed log 1', 400)
    const expected = new Set(['/first.md', ...names.map((name) => `/moved${name}`)])
    assert.deepEqual(new Set(applied(changes, new Map([['/first.md', '1']])).keys()), expected)
    assert.equal(changes.length, 4_500)
    assert.deepEqual(new Set((await listAll(knowledge, 999)).map(({ id }) => id)), expected)
  })

  const root = '<D:multistatus xmlns:D="DAV:"><D:response><D:href>/svn/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype>'
    + '<D:checked-in><D:href>/svn/!svn/ver/9/</D:href></D:checked-in></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>'
  const entry = (revision: string, path = '/a.md') => `<S:log-item><S:added-path node-kind="file">${path}</S:added-path><D:version-name>${revision}</D:version-name></S:log-item>`
  const hostile: readonly (readonly [title: string, body: string])[] = [
    ['that gives the same revisions whatever it is asked for', [1, 2, 3].map((revision) => entry(String(revision))).join('')],
    ['whose revisions go backwards', [9, 8, 7].map((revision) => entry(String(revision))).join('')],
    ['whose revisions are none', entry('x')],
    ['that gives a revision twice', entry('9') + entry('9')],
    ['of another shape', '<S:log-item>text</S:log-item>'],
  ]
  for (const [title, items] of hostile) {
    test(`a log ${title} is Malformed`, async () => {
      const log = `<?xml version="1.0"?><S:log-report xmlns:S="svn:" xmlns:D="DAV:">${items}</S:log-report>`
      await using system = await startWireServer(({ method }) => ({ status: method === 'REPORT' ? 200 : 207, headers: { 'content-type': 'text/xml' }, body: method === 'REPORT' ? log : root }))
      await using knowledge = openKnowledgeOverSvn(settingsFor(`${system.url}/svn`))
      await assert.rejects(knowledge.listChanges('changed log 5', { ...opt, limit: 10 }), Malformed)
    })
  }

  test('a path that leads out of the folder names no article', async () => {
    const log = `<S:log-report xmlns:S="svn:" xmlns:D="DAV:">${entry('6', '/../../etc/passwd.md')}${entry('7', '/!svn/x.md')}</S:log-report>`
    await using system = await startWireServer(({ method }) => ({ status: method === 'REPORT' ? 200 : 207, headers: { 'content-type': 'text/xml' }, body: method === 'REPORT' ? log : root }))
    await using knowledge = openKnowledgeOverSvn(settingsFor(`${system.url}/svn`))
    const { changes } = await knowledge.listChanges('changed log 5', { ...opt, limit: 10 })
    const asked = system.requests.length
    assert.deepEqual(await knowledge.findArticles(changes.map(({ id }) => id), opt), changes.map(() => null))
    assert.equal(system.requests.length, asked)
  })
})
