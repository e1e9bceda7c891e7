import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Caller, Role } from '../../subgraphs/context.ts'
import { maySeeCustomer, maySeeOwned } from '../../subgraphs/visibility.ts'

const callerOf = (role: Role, customerId: string | null = null): Caller => ({ id: 'x', name: 'x', role, departments: [], customerId })

const employees = (['AGENT', 'ANALYST', 'ADMIN'] as const).map((role) => callerOf(role))

describe('a visitor', () => {
  const visitor = callerOf('VISITOR', 'C-1001')

  it('sees the customer that they are, and what is that customer\'s', () => {
    assert.equal(maySeeCustomer(visitor, 'C-1001'), true)
    assert.equal(maySeeOwned(visitor, { customerId: 'C-1001' }), true)
  })

  for (const other of ['C-1002', 'c-1001', 'C-1001 ', ' C-1001', 'C-100', 'C-10010', '', 'C-1001\0', 'null', 'undefined']) {
    it(`does not see ${JSON.stringify(other)}`, () => {
      assert.equal(maySeeCustomer(visitor, other), false)
      assert.equal(maySeeOwned(visitor, { customerId: other }), false)
    })
  }

  it('does not see what is nobody\'s', () => assert.equal(maySeeOwned(visitor, { customerId: null }), false))

  it('whom nobody knows sees nothing at all, least of all what is nobody\'s', () => {
    const unknown = callerOf('VISITOR')
    for (const id of ['C-1001', '', 'null']) assert.equal(maySeeCustomer(unknown, id), false)
    assert.equal(maySeeOwned(unknown, { customerId: null }), false)
  })
})

describe('whoever works here', () => {
  for (const caller of employees) {
    it(`as ${caller.role} sees every customer, and what is nobody's`, () => {
      assert.equal(maySeeCustomer(caller, 'C-1001'), true)
      assert.equal(maySeeOwned(caller, { customerId: null }), true)
    })
  }

  it('is not kept to a customer whom the token names', () => assert.equal(maySeeCustomer(callerOf('AGENT', 'C-1001'), 'C-1002'), true))
})
