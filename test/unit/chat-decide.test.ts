import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Conversation, ConversationStatus } from '../../subgraphs/chat/conversation.ts'
import { decide, maxLabels } from '../../subgraphs/chat/decide.ts'
import type { AgentLoad, Facts, Outcome, StartCommand } from '../../subgraphs/chat/decide.ts'
import type { Caller } from '../../subgraphs/context.ts'
import { askedBy, callerFor, label, people, rate, send, toAgent, toDepartment, toQueue, wordFor } from '../kit/chat-commands.ts'
import type { Person, What } from '../kit/chat-commands.ts'
import { callerOf, conversationOf, loadOfAgent, openOffice } from '../kit/chat.ts'

const now = 10_000

const agentLoads: readonly AgentLoad[] = ['a-1', 'a-2', 'a-3', 'admin', 'far'].map((id) => loadOfAgent(id, { name: `${id} by name`, active: 1 }))

const factsOf = (conversation: Conversation | null, more: Partial<Facts> = {}): Facts =>
  ({ conversation, earlier: null, fingerprint: null, agentOf: (id) => agentLoads.find((agent) => agent.id === id) ?? null, ...more })

const statuses = ['WAITING', 'OFFERED', 'ACTIVE', 'OFFLINE', 'CLOSED'] as const satisfies readonly ConversationStatus[]

const inStatus = (status: ConversationStatus): Conversation => {
  if (status === 'OFFERED') return conversationOf({ status, offeredTo: 'a-1' })
  return status === 'ACTIVE' || status === 'CLOSED' ? conversationOf({ status, agentId: 'a-1', agentName: 'a-1 by name' }) : conversationOf({ status })
}

const run = (what: What, caller: Caller, conversation: Conversation | null, more: Partial<Facts> = {}): Outcome =>
  decide({ ...what, ...askedBy(caller), conversationId: 'c-1' }, factsOf(conversation, more), now)

const done = (outcome: Outcome) => (outcome.kind === 'done' ? outcome : assert.fail(wordFor(outcome)))

const x = { d: 'done', u: 'unchanged', F: 'FORBIDDEN', C: 'CONFLICT', X: 'CLOSED' } as const
/** What comes of each command, in each status in the order of `statuses`. The schema lets visitors do no more than what they have here. */
const table: readonly (readonly [what: string, command: What, expected: Partial<Record<Person, string>>])[] = [
  ['a message', send('TEXT'), { visitor: 'd d d d X', assigned: 'C C d C X', colleague: 'C C C C X', admin: 'd d d d X' }],
  ['a note', send('NOTE'), { visitor: 'F F F F F', assigned: 'd d d d d', colleague: 'd d d d d', admin: 'd d d d d' }],
  ['a word of the hub', send('SYSTEM'), { visitor: 'F F F F F', assigned: 'F F F F F', colleague: 'F F F F F', admin: 'F F F F F' }],
  ['accept', { kind: 'accept' }, { assigned: 'd d u d X', colleague: 'd C C d X', admin: 'd C C d X' }],
  ['transfer to the queue', toQueue, { assigned: 'u d d d X', colleague: 'u F F d X', admin: 'u d d d X' }],
  ['transfer to its own department', toDepartment('sales'), { assigned: 'u d d d X', colleague: 'u F F d X', admin: 'u d d d X' }],
  ['transfer to another department', toDepartment('tech'), { assigned: 'd d d d X', colleague: 'd F F d X', admin: 'd d d d X' }],
  ['transfer to an agent', toAgent('a-3'), { assigned: 'd d d d X', colleague: 'd F F d X', admin: 'd d d d X' }],
  ['transfer to whoever has it', toAgent('a-1'), { assigned: 'd d u d X', admin: 'd d u d X' }],
  ['close', { kind: 'close' }, { visitor: 'd d d d u', assigned: 'd d d d u', colleague: 'd F F d u', admin: 'd d d d u' }],
  ['reopen', { kind: 'reopen' }, { assigned: 'u u u u d', colleague: 'u u u u d', admin: 'u u u u d' }],
  ['rate', rate, { visitor: 'C C d C d' }],
  ['label', label, { assigned: 'd d d d d', colleague: 'd d d d d', admin: 'd d d d d' }],
]

describe('a conversation', () => {
  for (const [what, command, expected] of table) {
    for (const person of ['visitor', 'assigned', 'colleague', 'admin'] as const) {
      const words = expected[person]
      if (words === undefined) continue
      it(`answers to ${what} by the ${person} in each status as ${words}`, () => {
        const outcomes = statuses.map((status) => wordFor(run(command, callerFor(person), inStatus(status))))
        assert.deepEqual(outcomes, words.split(' ').map((letter) => Object.entries(x).find(([key]) => key === letter)?.[1]))
      })
    }
  }

  it('is not there for whoever may not see it, whatever they ask', () => {
    const strangers = [callerOf('VISITOR', 'v-2'), callerOf('AGENT', 'far', { departments: ['tech', 'sale', 'sales/inner'] }), callerOf('NOBODY', 'v-1')]
    for (const stranger of strangers) {
      for (const [what, command] of table) {
        for (const status of statuses) {
          const missing = run(command, stranger, null)
          assert.equal(wordFor(missing), 'NOT_FOUND', what)
          assert.deepEqual(run(command, stranger, inStatus(status)), missing, `${what} by ${stranger.id}`)
        }
      }
    }
  })

  it('is there for the agent whom it is offered to, though their departments are others', () => {
    const asked = callerOf('AGENT', 'far', { departments: ['tech'] })
    assert.equal(wordFor(run({ kind: 'accept' }, asked, conversationOf({ status: 'OFFERED', offeredTo: 'far' }))), 'done')
    assert.equal(wordFor(run({ kind: 'accept' }, asked, conversationOf({ status: 'OFFERED', offeredTo: 'a-1' }))), 'NOT_FOUND')
  })

  it('tells a visitor and an agent of the same id apart', () => {
    const namesake = callerOf('VISITOR', 'a-1')
    const conversation = conversationOf({ status: 'ACTIVE', agentId: 'a-1', visitorId: 'v-1' })
    assert.equal(wordFor(run(send('TEXT'), namesake, conversation)), 'NOT_FOUND')
    assert.equal(wordFor(run(send('NOTE'), namesake, conversationOf({ visitorId: 'a-1' }))), 'FORBIDDEN')
  })

  it('changes nothing of what it was decided over', () => {
    for (const [, command, expected] of table) {
      for (const person of ['visitor', 'assigned'] as const) {
        if (expected[person] === undefined) continue
        for (const status of statuses) {
          const conversation = inStatus(status)
          run(command, callerFor(person), conversation)
          assert.deepEqual(conversation, inStatus(status))
        }
      }
    }
  })
})

describe('who accepts', () => {
  it('has the conversation then', () => {
    const { conversation, drafts } = done(run({ kind: 'accept' }, callerFor('colleague'), conversationOf()))
    assert.deepEqual([conversation.status, conversation.agentId, conversation.agentName, conversation.offeredTo], ['ACTIVE', 'a-2', 'a-2 by name', null])
    assert.deepEqual(drafts.map(({ kind, isPublic, by, before }) => [kind, isPublic, by?.id, before?.status]), [['ACCEPTED', true, 'a-2', 'WAITING']])
  })

  it('learns who was faster', () => {
    const outcome = run({ kind: 'accept' }, callerFor('colleague'), inStatus('ACTIVE'))
    assert.match(outcome.kind === 'refused' ? outcome.message : '', /a-1 by name/)
  })

  it('takes no more than they can, and nothing where nobody knows them', () => {
    const full = loadOfAgent('a-2', { active: 2 })
    assert.equal(wordFor(run({ kind: 'accept' }, callerFor('colleague'), conversationOf(), { agentOf: () => full })), 'OVER_CAPACITY')
    assert.equal(wordFor(run({ kind: 'accept' }, callerFor('colleague'), conversationOf(), { agentOf: () => ({ ...full, capacity: 0, active: 0 }) })), 'OVER_CAPACITY')
    assert.equal(wordFor(run({ kind: 'accept' }, callerFor('colleague'), conversationOf(), { agentOf: () => null })), 'NOT_FOUND')
  })

  it('is one of many who are as fast', () => {
    const office = openOffice(['a-1', 'a-2', 'a-3'])
    office.conversations.set('c-1', conversationOf())
    const outcomes = ['a-1', 'a-2', 'a-3'].map((id) => office.carryOut({ kind: 'accept', ...askedBy(callerOf('AGENT', id, { departments: ['sales'] })), conversationId: 'c-1' }, now))
    assert.deepEqual(outcomes.map(wordFor), ['done', 'CONFLICT', 'CONFLICT'])
    assert.equal(office.conversations.get('c-1')?.agentId, 'a-1')
  })
})

describe('a transfer', () => {
  const moved = (command: What, conversation: Conversation) => done(run(command, callerFor('assigned'), conversation))

  it('back to the queue keeps the place that it had there', () => {
    for (const command of [toQueue, toDepartment('sales')]) {
      const { conversation, drafts } = moved(command, inStatus('ACTIVE'))
      const { status, agentId, agentName, queuedAt, departmentPath } = conversation
      assert.deepEqual([status, agentId, agentName, queuedAt, departmentPath], ['WAITING', null, null, 1_000, 'sales'])
      assert.deepEqual(drafts.map(({ kind, isPublic, note }) => [kind, isPublic, note]), [['TRANSFERRED', true, command.reason]])
    }
  })

  it('to another department waits from now on', () => {
    for (const status of ['WAITING', 'OFFERED', 'ACTIVE', 'OFFLINE'] as const) {
      const { conversation } = moved(toDepartment('tech'), inStatus(status))
      assert.deepEqual([conversation.status, conversation.departmentPath, conversation.queuedAt, conversation.offeredTo, conversation.agentId], ['WAITING', 'tech', now, null, null])
    }
  })

  it('to an agent is theirs at once, as far as they have room', () => {
    const { conversation } = moved(toAgent('a-3'), inStatus('OFFERED'))
    assert.deepEqual([conversation.status, conversation.agentId, conversation.agentName, conversation.offeredTo], ['ACTIVE', 'a-3', 'a-3 by name', null])
    const full = run(toAgent('a-3'), callerFor('assigned'), inStatus('ACTIVE'), { agentOf: () => loadOfAgent('a-3', { capacity: 1, active: 1 }) })
    assert.deepEqual([wordFor(full), full.kind === 'refused' && full.field], ['OVER_CAPACITY', 'toAgentId'])
    assert.equal(wordFor(run(toAgent('nobody'), callerFor('assigned'), inStatus('ACTIVE'))), 'NOT_FOUND')
  })
})

describe('a closed conversation', () => {
  const closed = inStatus('CLOSED')

  it('keeps whom it was with, and when it was closed, however often it is closed', () => {
    const { conversation } = done(run({ kind: 'close' }, people.visitor, inStatus('ACTIVE')))
    assert.deepEqual([conversation.status, conversation.agentId, conversation.closedAt], ['CLOSED', 'a-1', now])
    assert.equal(wordFor(run({ kind: 'close' }, people.visitor, conversation)), 'unchanged')
  })

  it('goes back to whoever had it, where they have room, and waits anew where another opens it', () => {
    const own = done(run({ kind: 'reopen' }, callerFor('assigned'), closed)).conversation
    assert.deepEqual([own.status, own.agentId, own.closedAt], ['ACTIVE', 'a-1', null])
    const other = done(run({ kind: 'reopen' }, callerFor('colleague'), closed)).conversation
    assert.deepEqual([other.status, other.agentId, other.agentName, other.closedAt, other.queuedAt], ['WAITING', null, null, null, now])
    const full = { agentOf: () => loadOfAgent('a-1', { capacity: 1, active: 1 }) }
    assert.equal(wordFor(run({ kind: 'reopen' }, callerFor('assigned'), closed, full)), 'OVER_CAPACITY')
  })

  it('is rated anew, and the same rating is nothing new', () => {
    const rated = done(run(rate, people.visitor, closed)).conversation
    assert.deepEqual([rated.status, rated.rating], ['CLOSED', { score: 5, comment: null }])
    assert.equal(wordFor(run(rate, people.visitor, rated)), 'unchanged')
    assert.equal(wordFor(run({ ...rate, comment: 'thanks' }, people.visitor, rated)), 'done')
    assert.equal(wordFor(run(rate, people.visitor, conversationOf({ status: 'CLOSED' }))), 'CONFLICT', 'nobody answered')
  })

  it('gives the first message again to whoever sends it once more', () => {
    const { message, conversation } = done(run(send('TEXT'), people.visitor, inStatus('ACTIVE')))
    const again = run(send('TEXT'), people.visitor, { ...conversation, status: 'CLOSED' }, { earlier: message })
    assert.equal(again.kind === 'repeated' && again.message, message)
  })
})

describe('the same clientMessageId', () => {
  const first = done(run(send('TEXT'), people.visitor, inStatus('ACTIVE')))
  const again = (command: What) => run(command, people.visitor, first.conversation, { earlier: first.message })

  it('with the same body gives the first message again and changes nothing', () => {
    const outcome = again({ ...send('TEXT'), messageId: 'another id' })
    assert.deepEqual(outcome, { kind: 'repeated', conversation: first.conversation, message: first.message })
  })

  it('with another body or kind is refused', () => {
    for (const command of [send('TEXT', 'hello '), send('TEXT', 'Hello'), send('NOTE'), send('SYSTEM')]) {
      assert.equal(wordFor(again(command)), 'IDEMPOTENCY_CONFLICT')
    }
  })

  it('of another author is another message', () => {
    const office = openOffice(['a-1'])
    office.conversations.set('c-1', inStatus('ACTIVE'))
    const outcomes = [people.visitor, people.assigned, people.admin, people.visitor].map((caller) =>
      office.carryOut({ ...send('TEXT'), ...askedBy(caller), conversationId: 'c-1' }, now))
    assert.deepEqual(outcomes.map(wordFor), ['done', 'done', 'done', 'repeated'])
  })
})

describe('a start', () => {
  const start = (more: Partial<StartCommand> = {}): StartCommand => ({
    ...{ kind: 'start', ...askedBy(people.visitor), conversationId: 'c-9', visitor: { id: 'v-1', name: 'v-1', verified: false }, customerId: null, orderId: 'O-1' },
    ...{ departmentPath: 'sales', chosenPath: null, subject: 'A box', body: 'where is it?', messageId: 'm-9', clientMessageId: 's-1', fingerprint: 'f', note: 'unchecked', ...more },
  })

  it('opens a conversation that waits, and posts its first message', () => {
    const { conversation, drafts, message } = done(decide(start(), factsOf(null), now))
    assert.deepEqual([conversation.status, conversation.position, conversation.publicPosition, conversation.seq, conversation.queuedAt], ['WAITING', 2, 2, 1, now])
    assert.deepEqual(drafts.map(({ kind, position, isPublic, note, before }) => [kind, position, isPublic, note, before?.status]), [
      ['OPENED', 1, true, 'unchecked', undefined], ['MESSAGE', 2, true, null, 'WAITING'],
    ])
    assert.deepEqual([message?.seq, message?.body, message?.author.id, message?.conversationId], [1, 'where is it?', 'v-1', 'c-9'])
  })

  it('of the same again gives the same conversation and message, and of something else is refused', () => {
    const { conversation, message } = done(decide(start(), factsOf(null), now))
    const facts = factsOf(conversation, { earlier: message, fingerprint: 'f' })
    assert.deepEqual(decide(start({ conversationId: 'c-10', messageId: 'm-10' }), facts, now + 1), { kind: 'repeated', conversation, message })
    assert.equal(wordFor(decide(start({ fingerprint: 'g' }), facts, now + 1)), 'IDEMPOTENCY_CONFLICT')
  })
})

describe('labels', () => {
  it('are each there once, in the order in which they came', () => {
    const labelled = (conversation: Conversation, add: readonly string[], remove: readonly string[] = []) => run({ kind: 'label', add, remove }, callerFor('colleague'), conversation)
    const { conversation } = done(labelled(conversationOf(), ['b', 'a', 'b']))
    assert.deepEqual(conversation.labels, ['b', 'a'])
    assert.equal(wordFor(labelled(conversation, ['a'])), 'unchanged')
    assert.equal(wordFor(labelled(conversation, [], ['c'])), 'unchanged')
    assert.deepEqual(done(labelled(conversation, ['c'], ['b'])).conversation.labels, ['a', 'c'])
  })

  it(`are at most ${maxLabels}`, () => {
    const many = Array.from({ length: maxLabels }, (_, index) => String(index))
    const full = done(run({ kind: 'label', add: many, remove: [] }, callerFor('colleague'), conversationOf())).conversation
    assert.equal(wordFor(run(label, callerFor('colleague'), full)), 'INVALID')
    assert.equal(wordFor(run({ ...label, remove: ['0'] }, callerFor('colleague'), full)), 'done')
  })
})

describe('what a visitor may not know of', () => {
  for (const [what, command] of [['a note', send('NOTE')], ['a label', label]] as const) {
    it(`leaves all that they count as it was: ${what}`, () => {
      const before = inStatus('ACTIVE')
      const { conversation, drafts, message } = done(run(command, callerFor('colleague'), before))
      const { position, activityAt, labels: _, ...rest } = conversation
      const { position: __, activityAt: ___, labels: ____, ...same } = before
      assert.deepEqual([rest, position, activityAt], [same, before.position + 1, now])
      assert.deepEqual(drafts.map(({ isPublic, publicPosition }) => [isPublic, publicPosition]), [[false, before.publicPosition]])
      assert.equal(message?.seq ?? null, null)
    })
  }
})
