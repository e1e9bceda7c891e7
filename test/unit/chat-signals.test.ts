import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import type { Bus } from '../../bus/bus.ts'
import { openMemoryBus } from '../../bus/memory.ts'
import type { ReadMark } from '../../subgraphs/chat/backend.ts'
import type { AnyInboxItem, ConversationItem } from '../../subgraphs/chat/items.ts'
import type { Actor } from '../../subgraphs/chat/conversation.ts'
import { openSignals } from '../../subgraphs/chat/signals.ts'
import type { Typing } from '../../subgraphs/chat/signals.ts'
import { agentActor, openSharedBus, settled, silent, visitorActor } from '../kit/chat.ts'

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }))
afterEach(() => mock.timers.reset())

type Told = { readonly at: number; readonly conversation: string; readonly staff: ConversationItem | null; readonly visitor: ConversationItem | null }

const open = (bus: Bus = openMemoryBus(silent), instance = 'one') => {
  const told: Told[] = []
  const inboxes: AnyInboxItem[] = []
  const live = {
    tell: (conversation: string, staff: ConversationItem | null, visitor: ConversationItem | null) => void told.push({ at: Date.now(), conversation, staff, visitor }),
    tellInboxes: (item: AnyInboxItem) => void inboxes.push(item),
  }
  const signals = openSignals(live, bus, instance)
  return {
    setTyping: (conversationId: string, participant: Actor, what: Typing) => signals.setTyping(conversationId, participant, what),
    readTo: (mark: ReadMark, before: ReadMark | null) => signals.readTo(mark, before),
    agentChanged: (agent: Actor) => signals.agentChanged(agent),
    told,
    inboxes,
    typings: () => told.flatMap(({ staff }) => (staff?.kind === 'TYPING' ? [staff.typing] : [])),
    close: () => signals[Symbol.asyncDispose](),
  }
}

const visitor = visitorActor()
const starts: Typing = { typing: true, isPublic: true }
const stops: Typing = { typing: false, isPublic: true }

describe('typing', () => {
  it('is told once, however often it is said, and stops when it is said', () => {
    const { setTyping, told, typings } = open()
    for (let time = 0; time < 20; time += 1) {
      setTyping('c-1', visitor, starts)
      mock.timers.tick(1_000)
    }
    assert.deepEqual(typings(), [true])
    setTyping('c-1', visitor, stops)
    setTyping('c-1', visitor, stops)
    assert.deepEqual(typings(), [true, false])
    assert.deepEqual(told.map(({ conversation, staff, visitor: other }) => [conversation, staff === other, staff?.kind === 'TYPING' && staff.participant]), [['c-1', true, visitor], ['c-1', true, visitor]])
  })

  it('stops by itself, six seconds after it was said last', () => {
    const { setTyping, typings } = open()
    setTyping('c-1', visitor, starts)
    mock.timers.tick(5_999)
    setTyping('c-1', visitor, starts)
    mock.timers.tick(5_999)
    assert.deepEqual(typings(), [true])
    mock.timers.tick(1)
    assert.deepEqual(typings(), [true, false])
    mock.timers.tick(60_000)
    assert.deepEqual(typings(), [true, false])
  })

  it('that nobody heard of does not stop', () => {
    const { setTyping, told } = open()
    setTyping('c-1', visitor, stops)
    mock.timers.tick(60_000)
    assert.deepEqual(told, [])
  })

  it('of a flood of changes of mind begins twice a second at the most, and ends as the last one says', () => {
    const { setTyping, typings } = open()
    for (let ms = 0; ms < 10_000; ms += 1) {
      for (const what of [starts, stops, starts, stops]) setTyping('c-1', visitor, what)
      mock.timers.tick(1)
    }
    const beginnings = typings().filter((typing) => typing).length
    assert.ok(beginnings >= 10 && beginnings <= 20, `${beginnings} times in 10 s`)
    mock.timers.tick(500)
    assert.equal(typings().at(-1), false)
    assert.deepEqual(typings(), typings().map((_, index) => index % 2 === 0))
  })

  it('goes on where the last of a flood says so', () => {
    const { setTyping, typings } = open()
    for (const what of [starts, stops, starts, stops, starts]) setTyping('c-1', visitor, what)
    mock.timers.tick(5_000)
    assert.deepEqual(typings(), [true])
  })

  it('of each participant and conversation is by itself, also of an agent with a visitor\'s id', () => {
    const { setTyping, typings } = open()
    setTyping('c-1', visitorActor('x'), starts)
    setTyping('c-1', agentActor('x'), starts)
    setTyping('c-2', visitorActor('x'), starts)
    assert.deepEqual(typings(), [true, true, true])
  })

  it('of whoever can only write a note is nothing to the visitor, when it begins and when it ends', () => {
    const { setTyping, told } = open()
    setTyping('c-1', agentActor('a-2'), { typing: true, isPublic: false })
    mock.timers.tick(6_000)
    assert.deepEqual(told.map(({ staff, visitor: other }) => [staff?.kind, other]), [['TYPING', null], ['TYPING', null]])
  })

  it('of twenty thousand at once is told, and no more', () => {
    const { setTyping, typings, close } = open()
    for (let index = 0; index < 20_100; index += 1) setTyping(`c-${index}`, visitor, starts)
    assert.equal(typings().length, 20_000)
    void close()
  })
})

describe('what was read', () => {
  const markOf = (position: number, publicPosition: number): ReadMark => ({ conversationId: 'c-1', participant: agentActor('a-1'), position, publicPosition })

  it('is told as each side counts it', () => {
    const { readTo, told } = open()
    readTo(markOf(7, 4), markOf(5, 3))
    assert.deepEqual(told.map(({ staff, visitor: other }) => [staff, other]), [
      [{ kind: 'READ', participant: agentActor('a-1'), position: 7 }, { kind: 'READ', participant: agentActor('a-1'), position: 4 }],
    ])
  })

  it('is nothing to the visitor where only notes were read', () => {
    const { readTo, told } = open()
    readTo(markOf(7, 4), markOf(6, 4))
    assert.deepEqual(told.map(({ staff, visitor: other }) => [staff?.kind, other]), [['READ', null]])
  })

  it('is nothing to anybody where it was read before, and something to all where it is the first', () => {
    const { readTo, told } = open()
    readTo(markOf(7, 4), markOf(7, 4))
    assert.deepEqual(told, [])
    readTo(markOf(7, 4), null)
    assert.equal(told.length, 1)
  })
})

describe('the listeners of another process', () => {
  it('are told the same, and those of this one are told once', async () => {
    const bus = openSharedBus()
    const [one, two] = [open(bus, 'one'), open(bus, 'two')]
    one.setTyping('c-1', visitor, starts)
    one.setTyping('c-1', agentActor('a-2'), { typing: true, isPublic: false })
    one.readTo({ conversationId: 'c-1', participant: agentActor('a-1'), position: 7, publicPosition: 4 }, { conversationId: 'c-1', participant: agentActor('a-1'), position: 6, publicPosition: 4 })
    await settled()
    assert.equal(one.told.length, 3)
    assert.deepEqual(two.told, one.told)
  })

  it('have an agent who is something else now in their inboxes, as those of this one have', async () => {
    const bus = openSharedBus()
    const [one, two] = [open(bus, 'one'), open(bus, 'two')]
    one.agentChanged(agentActor('a-1'))
    await settled()
    assert.deepEqual([one.inboxes, two.inboxes], [[{ kind: 'AGENT', agent: agentActor('a-1') }], [{ kind: 'AGENT', agent: agentActor('a-1') }]])
  })

  it('are told nothing of what can not be read, and go on', async () => {
    const bus = openSharedBus()
    const { told } = open(bus, 'one')
    for (const message of [null, {}, { instance: 'two', kind: 'TYPING' }, { instance: 'two', kind: 'SHOUT', conversationId: 'c-1' }]) bus.publish('chat.signals', message)
    open(bus, 'two').setTyping('c-1', visitor, starts)
    await settled()
    assert.equal(told.length, 1)
  })
})
