import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import type { Indexed } from '../../subgraphs/knowledge/search/indexed.ts'
import type { SearchIndex } from '../../subgraphs/knowledge/search/search-index.ts'
import { articleLike, asking, keepIndex } from '../kit/search-index.ts'
import type { Kept } from '../kit/search-index.ts'

/* What may be read, held against a naive reading of the rule: an article is readable where one of its readers is what the caller may read as. */

const departments = ['public', 'staff', 'finance', 'support', 'support/returns', 'it\'s', '"quoted"', '100%']
const words = ['walrus', 'penguin', '退款', '密码', 'refund'] as const
const sources = ['wiki', 'svn', 'yuque'] as const

const readers = fc.subarray(departments)
const articles = fc.array(fc.record({ number: fc.nat(30), source: fc.constantFrom(...sources), words: fc.subarray([...words], { minLength: 1 }), readers, isCopy: fc.boolean() }), { maxLength: 40 })

const common = Array.from({ length: 60 }, (_, at) => `sentence${at}`).join(' ')

describe('rights', () => {
  let kept: Kept
  let index: SearchIndex
  before(async () => {
    kept = await keepIndex()
    index = await kept.open([['退款', 'refund']])
  })
  after(async () => {
    await index[Symbol.asyncDispose]()
    await kept[Symbol.asyncDispose]()
  })

  it('let nobody find, count or read what they may not, and everybody what they may', async () => {
    const known = new Map<string, Indexed>()
    await fc.assert(fc.asyncProperty(articles, readers, fc.constantFrom(...words), fc.option(fc.subarray([...sources])), async (some, caller, word, only) => {
      await index.remove([...known.keys()])
      known.clear()
      const put = some.map((one) => articleLike({
        id: `${one.source}:${one.number}`, source: one.source, title: `Number ${one.number}`, body: `${one.words.join(', ')}${one.isCopy ? `. ${common}` : ''}`, readers: one.readers,
      }))
      for (const article of put) known.set(article.id, article)
      await index.put(put)
      const readable = [...known.values()].filter((article) => article.readers.some((reader) => caller.includes(reader)))
      const wordsOf = word === '退款' || word === 'refund' ? ['退款', 'refund'] : [word]
      const matching = readable.filter(({ body, source }) => wordsOf.some((one) => body.includes(one)) && (only ?? sources).some((one) => one === source))

      const hits = await index.search(asking(word, { readers: caller, sources: only, limit: 100 }))
      assert.deepEqual(hits.flatMap(({ id, duplicates }) => [id, ...duplicates]).toSorted(), matching.map(({ id }) => id).toSorted())
      const counted = Object.fromEntries(await index.count(caller))
      assert.deepEqual(counted, Object.fromEntries(Object.entries(Object.groupBy(readable, ({ source }) => source)).map(([source, all]) => [source, all?.length ?? 0])))
      for (const source of sources) {
        const passages = await index.passages({ text: word, readers: caller, source, limit: 100 })
        const allowed = new Set(readable.filter((article) => article.source === source).map(({ id }) => id))
        assert.ok(passages.every(({ id }) => allowed.has(id)))
      }
    }), { numRuns: 60 })
  })
})
