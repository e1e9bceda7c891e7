import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import fc from 'fast-check'
import { openTokenizer, pairsOf, runsOf } from '../../subgraphs/knowledge/search/tokens.ts'
import type { Tokenizer } from '../../subgraphs/knowledge/search/tokens.ts'

describe('the tokens of a text', () => {
  let tokenizer: Tokenizer
  before(async () => {
    tokenizer = await openTokenizer()
  })
  const wordsOf = (text: string) => [...runsOf(text)].flatMap((run) => tokenizer.words(run))
  const finelyOf = (text: string) => [...runsOf(text)].flatMap((run) => tokenizer.finely(run))

  it('are English words without their endings', () => {
    assert.deepEqual(wordsOf('Refunding refunds, refunded: REFUND'), ['refund', 'refund', 'refund', 'refund'])
    assert.deepEqual(wordsOf('deliveries delivery'), ['deliveri', 'deliveri'])
    assert.deepEqual(wordsOf('the customer’s parcels'), ['custom', 'parcel'])
  })

  it('are the same of traditional and of simplified characters', () => {
    assert.deepEqual(wordsOf('申請退款'), ['申请', '退款'])
    assert.deepEqual(wordsOf('忘記密碼'), wordsOf('忘记密码'))
  })

  it('are of articles the shorter words within long ones too', () => {
    assert.ok(finelyOf('客户端').includes('客户') && finelyOf('客户端').includes('客户端'))
  })

  it('leave out stop words of both languages', () => assert.deepEqual(wordsOf('how to do this 我们的 怎么 是'), []))

  it('are letters and digits together, and of articles apart too', () => {
    assert.deepEqual(wordsOf('E1001 ｉＰｈｏｎｅ15'), ['e1001', 'iphone15'])
    assert.deepEqual(finelyOf('E1001 ｉＰｈｏｎｅ15'), ['e1001', 'e', '1001', 'iphone15', 'iphon', '15'])
  })

  it('are pairs of neighbours too, by characters', () => assert.deepEqual(pairsOf('退款\u{20000}单'), ['退款', '款\u{20000}', '\u{20000}单']))

  it('have no blank, no quote and no half of a character, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      for (const token of finelyOf(text)) assert.ok(token !== '' && token.isWellFormed() && !/[\s"'\0]/.test(token), JSON.stringify(token))
    }))
  })

  it('keep the length of Chinese, so that what matched can be shown', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      for (const run of runsOf(text)) {
        assert.equal(tokenizer.simplify(run.text).length, run.text.length)
        assert.equal(text.slice(run.start, run.start + run.text.length).toWellFormed(), run.text)
      }
    }))
  })
})
