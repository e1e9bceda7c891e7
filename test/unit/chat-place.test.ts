import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Conversation } from '../../subgraphs/chat/conversation.ts'
import { decide } from '../../subgraphs/chat/decide.ts'
import type { AgentLoad, Outcome, PlaceCommand } from '../../subgraphs/chat/decide.ts'
import { send } from '../kit/chat-commands.ts'
import { agentActor, conversationOf, loadOfAgent, visitorActor } from '../kit/chat.ts'
import { placeCommand, routeCommand } from '../kit/store-commands.ts'

const now = 10_000
const unrouted = conversationOf({ routedAt: null })

const run = (command: PlaceCommand, conversation: Conversation, agent: AgentLoad | null = loadOfAgent('a-1')): Outcome =>
  decide(command, { conversation, earlier: null, fingerprint: null, agentOf: () => agent }, now)
const done = (outcome: Outcome) => (outcome.kind === 'done' ? outcome : assert.fail(outcome.kind))

describe('a route', () => {
  const route = (more: Parameters<typeof routeCommand>[1] = {}) => routeCommand('c-1', { departmentPath: 'tech', needs: ['api-error', 'zh'], ...more })

  it('moves what waits, in the place in time that it had, and tells why to those who work on it', () => {
    const { conversation, drafts } = done(run(route(), unrouted))
    const { status, departmentPath, routedAt, queuedAt, needs } = conversation
    assert.deepEqual([status, departmentPath, routedAt, queuedAt, needs], ['WAITING', 'tech', now, 1_000, ['api-error', 'zh']])
    assert.deepEqual(drafts.map(({ kind, isPublic, note }) => [kind, isPublic, note]), [['ROUTED', true, 'a test wants it so']])
    assert.deepEqual([drafts[0]?.before?.departmentPath, drafts[0]?.before?.routedAt], ['sales', null])
  })

  it('to where nobody is leaves it for later, and says so before anybody waits', () => {
    const { conversation, drafts, message } = done(run(route({ isOpen: false, notice: { messageId: 'm-9', body: 'closed' } }), unrouted))
    assert.deepEqual([conversation.status, conversation.seq], ['OFFLINE', 4])
    assert.deepEqual([message?.kind, message?.author.kind, message?.body, message?.seq, message?.clientMessageId], ['SYSTEM', 'BOT', 'closed', 4, null])
    assert.deepEqual(drafts.map(({ kind, position }) => [kind, position]), [['ROUTED', 8], ['MESSAGE', 9]])
  })

  it('leaves it with whoever has taken it meanwhile, and what was closed closed', () => {
    for (const set of [{ status: 'ACTIVE', agentId: 'a-1' }, { status: 'CLOSED' }] as const) {
      const { conversation, message } = done(run(route({ isOpen: false, notice: { messageId: 'm-9', body: 'closed' } }), conversationOf({ routedAt: null, ...set })))
      assert.deepEqual([conversation.status, conversation.departmentPath, conversation.routedAt, message], [set.status, 'sales', now, null])
    }
  })

  it('offers it to somebody in the same moment, where they have room, so that nobody else is told of it', () => {
    const offer = { agentId: 'a-1', until: 40_000, capacity: 2 }
    const agent = loadOfAgent('a-1', { departments: ['tech'] })
    const { conversation, drafts } = done(run(route({ offer }), unrouted, agent))
    assert.deepEqual([conversation.status, conversation.offeredTo, conversation.offerUntil, conversation.departmentPath], ['OFFERED', 'a-1', 40_000, 'tech'])
    assert.equal(drafts.length, 1)
    for (const other of [null, { ...agent, active: 2 }, { ...agent, departments: ['sales'] }]) assert.equal(done(run(route({ offer }), unrouted, other)).conversation.status, 'WAITING')
    assert.equal(done(run(route({ offer, isOpen: false }), unrouted, agent)).conversation.status, 'OFFLINE')
  })

  it('happens once', () => assert.equal(run(route(), conversationOf()).kind, 'unchanged'))
})

describe('a department that opens', () => {
  it('lets wait what was left there, in the place in time that it had', () => {
    const { conversation } = done(run(placeCommand('c-1', { kind: 'open' }), conversationOf({ status: 'OFFLINE' })))
    assert.deepEqual([conversation.status, conversation.queuedAt], ['WAITING', 1_000])
    for (const status of ['WAITING', 'ACTIVE', 'CLOSED'] as const) assert.equal(run(placeCommand('c-1', { kind: 'open' }), conversationOf({ status })).kind, 'unchanged')
  })
})

describe('an offer', () => {
  const offer = placeCommand('c-1', { kind: 'offer', agentId: 'a-1', until: 40_000, capacity: 2 })

  it('is for one agent, for a time, and no business of the visitor\'s', () => {
    const { conversation, drafts } = done(run(offer, conversationOf()))
    assert.deepEqual([conversation.status, conversation.offeredTo, conversation.offerUntil, conversation.activityAt], ['OFFERED', 'a-1', 40_000, 5_000])
    assert.deepEqual(drafts.map(({ kind, isPublic }) => [kind, isPublic]), [['OFFERED', false]])
  })

  it('is not made of what does not wait, or is not routed yet', () => {
    const none = [{ status: 'OFFERED', offeredTo: 'a-2' }, { status: 'ACTIVE', agentId: 'a-2' }, { status: 'OFFLINE' }, { status: 'CLOSED' }, { routedAt: null }] as const
    for (const set of none) assert.equal(run(offer, conversationOf(set)).kind, 'unchanged', JSON.stringify(set))
  })

  it('is not made to whoever has no room, is away, or does not answer for the department', () => {
    const agents = [null, loadOfAgent('a-1', { active: 2 }), loadOfAgent('a-1', { active: 1, offered: 1 }), loadOfAgent('a-1', { availability: 'AWAY' }), loadOfAgent('a-1', { departments: ['tech'] })]
    for (const agent of agents) assert.equal(run(offer, conversationOf(), agent).kind, 'unchanged')
    assert.equal(run(offer, conversationOf(), loadOfAgent('a-1', { capacity: 9, active: 2 })).kind, 'unchanged', 'the department lets one agent have two')
  })
})

describe('a return', () => {
  const back = (why: 'LAPSED' | 'ABSENT' | 'UNAVAILABLE' | 'SILENT', before = 0) => placeCommand('c-1', { kind: 'return', agentId: 'a-1', why, before })
  const offered = conversationOf({ status: 'OFFERED', offeredTo: 'a-1', offerUntil: now, passedBy: ['a-2'] })
  const active = conversationOf({ status: 'ACTIVE', agentId: 'a-1', agentName: 'a-1', unansweredAt: 4_000 })

  it('of an offer that was not accepted keeps its place, and remembers who let it pass', () => {
    const { conversation, drafts } = done(run(back('LAPSED'), offered))
    const { status, offeredTo, offerUntil, passedBy, queuedAt } = conversation
    assert.deepEqual([status, offeredTo, offerUntil, passedBy, queuedAt], ['WAITING', null, null, ['a-2', 'a-1'], 1_000])
    assert.deepEqual(drafts.map(({ kind, isPublic }) => [kind, isPublic]), [['RETURNED', false]])
    assert.equal(run(back('LAPSED'), { ...offered, offerUntil: now + 1 }).kind, 'unchanged', 'there is time left')
    assert.equal(run(back('ABSENT'), { ...offered, offerUntil: now + 1 }).kind, 'done')
    assert.equal(run(back('LAPSED'), { ...offered, offeredTo: 'a-2' }).kind, 'unchanged', 'it is somebody else\'s offer')
  })

  it('of what an agent had who went or fell silent keeps its place too, and the visitor may know', () => {
    for (const why of ['ABSENT', 'SILENT'] as const) {
      const { conversation, drafts } = done(run(back(why, 4_000), active))
      assert.deepEqual([conversation.status, conversation.agentId, conversation.queuedAt, conversation.passedBy, conversation.unansweredAt], ['WAITING', null, 1_000, ['a-1'], null])
      assert.deepEqual(drafts.map(({ kind, isPublic }) => [kind, isPublic]), [['RETURNED', true]])
    }
    assert.equal(run(back('SILENT', 3_999), active).kind, 'unchanged', 'not so long yet')
    assert.equal(run(back('SILENT', 4_000), { ...active, unansweredAt: null }).kind, 'unchanged', 'they have answered')
    assert.equal(run(back('ABSENT'), { ...active, agentId: 'a-2' }).kind, 'unchanged', 'somebody else has it')
    assert.equal(run(back('UNAVAILABLE'), active).kind, 'unchanged', 'what they have stays theirs')
  })
})

describe('how long a visitor waits for a word', () => {
  const say = (from: Conversation, by: ReturnType<typeof agentActor>, kind: 'TEXT' | 'NOTE', at: number) => {
    const command = { ...send(kind, 'hello', `m-${at}`), by, scope: { kind: 'all' }, isAdmin: false, conversationId: 'c-1' } as const
    return done(decide(command, { conversation: from, earlier: null, fingerprint: null, agentOf: () => null }, at)).conversation
  }

  it('begins when an agent takes it, ends with their word, and begins again with the visitor\'s first one after that', () => {
    const accept = { kind: 'accept', by: agentActor('a-1'), scope: { kind: 'all' }, isAdmin: false, conversationId: 'c-1' } as const
    const taken = done(decide(accept, { conversation: conversationOf({ passedBy: ['a-2'] }), earlier: null, fingerprint: null, agentOf: () => loadOfAgent('a-1') }, 1)).conversation
    assert.deepEqual([taken.unansweredAt, taken.passedBy], [1, []])
    const noted = say(taken, agentActor('a-1'), 'NOTE', 2)
    assert.equal(noted.unansweredAt, 1, 'a note answers nobody')
    const answered = say(noted, agentActor('a-1'), 'TEXT', 3)
    assert.equal(answered.unansweredAt, null)
    const asked = say(say(answered, visitorActor(), 'TEXT', 4), visitorActor(), 'TEXT', 5)
    assert.equal(asked.unansweredAt, 4)
  })
})
