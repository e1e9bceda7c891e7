import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { maskError, publicCodes } from '../../gateway/masking.ts'

const secretWords = 'connect ECONNREFUSED 10.0.0.7:3306 for user crm'

describe('an error that leaves the hub', () => {
  it('keeps its words, place and code where the code is one that the documentation lists', () => {
    for (const code of publicCodes) {
      const { message, path, extensions } = maskError({ message: 'said to clients', path: ['a', 0], extensions: { code } })
      assert.deepEqual({ message, path, extensions }, { message: code === 'INTERNAL_SERVER_ERROR' ? 'internal error' : 'said to clients', path: ['a', 0], extensions: { code } })
    }
  })

  it('says nothing without extensions', () => {
    assert.deepEqual(maskError({ message: secretWords }), { message: 'internal error', extensions: { code: 'INTERNAL_SERVER_ERROR' } })
  })

  for (const extensions of [{}, { code: null }, { code: 'ECONNREFUSED' }, { code: ['FORBIDDEN', 'x'] }, { code: { toString: () => 'x' } }, { code: 'INTERNAL_SERVER_ERROR' }]) {
    it(`says nothing with extensions of ${JSON.stringify(extensions)}`, () => {
      const masked = maskError({ message: secretWords, extensions })
      assert.deepEqual(masked, { message: 'internal error', extensions: { code: 'INTERNAL_SERVER_ERROR' } })
    })
  }

  it('loses every extension that is not meant for clients', () => {
    const extensions = {
      code: 'BACKEND_TIMEOUT', backend: 'crm', retryable: true, retryAfterMs: 5, argument: 'first', requestId: 'r-1',
      stacktrace: [secretWords], exception: { sql: 'select' }, serviceName: 'crm', query: '{ a }', http: { status: 500 },
    }
    assert.deepEqual(maskError({ message: 'crm did not answer in time', extensions }).extensions, {
      code: 'BACKEND_TIMEOUT', backend: 'crm', retryable: true, retryAfterMs: 5, argument: 'first', requestId: 'r-1',
    })
  })

  it('is cut where it repeats what was sent, and not within a character', () => {
    const { message } = maskError({ message: `x${'😀'.repeat(1_000)}`, extensions: { code: 'BAD_USER_INPUT' } })
    assert.equal(message.length, 501)
    assert.ok(message.isWellFormed())
  })
})
