import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { segmentsOf } from '../../console/src/kit/highlights.ts'
import { safeLink } from '../../console/src/guide/links.ts'

const written = (text: string, highlights: readonly number[]) => segmentsOf(text, highlights).map(({ text: part, marked }) => (marked ? `[${part}]` : part)).join('')

describe('the words that matched in a passage', () => {
  for (const [title, text, highlights, expected] of [
    ['are marked where they are', 'return a keyboard', [0, 6, 9, 17], '[return] a [keyboard]'],
    ['are marked once where they overlap', 'abcdef', [0, 3, 2, 5], '[abcde]f'],
    ['are marked once where one is in another', 'abcdef', [0, 5, 1, 2], '[abcde]f'],
    ['are one mark where they touch', 'abcdef', [0, 2, 2, 4], '[abcd]ef'],
    ['are found in any order', 'abcdef', [4, 5, 0, 1], '[a]bcd[e]f'],
    ['end where the passage ends', 'abc', [1, 99], 'a[bc]'],
    ['are not there where they lie outside', 'abc', [3, 9, -4, 0], 'abc'],
    ['begin where the passage begins', 'abc', [-4, 1], '[a]bc'],
    ['are left out where they are empty, turned round or no whole numbers', 'abc', [1, 1, 2, 1, 0.5, 2, NaN, 2], 'abc'],
    ['are left out where the end is missing', 'abc', [0], 'abc'],
    ['never cut a character of two units', 'a😀b', [0, 2], '[a😀]b'],
    ['never begin within a character of two units', 'a😀b', [2, 4], 'a[😀b]'],
  ] as const) {
    test(title, () => assert.equal(written(text, highlights), expected))
  }

  test('make up the passage whatever the numbers are, and no two marks touch', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.oneof(fc.integer({ min: -3, max: 30 }), fc.double())), (text, highlights) => {
      const segments = segmentsOf(text, highlights)
      assert.equal(segments.map((one) => one.text).join(''), text)
      assert.ok(segments.every((one) => one.text !== '' && one.text.isWellFormed() === text.isWellFormed()))
      assert.ok(segments.every((one, i) => !one.marked || segments[i + 1]?.marked !== true))
    }))
  })
})

describe('a link in an article', () => {
  for (const address of ['https://example.com/a?b=c', 'http://example.com/', 'mailto:help@example.com']) {
    test(`${address} is followed`, () => assert.equal(safeLink(address), address))
  }
  for (const address of ['javascript:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', '/relative', '#part', '//other.example', '', 'http://', 'blob:https://example.com/1', null, undefined]) {
    test(`${String(address)} is not`, () => assert.equal(safeLink(address), null))
  }
})
