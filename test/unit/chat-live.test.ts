import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { GraphQLError } from 'graphql'
import { openMemoryBus } from '../../bus/memory.ts'
import type { ChatEvent, Conversation } from '../../subgraphs/chat/conversation.ts'
import { positionFor } from '../../subgraphs/chat/conversation.ts'
import { viewFor } from '../../subgraphs/chat/inbox.ts'
import type { AnyInboxItem, ConversationItem } from '../../subgraphs/chat/items.ts'
import { openLive } from '../../subgraphs/chat/live.ts'
import { openRights } from '../../subgraphs/chat/rights.ts'
import type { Caller } from '../../subgraphs/context.ts'
import { conversationScope } from '../../subgraphs/visibility.ts'
import { callerOf, changeOf, conversationOf, settled, silent } from '../kit/chat.ts'

const open = (queuedEvents = 1_000) => {
  const events: ChatEvent[] = []
  const conversations = new Map<string, Conversation>([['c-1', conversationOf({ position: 0, publicPosition: 0 })]])
  const rights = openRights({ meetAgents: async (agents) => agents.map((agent) => ({ ...agent, availability: 'ONLINE', capacity: 1, active: 0, offered: 0, offeredAt: null })) }, openMemoryBus(silent), 'one')
  const live = openLive({
    rights, queuedEvents,
    findWhereabouts: async (id) => conversations.get(id) ?? null,
    store: {
      lastOrdinal: async () => events.length,
      listEvents: async (after, limit) => events.slice(after, after + limit),
      listEventsOf: async (id, staff, after, limit) =>
        events.filter((event) => event.conversationId === id && (staff || event.isPublic) && positionFor(staff, event) > after).slice(0, limit),
    },
  })
  /** One event further: what is committed, and (unless it is to be told later) told. */
  const happen = (set: Partial<Conversation> = {}, { isPublic = true, told = true, id = 'c-1' } = {}): ChatEvent => {
    const before = conversations.get(id) ?? conversationOf({ id, position: 0, publicPosition: 0 })
    const conversation = { ...before, ...set, position: before.position + 1, publicPosition: before.publicPosition + (isPublic ? 1 : 0) }
    conversations.set(id, conversation)
    const { position, publicPosition } = conversation
    const event = changeOf(events.length + 1, { conversationId: id, position, publicPosition, isPublic, before, conversation }, isPublic ? 'TRANSFERRED' : 'LABELLED')
    events.push(event)
    if (told) live.deliver(event)
    return event
  }
  return { live, rights, happen, events, conversations }
}

const visitor = callerOf('VISITOR', 'v-1')
const agent = callerOf('AGENT', 'a-1', { departments: ['sales'], issuedAt: 10 })
const admin = callerOf('ADMIN', 'admin')

type Source<T> = AsyncIterator<T, undefined>

const placeOf = (item: ConversationItem | AnyInboxItem) => (item.kind === 'EVENT' || item.kind === 'INBOX' ? item.event.ordinal : item.kind)

/** What comes until nothing more is there, and the code of the error that ends it. */
const heard = async (source: Source<ConversationItem> | Source<AnyInboxItem>) => {
  const all: (number | string)[] = []
  for (;;) {
    const next = source.next().then(({ done, value }) => (done === true ? 'done' : placeOf(value)), (error: unknown) => (error instanceof GraphQLError ? String(error.extensions['code']) : String(error)))
    const first = await Promise.race([next, settled(3).then(() => null)])
    if (first === null) return all
    all.push(first)
    if (first === 'done' || /^[A-Z]+_/.test(String(first)) || ['FORBIDDEN', 'OVERLOADED'].includes(String(first))) return all
  }
}

const codeOf = (work: Promise<unknown>) => work.then(() => 'done', (error: unknown) => (error instanceof GraphQLError ? error.extensions['code'] : String(error)))

describe('whoever follows a conversation', () => {
  it('hears what they may see of it from then on, the same object as everybody else', async () => {
    const { live, happen } = open()
    happen()
    const sources = [await live.followConversation(visitor, 'c-1', null), await live.followConversation(agent, 'c-1', null), await live.followConversation(admin, 'c-1', null)]
    for (const isPublic of [true, false, true]) happen({}, { isPublic })
    const [first, other] = [await sources[1]?.next(), await sources[2]?.next()]
    assert.equal(first?.value, other?.value)
    assert.deepEqual(await Promise.all(sources.map(heard)), [[2, 4], [3, 4], [3, 4]])
  })

  it('is told that there is none where it is another\'s, as where there is none', async () => {
    const { live } = open()
    const strangers = [callerOf('VISITOR', 'v-2'), callerOf('AGENT', 'a-2', { departments: ['tech'] }), callerOf('NOBODY', 'v-1')]
    for (const stranger of strangers) {
      const [theirs, none] = await Promise.all(['c-1', 'c-none'].map((id) => live.followConversation(stranger, id, null).catch((error: unknown) => error)))
      assert.deepEqual(theirs, none)
      assert.equal(theirs instanceof GraphQLError && theirs.extensions['code'], 'BAD_USER_INPUT')
    }
    assert.equal(live.isHeard('c-1'), false)
  })

  it('goes on after a cursor, as they count it, and not after one that is of no time yet', async () => {
    const { live, happen } = open()
    for (const isPublic of [true, false, true, false, true]) happen({}, { isPublic })
    assert.deepEqual(await heard(await live.followConversation(visitor, 'c-1', 1)), [3, 5])
    assert.deepEqual(await heard(await live.followConversation(agent, 'c-1', 1)), [2, 3, 4, 5])
    assert.deepEqual(await heard(await live.followConversation(visitor, 'c-1', 3)), [])
    assert.equal(await codeOf(live.followConversation(visitor, 'c-1', 4)), 'FULL_REFRESH_REQUIRED')
    assert.equal(await codeOf(live.followConversation(agent, 'c-1', 6)), 'FULL_REFRESH_REQUIRED')
  })

  it('hears no more where it is moved out of what they may see, and all that was before', async () => {
    const { live, happen } = open()
    const [source, own] = [await live.followConversation(agent, 'c-1', null), await live.followConversation(visitor, 'c-1', null)]
    happen()
    happen({ departmentPath: 'tech' })
    happen({ departmentPath: 'sales' })
    assert.deepEqual(await Promise.all([heard(source), heard(own)]), [[1, 'FORBIDDEN'], [1, 2, 3]])
  })

  it('hears no more as soon as a later token takes the department away', async () => {
    const { live, rights, happen } = open()
    await rights.meet(agent)
    const [source, mine] = [await live.followConversation(agent, 'c-1', null), await live.followConversation(admin, 'c-1', null)]
    happen()
    await rights.meet({ ...agent, departments: ['tech'], issuedAt: 20 })
    assert.deepEqual(await Promise.all([heard(source), heard(mine)]), [[1, 'FORBIDDEN'], [1]])
    assert.equal(await codeOf(live.followConversation(agent, 'c-1', null)), 'BAD_USER_INPUT')
  })

  it('reads nothing of what was missed once it is no longer theirs to see', async () => {
    const { live, happen } = open()
    for (let count = 0; count < 500; count += 1) happen()
    const source = await live.followConversation(agent, 'c-1', 0)
    assert.equal((await source.next()).value?.kind, 'EVENT')
    happen({ departmentPath: 'tech' }, { told: false })
    for (let count = 0; count < 10; count += 1) happen({}, { told: false })
    const all = await heard(source)
    assert.deepEqual([all.length, all.at(-2), all.at(-1)], [200, 200, 'FORBIDDEN'])
    assert.equal(live.isHeard('c-1'), false)
  })

  it('is cut off where more waits for them than is kept', async () => {
    const { live, happen } = open(3)
    const source = await live.followConversation(agent, 'c-1', null)
    for (let count = 0; count < 4; count += 1) happen()
    assert.deepEqual([await heard(source), live.isHeard('c-1')], [['OVERLOADED'], false])
  })

  it('is not cut off by notes that they may not know of', async () => {
    const { live, happen } = open(3)
    const source = await live.followConversation(visitor, 'c-1', null)
    for (let count = 0; count < 10; count += 1) happen({}, { isPublic: false })
    happen()
    assert.deepEqual(await heard(source), [11])
  })

  it('is heard of as long as they listen, and hears what is never kept', async () => {
    const { live } = open()
    const [source, own] = [await live.followConversation(agent, 'c-1', null), await live.followConversation(visitor, 'c-1', null)]
    const item = { kind: 'TYPING', participant: { kind: 'AGENT', id: 'a-2', name: 'a-2' }, typing: true } as const
    live.tell('c-1', item, null)
    live.tell('c-2', item, item)
    assert.deepEqual(await Promise.all([heard(source), heard(own)]), [['TYPING'], []])
    await source.return()
    assert.equal(live.isHeard('c-1'), true)
    await own.return()
    assert.equal(live.isHeard('c-1'), false)
  })

  it('misses nothing and hears nothing twice, whenever they come and whatever is told late', async () => {
    const steps = fc.array(fc.record({ isPublic: fc.boolean(), told: fc.boolean() }), { maxLength: 30 })
    await fc.assert(fc.asyncProperty(steps, fc.nat(30), fc.nat(30), fc.boolean(), async (all, comes, from, staff) => {
      const { live, happen, events } = open()
      const late: ChatEvent[] = []
      const act = ({ isPublic, told }: (typeof all)[number]) => {
        const event = happen({}, { isPublic, told: told && late.length === 0 })
        if (late.length > 0 || !told) late.push(event)
        if (told) for (const one of late.splice(0)) live.deliver(one)
      }
      for (const step of all.slice(0, comes)) act(step)
      const counts = events.filter(({ isPublic }) => staff || isPublic)
      const after = Math.min(from, counts.length)
      const opening = live.followConversation(staff ? agent : visitor, 'c-1', after)
      for (const step of all.slice(comes)) act(step)
      const source = await opening
      for (const one of late) live.deliver(one)
      const expected = events.filter(({ isPublic }) => staff || isPublic).slice(after).map(({ ordinal }) => ordinal)
      assert.deepEqual(await heard(source), expected)
    }), { numRuns: 100 })
  })
})

describe('whoever follows an inbox', () => {
  it('hears what comes to it, what leaves it and what changes in it', async () => {
    const { live, happen } = open()
    const source = await live.followInbox(agent, null)
    happen()
    happen({ status: 'ACTIVE', agentId: 'a-2' })
    happen()
    happen({ status: 'ACTIVE', agentId: 'a-1', departmentPath: 'tech' })
    const views: unknown[] = []
    for (let count = 0; count < 3; count += 1) {
      const { value } = await source.next()
      if (value?.kind === 'INBOX') views.push([value.view, value.event.ordinal])
    }
    assert.deepEqual([views, await heard(source)], [[['CHANGED', 1], ['LEFT', 2], ['ARRIVED', 4]], []])
  })

  it('goes on after a cursor, and not after one that is of no time yet, or of too long ago', async () => {
    const { live, happen, events } = open()
    for (let count = 0; count < 450; count += 1) happen({ departmentPath: count % 2 === 0 ? 'tech' : 'sales' })
    assert.deepEqual(await heard(await live.followInbox(agent, 447)), [448, 449, 450])
    assert.equal((await heard(await live.followInbox(agent, 0))).length, 450)
    assert.equal(await codeOf(live.followInbox(agent, 451)), 'FULL_REFRESH_REQUIRED')
    const [last] = events.slice(-1)
    if (last) while (events.length < 20_001) events.push({ ...last, ordinal: events.length + 1 })
    assert.equal(await codeOf(live.followInbox(agent, 0)), 'FULL_REFRESH_REQUIRED')
    assert.equal(await codeOf(live.followInbox(agent, 1)), 'done')
  })

  it('hears nothing of a department that a later token took away', async () => {
    const { live, rights, happen } = open()
    await rights.meet(agent)
    const source = await live.followInbox(agent, null)
    await rights.meet({ ...agent, departments: ['tech'], issuedAt: 20 })
    happen()
    happen({ departmentPath: 'tech' })
    assert.deepEqual(await heard(source), [])
  })

  it('hears exactly what is something to them, wherever it is looked for, now as later', async () => {
    const departments = fc.uniqueArray(fc.constantFrom('sales', 'sales/eu', 'salesx', 'tech', 'tech/backend', '/tech/', ''), { maxLength: 3 })
    const callers = fc.oneof(fc.tuple(fc.constantFrom('a-1', 'a-2'), departments).map(([id, own]): Caller => callerOf('AGENT', id, { departments: own })), fc.constant(admin))
    const moves = fc.array(fc.record({
      id: fc.constantFrom('c-1', 'c-2', 'c-3'), status: fc.constantFrom('WAITING', 'OFFERED', 'ACTIVE', 'CLOSED'),
      departmentPath: fc.constantFrom('sales', 'sales/eu/north', 'salesx', 'tech', 'tech/backend'), who: fc.constantFrom('a-1', 'a-2', 'a-3'),
    }), { maxLength: 25 })
    await fc.assert(fc.asyncProperty(fc.array(callers, { maxLength: 4 }), moves, async (all, steps) => {
      const { live, happen, events } = open()
      const sources = await Promise.all(all.map((caller) => live.followInbox(caller, null)))
      for (const { id, status, departmentPath, who } of steps) {
        happen({ status, departmentPath, agentId: status === 'ACTIVE' ? who : null, offeredTo: status === 'OFFERED' ? who : null }, { id })
      }
      for (const [index, caller] of all.entries()) {
        const expected = events.filter((event) => viewFor({ id: caller.id, scope: conversationScope(caller) }, event) !== null).map(({ ordinal }) => ordinal)
        assert.deepEqual(await heard(sources[index] ?? assert.fail()), expected)
        assert.deepEqual(await heard(await live.followInbox(caller, 0)), expected)
      }
    }), { numRuns: 50 })
  })
})

describe('when the process goes away', () => {
  it('every subscription ends with its error', async () => {
    const { live, happen } = open()
    const sources = [await live.followConversation(visitor, 'c-1', null), await live.followInbox(agent, null)]
    happen()
    live.close(new GraphQLError('going away', { extensions: { code: 'BACKEND_UNAVAILABLE' } }))
    happen()
    assert.deepEqual(await Promise.all(sources.map((source) => heard(source))), [[1, 'BACKEND_UNAVAILABLE'], [1, 'BACKEND_UNAVAILABLE']])
    const late = [await live.followConversation(visitor, 'c-1', null), await live.followInbox(agent, null)]
    assert.deepEqual(await Promise.all(late.map((source) => heard(source))), [['BACKEND_UNAVAILABLE'], ['BACKEND_UNAVAILABLE']])
  })
})
