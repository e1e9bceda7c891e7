import assert from 'node:assert/strict'
import { open, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { IndexFailed, openIndex } from '../../subgraphs/knowledge/search/search-index.ts'
import type { SearchIndex } from '../../subgraphs/knowledge/search/search-index.ts'
import { articleLike, asking, keepIndex } from '../kit/search-index.ts'
import type { Kept } from '../kit/search-index.ts'

const hostile = [
  '', ' ', '*', '"', '""', '\'', 'NEAR(', 'NEAR(refund policy, 5)', 'refund OR', 'AND', 'NOT refund', 'title:refund', '{title} : refund', '^refund', 'refund*', '(', ')', '-', '+', 'refund -policy',
  '.*', '(a+)+$', '[a-z]{1,99999}', '\\', '%', '_', ';drop table terms', '\0', 'refund\0policy', '\ud83d', '\udc00\ud800', '😡', '👩‍👩‍👧', '\u200b', '的', '的 了 是', 'the and of', 'a OR b',
  'refund '.repeat(14_000), '退款'.repeat(50_000), 'x'.repeat(100_000), '"'.repeat(100_000), '\u{20000}'.repeat(50_000), 'ﷺ'.repeat(10_000), '__proto__', 'constructor',
  'refund\ud800policy\udfff', '*:*', 'ref*nd', 'refund~2', 'refund^3', '-"refund" +policy', 'near("a" "b")', '(?:(?=a)a*)*$', '^(refund|退款)+$', '\\p{L}+', '\0'.repeat(100_000), '\ud800'.repeat(100_000),
  'the of and '.repeat(9_000), '的了吗'.repeat(33_000), Array.from({ length: 1_000 }, (_, at) => `word${at}`).join(' '), Array.from({ length: 1_000 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join(' '),
]

const written = [
  articleLike({ id: 'wiki:refund-zh', title: '退款流程', body: '# 申请退款\n\n客户在订单页面申請退款，三天内到账。\n\n# 例外\n\n定制商品不支持。', tags: ['售后'] }),
  articleLike({ id: 'wiki:refund-en', title: 'Refund policy', body: 'Refunds are paid within **three days**.\n\n## Exceptions\n\nCustom goods are not refunded.' }),
  articleLike({ id: 'wiki:login', title: 'Login trouble', body: 'Whoever forgot the password asks for a verification code. Error E1001 says that it expired.' }),
  articleLike({ id: 'svn:/client.md', source: 'svn', title: '客户端安装', body: '客户端需要 Windows 10。支付宝不需要。' }),
  articleLike({ id: 'svn:/secret.md', source: 'svn', title: 'Refund secrets', body: 'What a refund costs us.', readers: ['finance'] }),
  // A word says something where most articles don't have it.
  ...Array.from({ length: 30 }, (_, at) => articleLike({ id: `yuque:${at}`, source: 'yuque', title: `Chapter ${at}`, body: 'Nothing in particular, 没什么特别的内容。' })),
]

describe('an index of a few articles in two languages', () => {
  let kept: Kept
  let index: SearchIndex
  before(async () => {
    kept = await keepIndex()
    index = await kept.open([['退款', 'refund', 'money back'], ['密码', 'password']])
    await index.put(written)
  })
  after(async () => {
    await index[Symbol.asyncDispose]()
    await kept[Symbol.asyncDispose]()
  })
  const idsOf = async (text: string, own: Parameters<typeof asking>[1] = {}) => (await index.search(asking(text, own))).map(({ id }) => id)

  it('finds words in whatever form they are written', async () => {
    for (const text of ['refunding', 'REFUND', 'ｒｅｆｕｎｄ', 're\u200bfund']) assert.equal((await idsOf(text))[0], 'wiki:refund-en', text)
    for (const text of ['退款', '退款流程', '申請退款', '申请退款怎么办']) assert.equal((await idsOf(text))[0], 'wiki:refund-zh', text)
    assert.deepEqual(await idsOf('e1001'), ['wiki:login'])
    assert.deepEqual(await idsOf('1001'), ['wiki:login'])
    assert.deepEqual(await idsOf('windows10'), ['svn:/client.md'])
  })

  it('finds by title, heading and tag', async () => {
    assert.deepEqual(await idsOf('trouble'), ['wiki:login'])
    assert.deepEqual(await idsOf('exceptions'), ['wiki:refund-en'])
    assert.deepEqual(await idsOf('售后'), ['wiki:refund-zh'])
  })

  it('finds Chinese by characters where no dictionary has the word', async () => {
    assert.deepEqual(await idsOf('户端'), ['svn:/client.md'])
    assert.deepEqual(await idsOf('端'), ['svn:/client.md'])
  })

  it('finds by synonyms of another language, after what has the word itself', async () => {
    assert.deepEqual(await idsOf('退款'), ['wiki:refund-zh', 'wiki:refund-en'])
    assert.deepEqual(await idsOf('refund'), ['wiki:refund-en', 'wiki:refund-zh'])
    assert.deepEqual((await idsOf('money back')).toSorted(), ['wiki:refund-en', 'wiki:refund-zh'])
    assert.deepEqual(await idsOf('密码'), ['wiki:login'])
  })

  it('takes other synonyms while it is open', async () => {
    await index.useSynonyms([['吃饭', 'password']])
    assert.deepEqual(await idsOf('吃饭'), ['wiki:login'])
    await index.useSynonyms([['退款', 'refund', 'money back'], ['密码', 'password']])
    assert.deepEqual(await idsOf('吃饭'), [])
  })

  it('shows the passage that matched, and where', async () => {
    const shownOf = async (text: string, id: string) => {
      const passage = (await index.search(asking(text))).find((hit) => hit.id === id)?.passage
      assert.ok(passage)
      return { text: passage.text, marked: passage.highlights.map(([start, end]) => passage.text.slice(start, end)) }
    }
    assert.deepEqual(await shownOf('refunding days', 'wiki:refund-en'), { text: 'Refunds are paid within three days.', marked: ['Refunds', 'days'] })
    assert.deepEqual(await shownOf('申请 页面', 'wiki:refund-zh'), { text: '客户在订单页面申請退款，三天内到账。', marked: ['页面申請'] })
    assert.deepEqual((await shownOf('户端', 'svn:/client.md')).marked, ['户端'])
  })

  it('asks the sources it is told to, and gives no more than it is told to', async () => {
    assert.deepEqual(await idsOf('refund', { sources: ['svn'] }), [])
    assert.deepEqual(await idsOf('refund', { sources: ['svn'], readers: ['finance'] }), ['svn:/secret.md'])
    assert.deepEqual(await idsOf('refund', { sources: [] }), [])
    assert.equal((await idsOf('refund', { limit: 1 })).length, 1)
    assert.deepEqual(await idsOf('refund', { limit: 0 }), [])
  })

  it('gives the passages of one source, several of an article', async () => {
    const hits = await index.passages({ text: 'refund', readers: ['public'], source: 'wiki', limit: 5 })
    assert.equal(hits.filter(({ id }) => id === 'wiki:refund-en').length, 2)
    assert.deepEqual(await index.passages({ text: 'refund', readers: ['public'], source: 'svn', limit: 5 }), [])
  })

  it('counts what may be read', async () => {
    assert.deepEqual([...(await index.count(['public']))], [['svn', 1], ['wiki', 3], ['yuque', 30]])
    assert.deepEqual([...(await index.count(['finance']))], [['svn', 1]])
    assert.deepEqual([...(await index.count([]))], [])
  })

  it('has an answer for whatever it is asked', async () => {
    for (const text of hostile) {
      const hits = await index.search(asking(text))
      assert.ok(hits.every(({ id }) => id !== 'svn:/secret.md'), JSON.stringify(text.slice(0, 40)))
    }
    for (const text of ['的 了 是', 'the and of', '*', '😡', '的了吗'.repeat(33_000), '\0'.repeat(100_000), '\ud800'.repeat(100_000)]) assert.deepEqual(await idsOf(text), [])
  })

  it('reads no operator in a text', async () => {
    assert.deepEqual(await idsOf('title:zzz'), await idsOf('title zzz'))
    assert.equal((await idsOf('NOT refund'))[0], 'wiki:refund-en')
  })

  it('gives up a search whose caller does', async () => {
    const reason = new Error('gone')
    await assert.rejects(index.search(asking('refund'), { signal: AbortSignal.abort(reason) }), reason)
    const controller = new AbortController()
    const waiting = [index.search(asking('refund')), index.search(asking('refund'), { signal: controller.signal })] as const
    controller.abort(reason)
    await assert.rejects(waiting[1], reason)
    assert.ok((await waiting[0]).length > 0)
  })
})

describe('an index that changes', () => {
  it('has the last edition of an article, and none that was removed', async () => {
    await using kept = await keepIndex()
    await using index = await kept.open()
    const find = async (text: string) => (await index.search(asking(text))).map(({ id }) => id)
    await index.put([articleLike({ id: 'wiki:1', body: 'walrus' }), articleLike({ id: 'wiki:2', body: 'walrus' })])
    await index.put([articleLike({ id: 'wiki:1', body: 'penguin' })])
    assert.deepEqual(await find('walrus'), ['wiki:2'])
    assert.deepEqual(await find('penguin'), ['wiki:1'])
    await index.remove(['wiki:2', 'wiki:unknown'], { at: '7' })
    assert.deepEqual(await find('walrus'), [])
    assert.equal(await index.recall('at'), '7')
    assert.equal(await index.recall('other'), null)
  })

  it('takes other readers without another edition', async () => {
    await using kept = await keepIndex()
    await using index = await kept.open()
    const article = articleLike({ id: 'wiki:1', body: 'walrus' })
    await index.put([article])
    await index.put([{ ...article, readers: ['finance'] }])
    assert.deepEqual(await index.search(asking('walrus')), [])
    assert.equal((await index.search(asking('walrus', { readers: ['finance'] }))).length, 1)
    assert.deepEqual([...(await index.count(['public']))], [])
  })

  it('folds near-duplicates that may be read, the newest in front', async () => {
    await using kept = await keepIndex()
    await using index = await kept.open()
    const body = Array.from({ length: 200 }, (_, at) => `walrus${at % 40} number${at}`).join(' ')
    await index.put([
      articleLike({ id: 'wiki:old', title: 'Walrus', body }),
      articleLike({ id: 'svn:new', source: 'svn', title: 'Walrus', body: `${body} changed`, updatedAt: 1_800_000_000_000 }),
      articleLike({ id: 'svn:hidden', source: 'svn', title: 'Walrus', body, readers: ['finance'] }),
      articleLike({ id: 'wiki:else', title: 'Walrus', body: 'Something else about it.' }),
    ])
    const hits = await index.search(asking('walrus'))
    assert.deepEqual(hits.map(({ id, duplicates }) => [id, duplicates]).toSorted(), [['svn:new', ['wiki:old']], ['wiki:else', []]])
  })

  it('searches while it is written, and stays whole', async () => {
    await using kept = await keepIndex()
    await using index = await kept.open()
    const articles = Array.from({ length: 600 }, (_, at) => articleLike({ id: `wiki:${at}`, title: `Walrus ${at}`, body: `about number${at} 退款 ${'words and words '.repeat(20)}` }))
    const puts = Promise.all([index.put(articles.slice(0, 300)), index.put(articles.slice(300)), index.remove(['wiki:5']), index.put(articles.slice(5, 6))])
    const seen: number[] = []
    for (let turn = 0; turn < 40; turn += 1) seen.push((await index.count(['public'])).get('wiki') ?? 0, (await index.search(asking('walrus', { limit: 3 }))).length)
    await puts
    assert.equal((await index.count(['public'])).get('wiki'), 600)
    assert.deepEqual((await index.search(asking('number599'))).map(({ id }) => id), ['wiki:599'])
    assert.ok(seen.every((count) => count <= 600))
  })

  it('takes an article of 20 MB, of which it knows the beginning', async () => {
    await using kept = await keepIndex()
    await using index = await kept.open()
    const body = `walrus at the beginning\n\n${'Some more words, 还有更多的字。 '.repeat(850_000)}penguin`
    assert.ok(Buffer.byteLength(body) > 20_000_000)
    await index.put([articleLike({ id: 'wiki:long', title: 'Long', body })])
    assert.equal((await index.search(asking('walrus'))).length, 1)
    assert.deepEqual(await index.search(asking('penguin')), [])
    const [hit] = await index.search(asking('更多'))
    assert.ok(hit && hit.passage.text.length <= 600)
  })
})

describe('an index on disk', () => {
  it('is there again, with what was to be remembered', async () => {
    await using kept = await keepIndex()
    {
      await using index = await kept.open()
      await index.put(written, { at: '42' })
    }
    await using index = await kept.open()
    assert.equal(await index.recall('at'), '42')
    assert.deepEqual((await index.search(asking('trouble'))).map(({ id }) => id), ['wiki:login'])
    assert.deepEqual(await index.revisions('svn', '', 10), written.filter(({ source }) => source === 'svn').map(({ id, revision }) => [id, revision]))
    assert.deepEqual(await index.revisions('wiki', 'wiki:login', 1), [['wiki:refund-en', written[1]?.revision]])
    assert.deepEqual(kept.told, [])
  })

  it('is given up while it is opened, as its caller says, and stays closed in order', async () => {
    await using kept = await keepIndex()
    {
      await using index = await kept.open()
      await index.put(written, { at: '42' })
    }
    const giveUp = new AbortController()
    const opening = openIndex({ file: kept.file, synonyms: [], log: pino({ level: 'silent' }), signal: giveUp.signal })
    const reason = new Error('enough')
    giveUp.abort(reason)
    await assert.rejects(opening, reason)
    const names = () => readdir(path.dirname(kept.file))
    assert.deepEqual((await names()).toSorted(), ['knowledge.db', 'knowledge.db.sound'])
    await assert.rejects(openIndex({ file: kept.file, synonyms: [], log: pino({ level: 'silent' }), signal: giveUp.signal }), reason)
    await using index = await kept.open()
    assert.equal(await index.recall('at'), '42')
    assert.deepEqual(kept.told, [])
  })

  const spoilt = {
    'is no database': (file: string) => writeFile(file, 'not a database at all, but long enough to be read as one '.repeat(100)),
    'is empty': (file: string) => writeFile(file, ''),
    'ends in the middle': (file: string) => truncate(file, 20_000),
    'has broken pages': async (file: string) => {
      const opened = await open(file, 'r+')
      const { size } = await opened.stat()
      for (let at = 8_192; at < size; at += 4_096) await opened.write(Buffer.alloc(64, 0xa5), 0, 64, at)
      await opened.close()
    },
    'is of another layout': async (file: string) => {
      const database = new DatabaseSync(file)
      database.exec('pragma user_version = 99')
      database.close()
    },
  } as const

  /** The first 64 bytes of the page that has a text. */
  const breakPageWith = async (file: string, text: string) => {
    const bytes = await readFile(file)
    const page = Math.floor(bytes.lastIndexOf(text) / 4_096) * 4_096
    assert.ok(page > 0)
    await writeFile(file, bytes.fill(0xa5, page, page + 64))
  }

  for (const [what, spoil] of Object.entries(spoilt)) {
    it(`is put aside and begun anew where its file ${what}`, async () => {
      await using kept = await keepIndex()
      {
        await using index = await kept.open()
        await index.put(written, { at: '42' })
      }
      await spoil(kept.file)
      await using index = await kept.open()
      assert.equal(await index.recall('at'), null)
      assert.deepEqual(await index.search(asking('refund')), [])
      await index.put(written)
      assert.equal((await index.search(asking('trouble'))).length, 1)
      assert.deepEqual(kept.told.map(({ message }) => message), ['the search index is begun anew, the file is put aside'])
      assert.ok((await readdir(path.dirname(kept.file))).includes('knowledge.db.broken'))
    })
  }

  it('is read to its end only where it may not be as it was left, and after a search has found it broken', async () => {
    await using kept = await keepIndex()
    {
      await using index = await kept.open()
      await index.put(written)
    }
    const { atime, mtimeMs } = await stat(kept.file)
    await breakPageWith(kept.file, 'trouble')
    // The middle of the same millisecond: a time in seconds is not exact to the last digit.
    await utimes(kept.file, atime, (Math.floor(mtimeMs) + 0.5) / 1_000)
    {
      await using index = await kept.open()
      assert.deepEqual(kept.told, [], 'nobody can tell')
      await assert.rejects(index.search(asking('trouble')), IndexFailed)
    }
    await using index = await kept.open()
    assert.deepEqual(kept.told.map(({ message }) => message), ['the search index is begun anew, the file is put aside'])
    assert.deepEqual(await index.search(asking('trouble')), [])
  })
})
