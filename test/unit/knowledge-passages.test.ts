import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { maxIndexed, passagesOf } from '../../subgraphs/knowledge/search/passages.ts'

const partsOf = (markdown: string) => [...passagesOf(markdown)]
const textsOf = (markdown: string) => partsOf(markdown).map(({ text }) => text)

describe('the passages of an article', () => {
  it('begin at its headings, and keep those above', () => {
    assert.deepEqual(partsOf('Intro\n\n# One\nfirst\n## Inner ##\nsecond\n\nTwo\n===\n\nthird'), [
      { headings: [], text: 'Intro' },
      { headings: ['One'], text: 'first' },
      { headings: ['One', 'Inner'], text: 'second' },
      { headings: ['Two'], text: 'third' },
    ])
  })

  it('are plain text', () => {
    assert.deepEqual(textsOf('> - **Bold** and _thin_ [link](http://x/y) ![picture](z.png) <b>tag</b> `code` &amp; 2\\*3 snake_case_name'), ['Bold and thin link picture tag code & 2*3 snake_case_name'])
  })

  it('are about 120 English words, and end where a sentence does', () => {
    const texts = textsOf(Array.from({ length: 60 }, (_, index) => `Sentence number ${index} has exactly seven words.`).join(' '))
    assert.ok(texts.length === 4, `${texts.length}`)
    assert.ok(texts.every((text) => text.endsWith('words.') && text.split(' ').length <= 120))
  })

  it('are about 250 Chinese characters', () => {
    const texts = textsOf('客户可以在订单页面申请退款。'.repeat(60))
    assert.ok(texts.every((text) => text.endsWith('。') && text.length <= 280) && texts.length === 4, texts.map(({ length }) => length).join(' '))
  })

  it('keep code and tables whole, up to a bound', () => {
    const program = Array.from({ length: 40 }, (_, index) => `const value${index} = compute(${index})`).join('\n')
    assert.ok(textsOf(`before\n\n\`\`\`ts\n${program}\n\`\`\`\n\nafter`).some((text) => text.includes(program)))
    assert.deepEqual(textsOf('| a | b |\n| --- | --- |\n| 1 | **2** |'), ['a | b\n1 | 2'])
    const endless = textsOf(`\`\`\`\n${program.repeat(20)}`)
    assert.ok(endless.length > 5 && endless.every((text) => text.length <= 2_000))
  })

  it('have every word of a text, and none is too long', () => {
    fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}[.!?]?$/), { maxLength: 400 }), (words) => {
      const texts = textsOf(words.join(' '))
      assert.deepEqual(texts.join(' ').split(/\s+/).filter(Boolean), words.filter(Boolean))
    }), { numRuns: 50 })
  })

  it('are well-formed and bounded, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
      for (const part of partsOf(text)) assert.ok(part.text.isWellFormed() && part.text.length <= 4_000 && part.text.trim() !== '')
    }))
  })

  it('take a time that grows with the text, however it is broken', () => {
    for (const piece of ['[', '![', '](', '**', '_a', '<a ', '`', '> ', '# ', '| ', '\\', '- ', '退', '\n', '\ud83d', '&amp;', 'a.', '```\n']) {
      const began = performance.now()
      const parts = partsOf(piece.repeat(Math.ceil(maxIndexed / piece.length)))
      assert.ok(performance.now() - began < 3_000, `${JSON.stringify(piece)} took ${performance.now() - began} ms for ${parts.length}`)
    }
  })
})
