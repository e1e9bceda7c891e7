import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { RulesError } from '../../subgraphs/department-rules.ts'
import { openSynonyms } from '../../subgraphs/knowledge/search/synonyms.ts'
import { parseSynonyms } from '../../subgraphs/synonym-groups.ts'
import { openTokenizer } from '../../subgraphs/knowledge/search/tokens.ts'

const shipped = readFileSync(path.join(import.meta.dirname, '../../knowledge/synonyms.yaml'), 'utf8')
const refused = (text: string) => {
  try {
    parseSynonyms(text, { file: 'synonyms.yaml' })
  } catch (error) {
    assert.ok(error instanceof RulesError)
    return error.message
  }
  return assert.fail('it was read')
}

describe('synonyms', () => {
  it('that ship are sixty groups and more, and no two words are together twice', () => {
    const groups = parseSynonyms(shipped, { file: 'synonyms.yaml' })
    assert.ok(groups.length >= 60)
    const pairs = groups.flatMap((words) => words.flatMap((word, index) => words.slice(index + 1).map((other) => [word, other].sort().join(' = '))))
    assert.deepEqual(pairs.filter((pair, index) => pairs.indexOf(pair) !== index), [])
    assert.deepEqual(groups.filter((words) => new Set(words).size < words.length), [])
  })

  it('keep the senses of a word apart: what shares one with it is not each other', async () => {
    const book = openSynonyms([['退', '退货'], ['退', '退款']], await openTokenizer())
    assert.deepEqual(book.after(['退']), { length: 1, others: [['退货'], ['退款']] })
    assert.deepEqual(book.after(['退货']), { length: 1, others: [['退']] })
  })

  it('are refused with the line of each mistake', () => {
    assert.match(refused('synonyms:\n  - [a, b]\n  - [alone]\n  - text\n'), /3.*at least two words[^]*4.*list of words/)
    assert.match(refused('synonyms: []\nothers: []\n'), /2.*nothing but synonyms/)
    assert.match(refused('synonyms: [[a, ""]]'), /1 to 100 characters/)
    assert.match(refused('synonyms: ['), /expected YAML/)
    assert.match(refused('x'.repeat(1_000_001)), /no more than/)
  })

  it('stand for words in a row, whatever their endings', async () => {
    const book = openSynonyms([['退款', 'refund', 'money back']], await openTokenizer())
    assert.deepEqual(book.after(['refund', 'late']), { length: 1, others: [['退款'], ['money', 'back']] })
    assert.deepEqual(book.after(['money', 'back']), { length: 2, others: [['退款'], ['refund']] })
    assert.equal(book.after(['money']), null)
    assert.equal(book.after(['constructor']), null)
  })
})
