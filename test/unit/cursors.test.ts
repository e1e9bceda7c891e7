import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GraphQLError } from 'graphql'
import { openCursors } from '../../subgraphs/cursors.ts'

const cursors = openCursors('a secret of the tests, of at least 32 bytes')
const list = ['orders', { customerId: 'C-1001', status: null }]

const refused = (cursor: string, of: readonly unknown[] = list) =>
  assert.throws(
    () => cursors.open(of, cursor),
    (error) => error instanceof GraphQLError && error.extensions['code'] === 'BAD_USER_INPUT' && error.extensions['argument'] === 'after',
    cursor.slice(0, 80),
  )

/** Every text that differs from `text` in one place. */
const oneOff = (text: string): readonly string[] =>
  [...text].map((letter, index) => `${text.slice(0, index)}${letter === 'A' ? 'B' : 'A'}${text.slice(index + 1)}`)

describe('a cursor', () => {
  it('gives back the offset that it was made of, for the same list', () => {
    for (const offset of [0, 1, 20, 2 ** 31]) assert.equal(cursors.open(list, cursors.seal(list, offset)), offset)
  })

  it('is text that needs no escaping in a URL', () => assert.match(cursors.seal(list, 12_345), /^[\w-]+$/))

  it('is refused where any one of its characters was changed', () => {
    const cursor = cursors.seal(list, 20)
    for (const forged of oneOff(cursor)) {
      // The last character may have bits that stand for nothing.
      if (Buffer.from(forged, 'base64url').equals(Buffer.from(cursor, 'base64url'))) continue
      refused(forged)
    }
  })

  it('is refused where it was cut, at whatever place', () => {
    const cursor = cursors.seal(list, 20)
    for (const length of Array.from(cursor).keys()) refused(cursor.slice(0, length))
  })

  it('is refused for another list, and for other filters of the same list', () => {
    const cursor = cursors.seal(list, 20)
    refused(cursor, ['customers', 'C-1001'])
    refused(cursor, ['orders', { customerId: 'C-1002', status: null }])
    refused(cursor, ['orders', { customerId: 'C-1001', status: 'PAID' }])
    refused(cursor, [])
  })

  it('is refused where another key signed it', () => refused(openCursors('another secret of the tests, of 32 bytes').seal(list, 20)))

  it('is refused where it only claims an offset, signed or not', () => {
    refused(Buffer.from('[1,20]').toString('base64url'))
    refused(Buffer.concat([Buffer.alloc(12), Buffer.from('[1,20]')]).toString('base64url'))
  })

  for (const rubbish of ['', ' ', '=', '\0', '../..', '[1,20]', 'null', '__proto__', '\u{1f600}', 'x'.repeat(1_000_000)]) {
    it(`is refused where it is ${JSON.stringify(rubbish.slice(0, 12))}, of ${rubbish.length} characters`, () => refused(rubbish))
  }
})
