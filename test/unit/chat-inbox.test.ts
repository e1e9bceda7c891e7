import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Before, ChatEvent } from '../../subgraphs/chat/conversation.ts'
import { isInInbox, viewFor } from '../../subgraphs/chat/inbox.ts'
import type { InboxOwner } from '../../subgraphs/chat/inbox.ts'
import { conversationScope } from '../../subgraphs/visibility.ts'
import { callerOf, changeOf, conversationOf } from '../kit/chat.ts'

const ownerOf = (id: string, departments: readonly string[]): InboxOwner => ({ id, scope: conversationScope(callerOf('AGENT', id, { departments })) })

const me = ownerOf('a-1', ['sales'])
const admin: InboxOwner = { id: 'admin', scope: conversationScope(callerOf('ADMIN', 'admin')) }

const placed = (more: Partial<Before>): Before => {
  const { status, departmentPath, agentId, offeredTo, visitorId, routedAt } = conversationOf(more)
  return { status, departmentPath, agentId, offeredTo, visitorId, routedAt }
}
const waiting = placed({})
const elsewhere = placed({ departmentPath: 'tech' })
const mine = placed({ status: 'ACTIVE', agentId: 'a-1' })
const theirs = placed({ status: 'ACTIVE', agentId: 'a-2' })
const offeredToMe = placed({ status: 'OFFERED', offeredTo: 'a-1' })
const offeredToThem = placed({ status: 'OFFERED', offeredTo: 'a-2' })

const eventOf = (before: Before | null, after: Before, kind: Exclude<ChatEvent['kind'], 'MESSAGE'> = 'TRANSFERRED'): ChatEvent =>
  changeOf(1, { before, conversation: conversationOf(after) }, kind)

describe('an inbox', () => {
  it('holds what waits where its owner works, what is offered to them and what they have, and nothing that is closed', () => {
    const places = { waiting, elsewhere, mine, theirs, offeredToMe, offeredToThem, offline: placed({ status: 'OFFLINE' }), below: placed({ departmentPath: 'sales/eu' }), beside: placed({ departmentPath: 'salesx' }) }
    assert.deepEqual(Object.entries(places).filter(([, place]) => isInInbox(me, place)).map(([name]) => name), ['waiting', 'mine', 'offeredToMe', 'offline', 'below'])
    for (const place of Object.values(places)) assert.equal(isInInbox(me, { ...place, status: 'CLOSED' }), false)
  })

  it('holds what its owner has or is offered, wherever it belongs', () => {
    for (const place of [mine, offeredToMe]) assert.equal(isInInbox(me, { ...place, departmentPath: 'tech' }), true)
  })

  it('of an admin holds whatever waits, but not what others have or are offered', () => {
    assert.deepEqual([waiting, elsewhere, mine, theirs, offeredToMe].map((place) => isInInbox(admin, place)), [true, true, false, false, false])
  })
})

describe('what happens is to an inbox', () => {
  const cases: readonly (readonly [what: string, event: ChatEvent, expected: string | null])[] = [
    ['an arrival, where a conversation is opened', eventOf(null, waiting, 'OPENED'), 'ARRIVED'],
    ['nothing, where one is opened elsewhere', eventOf(null, elsewhere, 'OPENED'), null],
    ['a leaving, where another accepts', eventOf(waiting, theirs, 'ACCEPTED'), 'LEFT'],
    ['no leaving, where its owner accepts', eventOf(waiting, mine, 'ACCEPTED'), 'STAYED'],
    ['an arrival, where it is transferred to where its owner works', eventOf(elsewhere, waiting), 'ARRIVED'],
    ['an arrival, where it is given to its owner from elsewhere', eventOf(elsewhere, { ...mine, departmentPath: 'tech' }), 'ARRIVED'],
    ['a leaving, where it is moved elsewhere', eventOf(mine, elsewhere), 'LEFT'],
    ['an arrival, where another puts it back', eventOf(theirs, waiting), 'ARRIVED'],
    ['nothing, where others pass it among themselves', eventOf(theirs, { ...theirs, agentId: 'a-3' }), null],
    ['no leaving, where it is offered to its owner', eventOf(waiting, offeredToMe, 'OFFERED'), 'STAYED'],
    ['a leaving, where it is offered to another', eventOf(waiting, offeredToThem, 'OFFERED'), 'LEFT'],
    ['an arrival, where it is offered to its owner from elsewhere', eventOf(elsewhere, { ...offeredToMe, departmentPath: 'tech' }, 'OFFERED'), 'ARRIVED'],
    ['a leaving, where it is closed before anybody took it', eventOf(waiting, { ...waiting, status: 'CLOSED' }, 'CLOSED'), 'LEFT'],
    ['a change, where what its owner has is closed', eventOf(mine, { ...mine, status: 'CLOSED' }, 'CLOSED'), 'STAYED'],
    ['nothing, where what another has is closed', eventOf(theirs, { ...theirs, status: 'CLOSED' }, 'CLOSED'), null],
    ['an arrival, where what was closed is opened again', eventOf({ ...mine, status: 'CLOSED' }, mine, 'REOPENED'), 'ARRIVED'],
    ['nothing, where what is closed is rated', eventOf({ ...mine, status: 'CLOSED' }, { ...mine, status: 'CLOSED' }, 'RATED'), null],
  ]
  for (const [what, event, expected] of cases) it(what, () => assert.equal(viewFor(me, event), expected))
})

/* Any conversations, moved anywhere. */

const places = fc.record({
  status: fc.constantFrom('WAITING', 'OFFERED', 'ACTIVE', 'OFFLINE', 'CLOSED'),
  departmentPath: fc.constantFrom('sales', 'sales/eu', 'salesx', 'tech', 'tech/backend'),
  agent: fc.constantFrom('a-1', 'a-2'),
  wasAnswered: fc.boolean(),
  routedAt: fc.constantFrom(1, 2, null),
}).map(({ status, departmentPath, agent, wasAnswered, routedAt }): Before => ({
  status, departmentPath, visitorId: 'v-1', routedAt,
  agentId: status === 'ACTIVE' || (status === 'CLOSED' && wasAnswered) ? agent : null,
  offeredTo: status === 'OFFERED' ? agent : null,
}))
const owners = fc.oneof(
  fc.record({ id: fc.constantFrom('a-1', 'a-2'), departments: fc.uniqueArray(fc.constantFrom('sales', 'tech/backend', 'tech')) }).map(({ id, departments }) => ownerOf(id, departments)),
  fc.constant(admin),
)

describe('whoever keeps an inbox by what they are told', () => {
  it('has exactly what is in it, and closed ones of their own at most', () => {
    fc.assert(fc.property(owners, fc.array(fc.tuple(fc.constantFrom('1', '2', '3'), places), { maxLength: 40 }), (owner, moves) => {
      const [told, known] = [new Set<string>(), new Map<string, Before>()]
      for (const [id, after] of moves) {
        const before = known.get(id) ?? null
        const kind = before === null ? 'OPENED' : after.status === 'CLOSED' && before.status !== 'CLOSED' ? 'CLOSED' : 'TRANSFERRED'
        const view = viewFor(owner, eventOf(before, after, kind))
        known.set(id, after)
        if (view === 'ARRIVED') assert.ok(!told.has(id) || before?.status === 'CLOSED', 'what is there arrives')
        if (view === 'LEFT') assert.ok(told.has(id), 'what is not there leaves')
        if (view === 'STAYED') assert.ok(told.has(id), 'what is not there stays')
        if (view === 'ARRIVED') told.add(id)
        if (view === 'LEFT') told.delete(id)
        if (after.status === 'CLOSED' && after.agentId === owner.id) told.delete(id)
        const expected = [...known].filter(([, place]) => isInInbox(owner, place)).map(([one]) => one)
        assert.deepEqual([...told].toSorted(), expected.toSorted())
      }
    }), { numRuns: 500 })
  })
})
