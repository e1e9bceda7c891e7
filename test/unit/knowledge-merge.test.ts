import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { foldDuplicates, fuseRanks, resemblance } from '../../subgraphs/knowledge/search/merge.ts'
import type { Copy } from '../../subgraphs/knowledge/search/merge.ts'
import { sketchOf } from '../../subgraphs/knowledge/search/sketch.ts'

const idsOf = (...lists: readonly string[][]) => fuseRanks(lists.map((ids) => ({ weight: 1, items: ids.map((id) => ({ id })) }))).map(({ item }) => item.id)
const words = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `word${from + index}`)

describe('lists of several sources as one', () => {
  it('have in front what several found', () => assert.deepEqual(idsOf(['a', 'b', 'c'], ['d', 'b', 'e']), ['b', 'a', 'd', 'c', 'e']))

  it('keep the order of a list that is alone', () => assert.deepEqual(idsOf(['c', 'a', 'b']), ['c', 'a', 'b']))

  it('count an id once a list, at its first rank', () => assert.deepEqual(idsOf(['a', 'b', 'b', 'b']), ['a', 'b']))

  it('follow the weights', () => {
    const fused = fuseRanks([{ weight: 0.2, items: [{ id: 'a' }] }, { weight: 1, items: [{ id: 'b' }] }])
    assert.deepEqual(fused.map(({ item }) => item.id), ['b', 'a'])
  })

  it('are the same in whatever order the lists came', () => {
    const list = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), { maxLength: 8 })
    fc.assert(fc.property(list, list, (one, other) => assert.deepEqual(idsOf(one, other), idsOf(other, one))))
  })
})

describe('near-duplicates', () => {
  const copyOf = (id: string, tokens: readonly string[], own: Partial<Copy> = {}): Copy => ({ id, title: 'one', language: 'en', sketch: sketchOf(tokens), updatedAt: 1, length: tokens.length, ...own })

  it('are told by what they have in common', () => {
    assert.equal(resemblance(sketchOf(words(300)), sketchOf(words(300))), 1)
    assert.equal(resemblance(sketchOf(words(300)), sketchOf(words(300, 1_000))), 0)
    const half = resemblance(sketchOf(words(300)), sketchOf(words(300, 100)))
    assert.ok(half > 0.3 && half < 0.7, `${half}`)
    assert.equal(resemblance(sketchOf([]), sketchOf([])), 0)
  })

  it('are one: the newest copy, at the first one\'s place, and the others\' ids', () => {
    const text = words(300)
    const found = [copyOf('old', text), copyOf('other', words(300, 5_000)), copyOf('new', [...text, 'changed'], { updatedAt: 2 })]
    assert.deepEqual(foldDuplicates(found).map(({ kept, duplicates }) => [kept.id, duplicates]), [['new', ['old']], ['other', []]])
  })

  it('of one age are the longest copy', () => {
    assert.deepEqual(foldDuplicates([copyOf('short', words(300)), copyOf('long', words(310))]).map(({ kept }) => kept.id), ['long'])
  })

  it('are of one language, and no short notes', () => {
    assert.equal(foldDuplicates([copyOf('a', words(300)), copyOf('b', words(300), { language: 'zh' })]).length, 2)
    assert.equal(foldDuplicates([copyOf('a', words(5)), copyOf('b', words(5))]).length, 2)
    assert.equal(foldDuplicates([copyOf('a', words(300)), copyOf('b', words(310), { title: 'two' })]).length, 2, 'made from one template, about two things')
    assert.equal(foldDuplicates([copyOf('a', words(300)), copyOf('b', words(300), { title: 'two' })]).length, 1, 'under another title')
  })
})
