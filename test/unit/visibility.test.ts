import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Caller, CallerRole } from '../../subgraphs/context.ts'
import { conversationScope, isInScope, maySeeCustomer, maySeeNotes, maySeeOwned } from '../../subgraphs/visibility.ts'
import type { Placement } from '../../subgraphs/visibility.ts'

const callerOf = (role: CallerRole, customerId: string | null = null, more: Partial<Caller> = {}): Caller =>
  ({ id: 'x', name: 'x', role, departments: [], customerId, verified: true, issuedAt: 0, ...more })

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

const placed = (more: Partial<Placement> = {}): Placement => ({ departmentPath: 'sales', agentId: null, offeredTo: null, visitorId: 'v-1', ...more })

const maySee = (role: CallerRole, departments: readonly string[], place: Partial<Placement> = {}, id = 'x') =>
  isInScope(conversationScope(callerOf(role, null, { id, departments })), placed(place))

describe('a conversation', () => {
  it('is seen by the visitor whose it is, and by no other', () => {
    assert.equal(maySee('VISITOR', [], {}, 'v-1'), true)
    for (const id of ['v-2', 'v-', 'V-1', 'v-1 ', '']) assert.equal(maySee('VISITOR', ['sales'], { agentId: id, offeredTo: id }, id), false, id)
  })

  it('is seen by agents of its department and of those above it', () => {
    for (const departments of [['sales'], ['tech', 'sales'], ['/sales/']]) assert.equal(maySee('AGENT', departments), true)
    assert.equal(maySee('AGENT', ['sales'], { departmentPath: 'sales/eu/north' }), true)
    for (const departments of [[], ['tech'], ['sales/eu'], ['sale'], ['salesx'], [''], ['/']]) assert.equal(maySee('AGENT', departments), false, String(departments))
    assert.equal(maySee('AGENT', ['cn'], { departmentPath: 'cnx' }), false)
  })

  it('is seen by the agent who has it, or to whom it is offered, wherever it belongs', () => {
    for (const place of [{ agentId: 'x' }, { offeredTo: 'x' }]) {
      assert.equal(maySee('AGENT', [], place), true)
      assert.equal(maySee('ANALYST', ['tech'], place), false, 'an analyst has none')
      assert.equal(maySee('AGENT', [], place, 'y'), false)
    }
  })

  it('is seen by every admin, and by analysts of its department or of none', () => {
    assert.equal(maySee('ADMIN', []), true)
    assert.equal(maySee('ADMIN', ['tech']), true)
    assert.equal(maySee('ANALYST', []), true)
    assert.equal(maySee('ANALYST', ['sales']), true)
    assert.equal(maySee('ANALYST', ['tech']), false)
  })

  it('is not seen by an analyst who is bound to what is no department', () => {
    for (const departments of [[''], ['/'], ['//', '']]) assert.equal(maySee('ANALYST', departments), false, JSON.stringify(departments))
  })

  it('is seen by nobody who shows no token, whoever they say that they are', () => {
    for (const id of ['v-1', 'x', '']) assert.equal(maySee('NOBODY', ['sales'], { agentId: id, offeredTo: id, visitorId: id }, id), false)
  })

  it('is seen by an agent as each of their departments would see it', () => {
    const paths = fc.constantFrom('a', 'a/b', 'ab', 'b', 'a/b/c', '/a/', '')
    fc.assert(fc.property(fc.array(paths, { maxLength: 4 }), paths, (departments, departmentPath) => {
      const each = departments.some((one) => maySee('AGENT', [one], { departmentPath }))
      assert.equal(maySee('AGENT', departments, { departmentPath }), each)
    }))
  })
})

describe('notes', () => {
  it('are for those who work on conversations', () => {
    const roles = ['VISITOR', 'AGENT', 'ANALYST', 'ADMIN', 'NOBODY'] as const
    assert.deepEqual(roles.filter((role) => maySeeNotes(callerOf(role))), ['AGENT', 'ADMIN'])
  })
})

describe('whoever shows no token', () => {
  it('sees no customer and nothing of theirs', () => {
    for (const customerId of [null, 'C-1001']) {
      const nobody = callerOf('NOBODY', customerId, { departments: ['sales'] })
      assert.deepEqual([maySeeCustomer(nobody, 'C-1001'), maySeeOwned(nobody, { customerId: 'C-1001' }), maySeeOwned(nobody, { customerId: null })], [false, false, false])
    }
  })
})
