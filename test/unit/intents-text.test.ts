import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { featuresOf } from '../../subgraphs/routing/intents/features.ts'
import { maxCharacters, normalizeText, splitRuns } from '../../subgraphs/routing/intents/text.ts'
import { openSegmenter, segmentNothing, wordsOf } from '../../subgraphs/routing/intents/words.ts'

const hidden = ['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u202a', '\u202e', '\u2066', '\u2069', '\u061c', '\ufe0f']
const runsOf = (text: string) => splitRuns(normalizeText(text)).map(({ text: run }) => run)

describe('a text, as it is read', () => {
  it('has small letters of ordinary width', () => {
    assert.equal(normalizeText('ＡＰＩ Ｋｅｙ'), 'api key')
    assert.equal(normalizeText('ﬁne'), 'fine')
    assert.equal(normalizeText('ÉTÉ'), normalizeText('e\u0301te\u0301'))
  })

  it('is the same with and without what no screen shows', () => {
    for (const character of hidden) assert.equal(normalizeText(`re${character}fu${character}nd 退${character}款`), 'refund 退款', JSON.stringify(character))
  })

  it('has one apostrophe, however it was typed', () => assert.equal(normalizeText('can’t can`t'), 'can\'t can\'t'))

  it('is well-formed and of bounded length, whatever it was', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
      const normalized = normalizeText(text)
      assert.ok(normalized.isWellFormed() && normalized.length <= maxCharacters)
    }))
    assert.equal(normalizeText('a'.repeat(100_000)).length, maxCharacters)
    assert.ok(normalizeText(`${'a'.repeat(maxCharacters - 1)}\u{20000}`).isWellFormed())
  })

  it('is cut where the script changes', () => {
    assert.deepEqual(runsOf('我的iPhone收不到SMS怎么办？'), ['我的', 'iphone', '收不到', 'sms', '怎么办', '?'])
    assert.deepEqual(runsOf('Can\'t log-in: error 401!'), ['can\'t', 'log', 'in', 'error', '401', '!'])
  })

  it('has no emoji, and one word for all long numbers', () => {
    assert.deepEqual(runsOf('order 20240611 😡😡'), ['order', '0000'])
    assert.deepEqual(runsOf('订单1234567'), ['订单', '0000'])
  })
})

describe('words', () => {
  it('of Chinese are those of a dictionary, traditional characters as simplified ones', async () => {
    const segment = await openSegmenter()
    assert.deepEqual(wordsOf('我忘记密码了', segment).words, ['我', '忘记', '密码', '了'])
    assert.deepEqual(wordsOf('我忘記密碼了', segment), wordsOf('我忘记密码了', segment))
  })

  it('of other scripts need no dictionary', () => assert.deepEqual(wordsOf('забыл пароль', segmentNothing).words, ['забыл', 'пароль']))

  it('make a bounded number of features, however many there are', () => {
    const many = Array.from({ length: maxCharacters / 2 }, (_, index) => String.fromCharCode(0x61 + (index % 26))).join(' ')
    const { hashes, own } = featuresOf(wordsOf(many, segmentNothing))
    assert.ok(own < hashes.length && hashes.length < 10_000)
  })
})
