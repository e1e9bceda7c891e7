import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { findLines, findRanges } from '../../console/src/conversation/finding.ts'
import type { Line } from '../../console/src/conversation/transcript.ts'
import { segmentsOf } from '../../console/src/kit/highlights.ts'

const change = (key: string, note: string | null): Line => ({ kind: 'CHANGE', key, position: 1, change: 'TRANSFERRED', by: null, note, at: '2026-11-26T08:00:00.000Z' })

describe('what is looked for in a conversation', () => {
  test('the newest comes first, whatever the case', () => {
    assert.deepEqual(findLines([change('a', 'Order SO-1'), change('b', null), change('c', 'about order'), change('d', 'else')], ' ORDER '), ['c', 'a'])
  })

  test('nothing is found where nothing is looked for', () => {
    assert.deepEqual(findLines([change('a', 'anything'), change('b', '')], '  '), [])
    assert.deepEqual(findRanges('anything', ''), [])
  })

  test('signs mean themselves, and what is marked is what was typed', () => {
    assert.deepEqual(findRanges('1+1 (yes) 11', '1+1 ('), [0, 5])
    assert.deepEqual(findRanges('退款，请退款', '退款'), [0, 2, 4, 6])
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }), (before, text, after) => {
      const body = `${before}${text}${after}`
      const segments = segmentsOf(body, findRanges(body, text))
      assert.equal(segments.map((one) => one.text).join(''), body)
      assert.equal(segments.some(({ marked }) => marked), text.trim() !== '')
    }))
  })
})
