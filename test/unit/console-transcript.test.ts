import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ConversationRowFragment, MessageRowFragment } from '../../console/gql/graphql.ts'
import { rowsOf } from '../../console/src/conversation/rows.ts'
import { emptyTranscript, keyOf, withEvent, withSent, withSnapshot } from '../../console/src/conversation/transcript.ts'
import type { ConversationEvent, Transcript } from '../../console/src/conversation/transcript.ts'

const person = (id: string) => ({ __typename: 'Agent', id, displayName: id }) as const

const rowAt = (lastPosition: number): ConversationRowFragment => ({
  __typename: 'Conversation', id: 'c', subject: null, status: 'ACTIVE', department: null, agent: person('me'), visitor: { __typename: 'Visitor', id: 'v', displayName: 'v', verified: false },
  customer: null, labels: [], openedAt: '2026-11-26T10:00:00.000Z', lastActivityAt: `2026-11-26T10:00:${String(lastPosition).padStart(2, '0')}.000Z`, closedAt: null, lastPosition,
})

const messageAt = (position: number, clientMessageId: string | null = null): MessageRowFragment => ({
  __typename: 'Message', id: `m${position}`, seq: position, position, cursor: `c${position}`, kind: 'TEXT', body: `body ${position}`, sentAt: `2026-11-26T10:00:${String(position).padStart(2, '0')}.000Z`,
  clientMessageId, author: person(clientMessageId === null ? 'v' : 'me'),
})

const posted = (position: number, clientMessageId: string | null = null): ConversationEvent => ({ __typename: 'MessagePosted', cursor: `c${position}`, message: messageAt(position, clientMessageId) })
const changed = (position: number): ConversationEvent => ({ __typename: 'ConversationChanged', cursor: `c${position}`, change: 'LABELLED', note: null, by: person('me'), conversation: rowAt(position) })

type Step = { readonly kind: 'EVENT' | 'CHANGE' | 'SENT' | 'PAGE'; readonly at: number }

const pageOf = (from: number, to: number) => ({
  ...rowAt(to), queuePosition: null, estimatedWaitMs: null, unreadCount: 0, viewers: [], rating: null, readMarks: [],
  messages: {
    __typename: 'MessageConnection' as const,
    nodes: Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i).filter((at) => at % 5 !== 0).map((at) => messageAt(at, at % 3 === 0 ? `mine ${at}` : null)),
    pageInfo: { __typename: 'PageInfo' as const, hasPreviousPage: false, startCursor: null, endCursor: `c${to}` },
  },
})

/** In this world each fifth position is a change, each third message is our own. */
const take = (transcript: Transcript, { kind, at }: Step): Transcript => {
  const own = at % 3 === 0 ? `mine ${at}` : null
  if (kind === 'PAGE') return withSnapshot(transcript, pageOf(1, at))
  if (at % 5 === 0) return withEvent(transcript, changed(at), 0)
  return kind === 'SENT' && own !== null ? withSent(transcript, messageAt(at, own)) : withEvent(transcript, posted(at, own), 0)
}

const step = fc.record({ kind: fc.constantFrom<Step['kind'][]>('EVENT', 'CHANGE', 'SENT', 'PAGE'), at: fc.integer({ min: 1, max: 20 }) })

describe('a transcript', () => {
  it('is the same whatever comes twice, early or late', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 40 }), (steps, shuffle) => {
      const everything = Array.from({ length: 20 }, (_, i): Step => ({ kind: 'EVENT', at: i + 1 }))
      const inOrder = everything.reduce(take, emptyTranscript)
      const mixed = [...steps, ...everything].map((one, i) => ({ one, key: shuffle[i % Math.max(1, shuffle.length)] ?? i })).toSorted((a, b) => a.key - b.key).map(({ one }) => one)
      const learned = mixed.reduce(take, emptyTranscript)
      assert.deepEqual(learned.lines, inOrder.lines)
      assert.equal(learned.conversation?.lastPosition, inOrder.conversation?.lastPosition)
    }))
  })

  it('resumes where the subscription is, not where an answer was ahead of it', () => {
    const listening = withEvent(withSnapshot(emptyTranscript, pageOf(1, 2)), posted(3, 'mine 3'), 0)
    assert.equal(withSent(listening, messageAt(9, 'mine 9')).cursor, 'c3')
  })

  it('forgets who types when they have said something', () => {
    const typing = withEvent(emptyTranscript, { __typename: 'TypingChanged', typing: true, participant: person('v') }, 0)
    assert.equal(typing.typing.size, 1)
    assert.equal(withEvent(typing, posted(1), 0).typing.size, 0)
  })
})

describe('the rows of a conversation', () => {
  const opt = { me: 'me', newAfter: null, hasEarlier: false, dayOf: (iso: string) => iso.slice(0, 10) }

  it('show what is sent once: waiting, and then in its place, under one key', () => {
    const outgoing = { clientMessageId: 'mine 3', conversationId: 'c', kind: 'TEXT', body: 'body 3', writtenAt: 0, state: { is: 'SENDING' } } as const
    const before = rowsOf(withSnapshot(emptyTranscript, pageOf(1, 2)).lines, [outgoing], opt)
    const after = rowsOf(withEvent(withSnapshot(emptyTranscript, pageOf(1, 2)), posted(3, 'mine 3'), 0).lines, [outgoing], opt)
    assert.deepEqual([before.at(-1)?.kind, before.at(-1)?.key], ['PENDING', keyOf('me', 'mine 3')])
    assert.deepEqual([after.at(-1)?.kind, after.at(-1)?.key], ['MESSAGE', keyOf('me', 'mine 3')])
    assert.equal(after.length, before.length)
  })

  it('mark what was new before the first message of another', () => {
    const rows = rowsOf(withSnapshot(emptyTranscript, pageOf(1, 8)).lines, [], { ...opt, newAfter: 2 })
    const at = rows.findIndex(({ kind }) => kind === 'NEW')
    const next = rows[at + 1]
    assert.equal(next?.kind === 'MESSAGE' ? next.line.position : null, 4)
  })

  it('have no heading above the earliest line where there is more before it: it would move', () => {
    const { lines } = withSnapshot(emptyTranscript, pageOf(1, 8))
    const kindsOf = (hasEarlier: boolean) => rowsOf(lines, [], { ...opt, newAfter: 0, hasEarlier }).map(({ kind }) => kind)
    assert.deepEqual(kindsOf(false).slice(0, 3), ['DAY', 'NEW', 'MESSAGE'])
    assert.deepEqual(new Set(kindsOf(true)), new Set(['MESSAGE']))
  })

  it('are the same as before but for the line behind one that has come', () => {
    const read = withEvent(withSnapshot(emptyTranscript, pageOf(6, 7)), posted(9, 'mine 9'), 0)
    const messagesOf = ({ lines }: Transcript) => rowsOf(lines, [], opt).filter((row) => row.kind === 'MESSAGE')
    const [mine, theirs, mineAgain] = messagesOf(read)
    assert.deepEqual([mine, theirs, mineAgain].map((row) => row?.isFirst), [true, true, true])
    const after = messagesOf(withEvent(read, posted(8, 'mine 8'), 0))
    assert.deepEqual(after.map((row) => row.isFirst), [true, true, true, false])
    assert.ok(after[0] === mine && after[1] === theirs && after[3] !== mineAgain)
  })
})
