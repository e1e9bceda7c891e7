import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import type { ConversationsQuery } from '../../subgraphs/chat/backend.ts'
import type { Conversation, Message } from '../../subgraphs/chat/conversation.ts'
import { isInScope } from '../../subgraphs/visibility.ts'
import type { ConversationScope } from '../../subgraphs/visibility.ts'
import { agentActor, changeCommand, sendCommand, visitorActor } from '../kit/store-commands.ts'
import { kindsOfDatabase, listQuery, noFilter, openStores, times } from '../kit/chat-stores.ts'
import type { Stores } from '../kit/chat-stores.ts'
import { databases } from '../kit/databases.ts'

/* The store held to its port, on each database that it is kept in: what is read. */

for (const name of kindsOfDatabase) {
  describe(`what the chat's store reads on ${name}`, { skip: databases[name].skip }, () => {
    let stores: Stores
    before(async () => {
      stores = await openStores(name)
    })
    after(() => stores[Symbol.asyncDispose]())

    it('pages through conversations by key while rows change: nothing comes twice, and nothing is left out that stayed', async () => {
      const { start, store } = stores
      const customerId = randomUUID()
      const conversations: Conversation[] = []
      for (let index = 0; index < 23; index += 1) conversations.push(await start({ customerId }))
      const ids: string[] = []
      const moved = new Set<string>()
      for (let after_: ConversationsQuery['after'] = null, more = true; more; ) {
        const rows: readonly Conversation[] = await store.listConversations(listQuery({ filter: { ...noFilter, customerId }, after: after_, limit: 4 }))
        ids.push(...rows.map(({ id }) => id))
        const last = rows.at(-1)
        after_ = last ? { activityAt: last.activityAt, id: last.id } : null
        more = rows.length === 4
        const mover = conversations[moved.size * 5]
        if (mover) moved.add(mover.id)
        if (mover) await store.write(sendCommand(mover.id, visitorActor(mover.visitorId)))
        await start({ customerId })
      }
      assert.equal(new Set(ids).size, ids.length)
      for (const { id } of conversations) assert.ok(ids.includes(id) || moved.has(id))
    })

    it('pages through messages in both directions, in both ways of counting', async () => {
      const { messagesOf, start, store } = stores
      const { id, visitorId } = await start()
      for (let index = 0; index < 12; index += 1) await store.write(sendCommand(id, index % 3 === 0 ? agentActor('noter') : visitorActor(visitorId), { messageKind: index % 3 === 0 ? 'NOTE' : 'TEXT', body: `${index}` }))
      for (const staff of [true, false]) {
        const whole = await messagesOf(id, staff)
        assert.equal(whole.length, staff ? 13 : 9)
        const placeOf = (message: Message | undefined) => (message ? (staff ? message.position : message.publicPosition) : null)
        const forwards: Message[] = []
        const backwards: Message[] = []
        for (let page = 0; page < 5; page += 1) {
          forwards.push(...(await store.listMessages({ conversationId: id, staff, after: placeOf(forwards.at(-1)), before: null, limit: 4, from: 'oldest' })))
          backwards.unshift(...(await store.listMessages({ conversationId: id, staff, after: null, before: placeOf(backwards[0]), limit: 4, from: 'newest' })))
        }
        assert.deepEqual([forwards, backwards], [whole, whole])
      }
    })

    it('counts what is unread, and moves marks forwards alone and to what is there', async () => {
      const { start, store } = stores
      const { id, visitorId } = await start()
      const [agent, visitor] = [agentActor('reader'), visitorActor(visitorId)]
      await store.write(sendCommand(id, agent, { messageKind: 'NOTE' }))
      await store.write(sendCommand(id, agent, { body: 'answer' }))
      const unread = async () => [...(await store.countUnread([id, randomUUID(), 'x'], visitor, false)), ...(await store.countUnread([id], agent, true))]
      assert.deepEqual(await unread(), [1, 0, 0, 1])
      assert.equal(await store.markRead(id, visitor, 4, false), null)
      const mark = await store.markRead(id, visitor, 3, false)
      assert.deepEqual([mark?.position, mark?.publicPosition], [4, 3])
      assert.deepEqual((await times(20, (index) => store.markRead(id, agent, (index % 4) + 1, true))).every((one) => one !== null), true)
      assert.deepEqual(await unread(), [0, 0, 0, 0])
      const back = await store.markRead(id, visitor, 1, false)
      assert.deepEqual([back?.position, back?.publicPosition], [4, 3])
      const [marks, none] = await store.listReadMarks([id, 'x'])
      assert.deepEqual([marks?.map(({ participant, position }) => [participant.id, position]), none], [[['reader', 4], [visitorId, 4]], []])
    })

    it('knows who waits where, and since when', async () => {
      const { start, startRouted, store } = stores
      const departmentPath = `queue-${randomUUID()}`
      const waiting: Conversation[] = []
      for (let index = 0; index < 3; index += 1) waiting.push(await startRouted({ departmentPath }))
      // What is not routed yet may belong elsewhere, and stands in no queue.
      const unrouted = await start({ departmentPath })
      const ids = (await store.listQueue(departmentPath, 10))
      assert.deepEqual(new Set(ids), new Set(waiting.map(({ id }) => id)))
      assert.deepEqual(await store.findQueuePlaces([...ids, unrouted.id, randomUUID(), 'x']), [1, 2, 3, null, null, null])
      await store.write(changeCommand(ids[0] ?? '', visitorActor(waiting[0]?.visitorId ?? ''), { kind: 'close' }))
      assert.deepEqual(await store.findQueuePlaces(ids), [null, 1, 2])
      assert.deepEqual(await store.countWaiting([departmentPath, 'nowhere']), [2, 0])
      assert.deepEqual(await store.countInbox({ kind: 'departments', departments: [departmentPath], agentId: 'x' }, 'x'), { waiting: 2, offered: 0, mine: 0, unread: 0 })
      assert.deepEqual(await store.listQueue(departmentPath, 1), [ids[1]])
    })

    it('finds words as they are written, in any case and script, and no pattern of the database\'s', async () => {
      const { start, store } = stores
      const customerId = randomUUID()
      const bodies = ['100% sure', 'a_b c', 'back\\slash', '订单在哪里', 'thanks 👍🏽!', 'Straße NACH', 'x']
      for (const body of bodies) await start({ customerId, body })
      const found = async (...words: readonly string[]) => {
        const rows = await store.listConversations(listQuery({ filter: { ...noFilter, customerId, words } }))
        return (await store.findLastMessages(rows.map(({ id }) => id), true)).map((message) => message?.body).toSorted()
      }
      assert.deepEqual(await found('0%'), ['100% sure'])
      assert.deepEqual(await found('%'), ['100% sure'])
      assert.deepEqual(await found('_'), ['a_b c'])
      assert.deepEqual(await found('\\'), ['back\\slash'])
      assert.deepEqual(await found('在哪'), ['订单在哪里'])
      assert.deepEqual(await found('👍🏽'), ['thanks 👍🏽!'])
      assert.deepEqual(await found('STRAß', 'nach'), ['Straße NACH'])
      assert.deepEqual(await found('\0'), [])
      assert.deepEqual(await found('100%', 'x'), [])
      const { id } = await start({ customerId, body: 'y' })
      await store.write(sendCommand(id, agentActor('noter'), { messageKind: 'NOTE', body: 'hidden' }))
      assert.equal((await store.listConversations(listQuery({ filter: { ...noFilter, customerId, words: ['hidden'] }, staff: false }))).length, 0)
      assert.equal((await store.listConversations(listQuery({ filter: { ...noFilter, customerId, words: ['hidden'] } }))).length, 1)
    })

    it('lists for a scope what isInScope says of it, row by row', async () => {
      const { meet, start, store } = stores
      const paths = ['a', 'a/b', 'ab', 'a_b', 'a/b/c', '%']
      const rows = await times(24, (index) => start({ departmentPath: paths[index % paths.length] ?? '' }, `scope-${index % 3}`))
      await meet('scoped', 100)
      for (const row of rows.slice(0, 6)) await store.write(changeCommand(row.id, agentActor('scoped'), { kind: 'accept' }))
      const conversations = (await store.findConversations(rows.map(({ id }) => id))).flatMap((one) => one ?? [])
      const scopes: fc.Arbitrary<ConversationScope> = fc.oneof(
        fc.constantFrom<ConversationScope>({ kind: 'all' }, { kind: 'none' }),
        fc.record({ kind: fc.constant('own' as const), visitorId: fc.constantFrom('scope-0', 'scope-1', 'nobody') }),
        fc.record({ kind: fc.constant('departments' as const), departments: fc.subarray([...paths, 'A', 'a/', '_']), agentId: fc.constantFrom(null, 'scoped', 'else') }),
      )
      const ids = new Set(conversations.map(({ id }) => id))
      await fc.assert(
        fc.asyncProperty(scopes, async (scope) => {
          const listed = (await store.listConversations(listQuery({ scope, limit: 10_000 }))).map(({ id }) => id).filter((id) => ids.has(id))
          assert.deepEqual(new Set(listed), new Set(conversations.filter((one) => isInScope(scope, one)).map(({ id }) => id)))
        }),
        { numRuns: 60 },
      )
    })
  })
}
