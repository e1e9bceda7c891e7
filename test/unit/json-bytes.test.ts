import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { toJsonBytes } from '../../gateway/json-bytes.ts'

const isAsStringified = (value: unknown) => assert.equal(toJsonBytes(value).toString('hex'), Buffer.from(JSON.stringify(value)).toString('hex'))

describe('the bytes of an answer', () => {
  it('are what JSON.stringify and an encoder make of any value', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ maxLength: 200 }), fc.stringMatching(/^[\ud800-\udfffa"\\\u0000-\u001f]*$/))
    const { tree } = fc.letrec<{ tree: unknown; node: unknown }>((tie) => ({
      tree: fc.oneof({ depthSize: 'medium' }, text, fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined), tie('node')),
      node: fc.oneof(fc.array(tie('tree'), { maxLength: 60, size: 'max' }), fc.dictionary(fc.oneof(text, fc.integer().map(String)), tie('tree'), { maxKeys: 20, noNullPrototype: false })),
    }))
    fc.assert(fc.property(tree.filter((value) => value !== undefined), isAsStringified), { numRuns: 300 })
  })

  it('are so for every code unit', () => {
    isAsStringified({ units: Array.from({ length: 0x1_0000 }, (_, unit) => String.fromCharCode(unit)) })
    isAsStringified({ pairs: Array.from({ length: 0x10_0000 }, (_, above) => String.fromCodePoint(0x1_0000 + above)) })
  })

  it('are so for what is not plain, wherever it is', () => {
    const bare: unknown = JSON.parse('{"__proto__": null, "a": 1}')
    const odd: readonly unknown[] = [new Date(0), { toJSON: () => 'another' }, { toJSON: 'a name' }, new Map([[1, 2]]), Object.assign([1], { toJSON: () => 'a list' }), () => 1, Symbol('s'), bare, [undefined, () => 1], new String('boxed'), -0, Number.NaN, Number.POSITIVE_INFINITY, 1e21, 1e-7]
    for (const each of odd) isAsStringified({ before: 'x', each, list: [each, null], after: { each }, long: new Array(40).fill(each), deep: [[{ each, long: new Array(40).fill({ each }) }]] })
  })

  it('are so for the largest answers, and for the small one that follows', () => {
    const row = { id: 'C-1', name: '客户 “一”', note: 'x'.repeat(1_000), wide: '宽'.repeat(100), many: Array.from({ length: 50 }, (_, index) => index) }
    isAsStringified({ rows: Array.from({ length: 5_000 }, () => row) })
    isAsStringified({ rows: new Array(50), uneven: Array.from({ length: 200 }, (_, index) => 'x'.repeat(index % 50 === 0 ? 60_000 : 1)) })
    isAsStringified({ data: null })
  })

  it('refuse what JSON has no word for', () => {
    for (const data of [1n, new Array(40).fill(1n)]) assert.throws(() => toJsonBytes({ data }), TypeError)
    const round: Record<string, unknown> = {}
    round['self'] = [...Array.from({ length: 40 }, () => 1), round]
    assert.throws(() => toJsonBytes(round))
    isAsStringified({ data: null })
  })
})
