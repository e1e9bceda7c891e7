import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { before, describe, it } from 'node:test'
import fc from 'fast-check'
import { readQuery, synonymExpression, wordExpressions } from '../../subgraphs/knowledge/search/query.ts'
import { openSynonyms } from '../../subgraphs/knowledge/search/synonyms.ts'
import type { SynonymBook } from '../../subgraphs/knowledge/search/synonyms.ts'
import { openTokenizer } from '../../subgraphs/knowledge/search/tokens.ts'
import type { Tokenizer } from '../../subgraphs/knowledge/search/tokens.ts'

/** Words, and the syntax of FTS5 and of regular expressions between them. */
const pieces = ['refund', '退款', 'E1001', 'AND', 'OR', 'NOT', 'NEAR(', '"', '""', '*', '^', ':', '-', '+', '(', ')', '{title}', '\\', '.*', '[a-z]', '\0', '\ud800', '的', 'the', ' ']

const wordsIn = (expression: string) => new Set([...expression.matchAll(/"((?:[^"]|"")*)"/g)].flatMap(([, text = '']) => text.split(' '))).size

describe('a text that somebody typed', () => {
  let tokenizer: Tokenizer
  let book: SynonymBook
  before(async () => {
    tokenizer = await openTokenizer()
    book = openSynonyms([Array.from({ length: 200 }, (_, at) => `word${at} other${at}`), ['退款', 'refund']], tokenizer)
  })
  const expressionsOf = (text: string, count: number): readonly string[] => {
    const asked = readQuery(text, tokenizer, book)
    return [...wordExpressions(asked, () => count), synonymExpression(asked, () => count)].filter((one) => one !== null)
  }

  it('is an expression that FTS5 reads, whatever it is', () => {
    using database = new DatabaseSync(':memory:')
    database.exec('create virtual table terms using fts5(title, headings, body, tags, strong, pairs, tokenize="ascii")')
    const find = database.prepare('select rowid from terms where terms match ?')
    const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((some) => some.join('')))
    fc.assert(fc.property(texts, fc.constantFrom(0, 1, 5_000, 50_000), (text, count) => {
      for (const expression of expressionsOf(text, count)) assert.deepEqual(find.all(expression), [])
    }), { numRuns: 500 })
  })

  it('has few words, however many there are in it', () => {
    for (const count of [0, 1, 50_000]) {
      const words = Array.from({ length: 1_000 }, (_, at) => `word${at}`).join(' ')
      const han = Array.from({ length: 1_000 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join(' ')
      for (const text of [words, `word0 other0 ${words}`, han, 'x1y2'.repeat(25_000)]) assert.ok(expressionsOf(text, count).every((one) => wordsIn(one) <= 150), text.slice(0, 20))
    }
  })
})
