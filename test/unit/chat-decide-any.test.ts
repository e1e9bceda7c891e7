import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ChatEvent, Conversation } from '../../subgraphs/chat/conversation.ts'
import { positionFor } from '../../subgraphs/chat/conversation.ts'
import type { Command, Outcome } from '../../subgraphs/chat/decide.ts'
import { askedBy, callerFor, people, rate, send, toAgent, toDepartment, toQueue, wordFor } from '../kit/chat-commands.ts'
import { conversationOf, openOffice } from '../kit/chat.ts'

/* Any commands, one after another. */

const staff = fc.constantFrom(callerFor('assigned'), callerFor('colleague'), people.admin)
const texts = fc.record({ body: fc.constantFrom('a', 'b'), clientMessageId: fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8') })
const visitorCommand = fc.oneof(
  { weight: 4, arbitrary: texts.map(({ body, clientMessageId }) => send('TEXT', body, clientMessageId)) },
  fc.constant({ kind: 'close' } as const),
  fc.constant(rate),
)
const staffCommand = fc.oneof(
  { weight: 4, arbitrary: texts.map(({ body, clientMessageId }) => send('TEXT', body, clientMessageId)) },
  { weight: 4, arbitrary: texts.map(({ body, clientMessageId }) => send('NOTE', body, `note ${clientMessageId}`)) },
  { weight: 3, arbitrary: fc.constant({ kind: 'accept' } as const) },
  fc.constantFrom(toQueue, toDepartment('sales'), toDepartment('tech'), toAgent('a-1'), toAgent('a-2'), toAgent('nobody')),
  fc.constantFrom({ kind: 'close' } as const, { kind: 'reopen' } as const),
  { weight: 2, arbitrary: fc.uniqueArray(fc.constantFrom('x', 'y', 'z')).map((add) => ({ kind: 'label', add, remove: ['z'] }) as const) },
)
const asked = fc.oneof(
  visitorCommand.map((what): Command => ({ ...what, ...askedBy(people.visitor), conversationId: 'c-1' })),
  fc.tuple(staff, staffCommand).map(([caller, what]): Command => ({ ...what, ...askedBy(caller), conversationId: 'c-1' })),
)
const sequences = fc.array(asked, { maxLength: 40 })

const isHidden = (command: Command) => command.kind === 'label' || (command.kind === 'send' && command.messageKind === 'NOTE')

/** As everything is that is asked at the time of its place in the whole of it. */
const replay = (commands: readonly Command[], isAsked: (command: Command) => boolean = () => true) => {
  const office = openOffice(['a-1', 'a-2', 'admin'])
  office.conversations.set('c-1', conversationOf({ position: 0, publicPosition: 0, seq: 0, activityAt: 0, publicActivityAt: 0 }))
  const outcomes = commands.map((command, index) => (isAsked(command) ? office.carryOut(command.kind === 'send' ? { ...command, messageId: `m-${index}` } : command, index + 1) : null))
  return { office, outcomes }
}

const shownToVisitor = (conversation: Conversation) => {
  const { position: _, publicPosition: __, activityAt: ___, labels: ____, ...rest } = conversation
  return { ...rest, place: positionFor(false, conversation) }
}

const seenByVisitor = ({ kind, isPublic, at, by, conversation, message, ...event }: ChatEvent) => {
  const { position: _, publicPosition: __, ...text } = message ?? { position: 0, publicPosition: 0 }
  return {
    ...{ kind, isPublic, at, by, place: positionFor(false, { position: event.position, publicPosition: event.publicPosition }) },
    conversation: shownToVisitor(conversation),
    message: message && { ...text, place: positionFor(false, message) },
  }
}

describe('whatever is asked, one after another', () => {
  it('counts everything by one, public events and public messages without gaps, and ends where its last event says', () => {
    fc.assert(fc.property(sequences, (commands) => {
      const { office } = replay(commands)
      const { events } = office
      assert.deepEqual(events.map(({ position }) => position), events.map((_, index) => index + 1))
      const open = events.filter(({ isPublic }) => isPublic)
      assert.deepEqual(open.map(({ publicPosition }) => publicPosition), open.map((_, index) => index + 1))
      const seqs = events.flatMap(({ message }) => (message?.seq == null ? [] : [message.seq]))
      assert.deepEqual(seqs, seqs.map((_, index) => index + 1))
      for (const [index, event] of events.entries()) {
        const { conversation, message, position, publicPosition, isPublic } = event
        assert.equal(publicPosition, events.slice(0, index + 1).filter((one) => one.isPublic).length)
        assert.deepEqual([conversation.position, conversation.publicPosition], [position, publicPosition])
        if (message) assert.deepEqual([message.position, message.publicPosition, message.seq !== null, message.kind !== 'NOTE'], [position, publicPosition, isPublic, isPublic])
        const { status, departmentPath, agentId, offeredTo, visitorId, routedAt } = events[index - 1]?.conversation ?? conversationOf()
        assert.deepEqual(event.before, { status, departmentPath, agentId, offeredTo, visitorId, routedAt })
        assert.equal(conversation.status === 'ACTIVE' ? conversation.agentId !== null : true, true)
        assert.equal(conversation.closedAt !== null, conversation.status === 'CLOSED')
      }
      const last = events.at(-1)
      if (last) assert.deepEqual(office.conversations.get('c-1'), last.conversation)
    }), { numRuns: 300 })
  })

  it('looks to the visitor as if there had been no notes and no labels', () => {
    fc.assert(fc.property(sequences, (commands) => {
      const [all, without] = [replay(commands), replay(commands, (command) => !isHidden(command))]
      const seen = (events: readonly ChatEvent[]) => events.filter(({ isPublic }) => isPublic).map(seenByVisitor)
      assert.deepEqual(seen(all.office.events), seen(without.office.events))
      assert.deepEqual([...all.office.conversations.values()].map(shownToVisitor), [...without.office.conversations.values()].map(shownToVisitor))
      const words = (outcomes: readonly (Outcome | null)[]) => outcomes.map((outcome, index) => {
        const command = commands[index]
        return !command || isHidden(command) || !outcome ? null : wordFor(outcome)
      })
      assert.deepEqual(words(all.outcomes), words(without.outcomes))
    }), { numRuns: 300 })
  })

  it('gives no agent more than they can take', () => {
    fc.assert(fc.property(fc.array(fc.tuple(asked, fc.integer({ min: 1, max: 4 })), { maxLength: 60 }), (steps) => {
      const office = openOffice(['a-1', 'a-2', 'admin'], 1)
      for (const id of [1, 2, 3, 4]) office.conversations.set(`c-${id}`, conversationOf({ id: `c-${id}` }))
      for (const [at, [command, id]] of steps.entries()) {
        office.carryOut(command.kind === 'start' ? command : { ...command, conversationId: `c-${id}` }, at)
        for (const agent of ['a-1', 'a-2', 'admin']) assert.ok((office.loadOf(agent)?.active ?? 0) <= 1, agent)
      }
    }), { numRuns: 200 })
  })
})
