import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { assign, hasRoom } from '../../subgraphs/chat/assign.ts'
import type { Candidate, Waiting } from '../../subgraphs/chat/assign.ts'
import type { Assignment, Strategy } from '../../subgraphs/department-rules.ts'

const assignmentOf = (strategy: Strategy, more: Partial<Assignment> = {}) => (): Assignment =>
  ({ strategy, capacity: null, offerMs: 30_000, answerMs: null, absentMs: 60_000, skills: new Map(), ...more })

const waiting = (id: string, more: Partial<Waiting> = {}): Waiting => ({ id, departmentPath: 'sales', passedBy: [], needs: [], lastAgentId: null, ...more })

const agent = (id: string, more: Partial<Candidate> = {}): Candidate =>
  ({ id, departments: ['sales'], availability: 'ONLINE', capacity: 3, active: 0, offered: 0, offeredAt: null, ...more })

/** Who is offered each, in order. */
const offers = (strategy: Strategy, conversations: readonly Waiting[], agents: readonly Candidate[], more: Partial<Assignment> = {}) =>
  assign(conversations, agents, assignmentOf(strategy, more)).map(({ conversationId, agentId }) => `${conversationId} ${agentId}`)

describe('least load', () => {
  it('goes to whoever has the least of what they can take', () => {
    assert.deepEqual(offers('LEAST_LOAD', [waiting('c')], [agent('a', { active: 2, capacity: 4 }), agent('b', { active: 2, capacity: 10 })]), ['c b'])
  })

  it('counts what is offered, also what it offers itself', () => {
    const agents = [agent('a', { offered: 1 }), agent('b')]
    assert.deepEqual(offers('LEAST_LOAD', [waiting('c1'), waiting('c2'), waiting('c3')], agents), ['c1 b', 'c2 a', 'c3 b'])
  })

  it('goes, of equals, to whoever waits longest for one', () => {
    assert.deepEqual(offers('LEAST_LOAD', [waiting('c')], [agent('a', { offeredAt: 2 }), agent('b', { offeredAt: 1 }), agent('d', { offeredAt: 3 })]), ['c b'])
    assert.deepEqual(offers('LEAST_LOAD', [waiting('c')], [agent('a', { offeredAt: 2 }), agent('z')]), ['c z'], 'whoever never had one waits longest')
  })
})

describe('round robin', () => {
  it('goes round, whatever they have', () => {
    const agents = [agent('a', { offeredAt: 3, active: 0 }), agent('b', { offeredAt: 1, active: 1 }), agent('d', { offeredAt: 2, active: 1 })]
    assert.deepEqual(offers('ROUND_ROBIN', ['c1', 'c2', 'c3', 'c4'].map((id) => waiting(id)), agents), ['c1 b', 'c2 d', 'c3 a', 'c4 b'])
  })
})

describe('last agent', () => {
  it('goes to whoever had the visitor before, and otherwise to the one with the least', () => {
    const agents = [agent('a'), agent('b', { active: 2 })]
    assert.deepEqual(offers('LAST_AGENT', [waiting('c', { lastAgentId: 'b' })], agents), ['c b'])
    assert.deepEqual(offers('LAST_AGENT', [waiting('c', { lastAgentId: 'gone' })], agents), ['c a'])
    assert.deepEqual(offers('LAST_AGENT', [waiting('c', { lastAgentId: 'b', passedBy: ['b'] })], agents), ['c a'])
  })
})

describe('skills', () => {
  const skills = new Map([['a', ['refund', 'en']], ['b', ['zh']], ['d', ['refund', 'zh']]])
  const needs = ['refund', 'zh']

  it('goes to whoever knows most of what it takes; what it is about counts more than the language', () => {
    assert.deepEqual(offers('SKILLS', [waiting('c', { needs })], [agent('a'), agent('b'), agent('d')], { skills }), ['c d'])
    assert.deepEqual(offers('SKILLS', [waiting('c', { needs })], [agent('a'), agent('b')], { skills }), ['c a'])
  })

  it('waits for somebody who knows anything of it while one is there, and goes to anybody where none is', () => {
    const full = agent('d', { active: 3 })
    assert.deepEqual(offers('SKILLS', [waiting('c', { needs })], [agent('x'), full], { skills }), [])
    assert.deepEqual(offers('SKILLS', [waiting('c', { needs })], [agent('x'), agent('d', { departments: ['tech'] })], { skills }), ['c x'])
    assert.deepEqual(offers('SKILLS', [waiting('c', { needs })], [agent('x'), agent('y', { active: 1 })], { skills }), ['c x'])
  })
})

describe('manual', () => {
  it('offers nobody anything', () => assert.deepEqual(offers('MANUAL', [waiting('c')], [agent('a')]), []))
})

describe('an offer', () => {
  it('goes to nobody who is away, full, or of another department', () => {
    const nobody = [agent('a', { availability: 'AWAY' }), agent('b', { active: 3 }), agent('d', { active: 2, offered: 1 }), agent('e', { departments: ['sale', 'sales/eu'] }), agent('f', { capacity: 0 })]
    assert.deepEqual(offers('LEAST_LOAD', [waiting('c')], nobody), [])
    assert.deepEqual(offers('LEAST_LOAD', [waiting('c', { departmentPath: 'sales/eu' })], nobody), ['c e'])
  })

  it('leaves nobody with more than the department lets one agent have', () => {
    assert.deepEqual(offers('LEAST_LOAD', [waiting('c1'), waiting('c2')], [agent('a', { active: 1 })], { capacity: 2 }), ['c1 a'])
  })

  it('goes to those first who have not let it pass, and then round again', () => {
    const agents = [agent('a'), agent('b', { active: 2 }), agent('d', { active: 1 })]
    assert.deepEqual(offers('LEAST_LOAD', [waiting('c', { passedBy: ['a'] })], agents), ['c d'])
    assert.deepEqual(offers('LEAST_LOAD', [waiting('c', { passedBy: ['b', 'd', 'a'] })], agents), ['c b'], 'whoever let it pass longest ago')
  })
})

const candidates = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e'), departments: fc.subarray(['sales', 'sales/eu', 'tech']), availability: fc.constantFrom('ONLINE', 'AWAY'),
    capacity: fc.nat(4), active: fc.nat(4), offered: fc.nat(2), offeredAt: fc.option(fc.nat(5)),
  }),
  { selector: ({ id }) => id },
)
const queue = fc.array(fc.record({
  departmentPath: fc.constantFrom('sales', 'sales/eu', 'tech', 'hr'), passedBy: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
  needs: fc.subarray(['refund', 'zh']), lastAgentId: fc.option(fc.constantFrom('a', 'b', 'z')),
}), { maxLength: 12 })
const strategies = fc.constantFrom<Strategy>('LEAST_LOAD', 'ROUND_ROBIN', 'LAST_AGENT', 'SKILLS')

describe('whoever waits, and whoever is there', () => {
  it('ends with nobody over what they can take, each offered once, and nobody waiting whom somebody could take', () => {
    fc.assert(fc.property(candidates, queue, strategies, fc.option(fc.nat(4)), (agents, rows, strategy, capacity) => {
      const conversations = rows.map((row, index) => waiting(`c${index}`, row))
      const made = assign(conversations, agents, assignmentOf(strategy, { capacity, skills: new Map([['a', ['refund']], ['b', ['zh']]]) }))
      assert.equal(new Set(made.map(({ conversationId }) => conversationId)).size, made.length)
      const after = agents.map((one) => ({ ...one, offered: one.offered + made.filter(({ agentId }) => agentId === one.id).length }))
      for (const { id, active, offered, capacity: most } of after.filter(({ id }) => made.some(({ agentId }) => agentId === id))) {
        assert.ok(active + offered <= Math.min(most, capacity ?? 99), id)
      }
      const left = conversations.filter(({ id }) => !made.some(({ conversationId }) => conversationId === id))
      if (strategy === 'SKILLS') return
      for (const { departmentPath } of left) assert.ok(!after.some((one) => hasRoom(one, departmentPath, capacity ?? 99)), departmentPath)
    }), { numRuns: 500 })
  })

  it('is decided in the same way by every process', () => {
    fc.assert(fc.property(candidates, queue, strategies, (agents, rows, strategy) => {
      const conversations = rows.map((row, index) => waiting(`c${index}`, row))
      assert.deepEqual(offers(strategy, conversations, agents), offers(strategy, conversations, agents.toReversed()))
    }))
  })
})
