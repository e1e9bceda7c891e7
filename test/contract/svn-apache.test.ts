import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import iconv from 'iconv-lite'
import { Faulted } from '../../fuse/errors.ts'
import { openKnowledgeOverSvn } from '../../subgraphs/knowledge/backend.svn.ts'
import { guardedHeaders, startApacheSvn, withoutApacheSvn } from '../kit/apache-svn.ts'
import type { ApacheSvn } from '../kit/apache-svn.ts'
import { patient, settingsOf } from '../kit/wire-server.ts'

const opt = { signal: patient() }
const nora = { author: 'nora', date: '2026-01-02T03:04:05.678901Z' }

describe('knowledge over svn, from an Apache of its own', { skip: withoutApacheSvn() }, () => {
  let apache: ApacheSvn
  before(async () => {
    apache = await startApacheSvn()
  })
  after(() => apache[Symbol.asyncDispose]())

  test('folders that include themselves by svn:externals are not followed', async () => {
    await apache.commit([{ put: 'trunk/a/one.md', content: '# One' }, { put: 'trunk/b/two.md', content: '# Two' }], nora)
    await apache.setExternals('trunk/a', '^/trunk/b b')
    await apache.setExternals('trunk/b', '^/trunk/a a')
    await using knowledge = openKnowledgeOverSvn(settingsOf(`${apache.url}/trunk`))
    const rows = await knowledge.findArticles(['/a/one.md', '/a/b/two.md', '/a/b/a/one.md', '/b/a/one.md'], opt)
    assert.deepEqual(rows.map((row) => row && 'title' in row && row.title), ['One', null, null, null])
  })

  test('what includes itself by svn:externals is listed once, and a change of externals is no article\'s', async () => {
    await using knowledge = openKnowledgeOverSvn(settingsOf(`${apache.url}/trunk`))
    const { marker, changes, isAnew } = await knowledge.listChanges('changed log 1', { ...opt, limit: 50 })
    assert.deepEqual([changes, isAnew], [[], false])
    const { rows } = await knowledge.listIds(null, { ...opt, limit: 50 })
    assert.deepEqual(rows.map(({ id, place }) => [id, place]), [['/a/one.md', '/a'], ['/b/two.md', '/b']])
    const revision = await apache.commit([{ move: 'trunk/b/two.md', to: 'trunk/a/二.md' }], nora)
    const moved = await knowledge.listChanges(marker, { ...opt, limit: 50 })
    assert.deepEqual(moved.changes, [{ kind: 'DELETED', id: '/b/two.md' }, { kind: 'WRITTEN', id: '/a/二.md', revision: String(revision) }])
    await apache.commit([{ move: 'trunk/a/二.md', to: 'trunk/b/two.md' }], nora)
  })

  test('a marker from before the repository was brought back from an older copy begins anew', async () => {
    await using knowledge = openKnowledgeOverSvn(settingsOf(`${apache.url}/trunk`))
    const page = await knowledge.listChanges('changed log 99999', { ...opt, limit: 50 })
    assert.deepEqual([page.isAnew, page.changes.length], [true, 2])
  })

  test('credentials go with the description and with the text', async () => {
    await apache.commit([{ put: 'trunk/guarded/x.md', content: '# Guarded' }], nora)
    await using knowledge = openKnowledgeOverSvn(settingsOf(`${apache.url}/trunk`, { headers: guardedHeaders }))
    const [row] = await knowledge.findArticles(['/guarded/x.md'], opt)
    assert.equal(row && 'title' in row && row.title, 'Guarded')
  })

  test('text is not in the charset that the server puts on what has none', async () => {
    const type = 'text/plain; charset=big5'
    await apache.commit([{ put: 'trunk/defaulted/a.txt', content: iconv.encode('退货', 'gbk') }, { put: 'trunk/defaulted/b.txt', content: iconv.encode('退貨', 'big5'), mimeType: type }], nora)
    assert.equal((await fetch(`${apache.url}/trunk/defaulted/a.txt`)).headers.get('content-type'), 'text/plain; charset=UTF-8')
    await using knowledge = openKnowledgeOverSvn(settingsOf(`${apache.url}/trunk`, { charset: 'gbk' }))
    const rows = await knowledge.findArticles(['/defaulted/a.txt', '/defaulted/b.txt'], opt)
    assert.deepEqual(rows.map((row) => row && 'body' in row && row.body), ['退货', '退貨'])
  })

  test('a commit without a date is no article that can be told: its row is Malformed', async () => {
    const revision = await apache.commit([{ put: 'trunk/undated.md', content: '# Undated' }], nora)
    await apache.forgetDate(revision)
    await using knowledge = openKnowledgeOverSvn(settingsOf(`${apache.url}/trunk`))
    const rows = await knowledge.findArticles(['/undated.md', '/a/one.md'], opt)
    assert.deepEqual(rows.map((row) => row?.constructor.name), ['Malformed', 'Object'])
  })

  test('a repository that is damaged is Faulted', async () => {
    const revision = await apache.commit([{ put: 'trunk/lost.md', content: '# Lost' }], nora)
    await apache.damage(revision)
    await using knowledge = openKnowledgeOverSvn(settingsOf(`${apache.url}/trunk`))
    await assert.rejects(knowledge.findArticles(['/lost.md'], opt), Faulted)
    await assert.rejects(knowledge.listChanges('changed log 1', { ...opt, limit: 50 }), Faulted)
  })
})
