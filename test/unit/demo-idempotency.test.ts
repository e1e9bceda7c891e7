import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openLedger } from '../../demo/idempotency.ts'

describe('the idempotency ledger', () => {
  it('writes once per key, and gives the first outcome again', () => {
    const ledger = openLedger<string>()
    let writes = 0
    const write = () => `outcome ${++writes}`
    assert.deepEqual(ledger.once('k', 'order 1', write), { kind: 'first', outcome: 'outcome 1' })
    assert.deepEqual(ledger.once('k', 'order 1', write), { kind: 'again', outcome: 'outcome 1' })
    assert.deepEqual(ledger.once('k2', 'order 1', write), { kind: 'first', outcome: 'outcome 2' })
  })

  it('calls another request with the same key a conflict, and does not write it', () => {
    const ledger = openLedger<number>()
    ledger.once('k', 'order 1', () => 1)
    assert.deepEqual(ledger.once('k', 'order 2', () => assert.fail('written')), { kind: 'conflict' })
  })

  it('remembers no key whose write threw', () => {
    const ledger = openLedger<number>()
    assert.throws(() => ledger.once('k', 'x', () => { throw new Error('disk full') }))
    assert.deepEqual(ledger.once('k', 'x', () => 2), { kind: 'first', outcome: 2 })
  })

  it('forgets the oldest key past its bound', () => {
    const ledger = openLedger<number>(2)
    for (const key of ['a', 'b', 'c']) ledger.once(key, 'x', () => 1)
    assert.equal(ledger.once('b', 'x', () => 2).kind, 'again')
    assert.equal(ledger.once('a', 'x', () => 2).kind, 'first')
  })
})
