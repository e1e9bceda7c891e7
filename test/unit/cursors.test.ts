import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GraphQLError } from 'graphql'
import { cursorsOf, inboxCursors } from '../../subgraphs/chat/seeing.ts'
import { openCursors } from '../../subgraphs/cursors.ts'

const cursors = openCursors('a secret of the tests, of at least 32 bytes')
const list = ['orders', { customerId: 'C-1001', status: null }]

const isRefusal = (error: unknown) => error instanceof GraphQLError && error.extensions['code'] === 'BAD_USER_INPUT' && error.extensions['argument'] === 'after'

const refused = (cursor: string, of: readonly unknown[] = list) => assert.throws(() => cursors.open(of, cursor), isRefusal, cursor.slice(0, 80))

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

describe('a cursor by key', () => {
  const conversations = ['conversations', 'a-1', true, { status: ['ACTIVE'] }]
  const key = { sort: 1_767_225_600_123, id: '0f8fad5b-d9cb-469f-a165-70867728950e' }
  const sealed = cursors.sealKey(conversations, key)
  const refusedKey = (cursor: string, of: readonly unknown[] = conversations) => assert.throws(() => cursors.openKey(of, cursor), isRefusal, cursor)

  it('gives back what it was made of, for the same list', () => {
    assert.deepEqual(cursors.openKey(conversations, sealed), key)
    for (const one of [{ sort: 0, id: '' }, { sort: -1, id: '"\\' }, { sort: 0.5, id: '李雷' }]) assert.deepEqual(cursors.openKey(conversations, cursors.sealKey(conversations, one)), one)
    assert.match(sealed, /^[\w-]+$/)
  })

  it('is refused where any one of its characters was changed, and where it was cut', () => {
    for (const forged of oneOff(sealed)) {
      if (!Buffer.from(forged, 'base64url').equals(Buffer.from(sealed, 'base64url'))) refusedKey(forged)
    }
    for (const length of Array.from(sealed).keys()) {
      if (Buffer.from(sealed.slice(0, length), 'base64url').length < Buffer.from(sealed, 'base64url').length) refusedKey(sealed.slice(0, length))
    }
  })

  it('is refused for another caller, for those who count otherwise, and for other filters', () => {
    for (const other of [['conversations', 'a-2', true, { status: ['ACTIVE'] }], ['conversations', 'a-1', false, { status: ['ACTIVE'] }], ['conversations', 'a-1', true, { status: ['CLOSED'] }], ['conversations', 'a-1', true, {}]]) refusedKey(sealed, other)
  })

  it('is refused where a place is asked for, and a place where a key is', () => {
    refused(sealed, conversations)
    refusedKey(cursors.seal(conversations, 3))
  })
})

describe('a cursor of what happens', () => {
  const lists = [cursorsOf('c-1', true), cursorsOf('c-1', false), cursorsOf('c-2', true), cursorsOf('c-2', false), inboxCursors]

  it('goes on in its own conversation or inbox, for those who count as it was counted, and nowhere else', () => {
    for (const from of lists) {
      for (const to of lists) {
        const cursor = cursors.seal(from, 7)
        if (from === to) assert.equal(cursors.open(to, cursor), 7)
        else refused(cursor, to)
      }
    }
  })

  it('is not one of another conversation whose id holds what the list is written with', () => {
    refused(cursors.seal(cursorsOf('c-1",true,"', true), 7), cursorsOf('c-1', true))
    refused(cursors.seal(['conversation', 'c-1'], 7), cursorsOf('c-1', true))
  })
})
