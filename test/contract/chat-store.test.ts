import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { openChatStore } from '../../subgraphs/chat/backend.prisma.ts'
import type { ChatStore, Committed, Written } from '../../subgraphs/chat/backend.ts'
import type { ChatEvent } from '../../subgraphs/chat/conversation.ts'
import { changeCommand, conversationOf, sendCommand, startCommand, visitorActor } from '../kit/store-commands.ts'
import { count, kindsOfDatabase, listQuery, noFilter, openStores, times } from '../kit/chat-stores.ts'
import type { Stores } from '../kit/chat-stores.ts'
import { databases } from '../kit/databases.ts'
import { until } from '../kit/until.ts'

/* The store held to its port, on each database that it is kept in: what is written. */

const kinds = (all: readonly Written[]) => all.map((written) => (written.kind === 'refused' ? written.code : written.kind))

for (const name of kindsOfDatabase) {
  describe(`the chat's store on ${name}`, { skip: databases[name].skip }, () => {
    let stores: Stores
    before(async () => {
      stores = await openStores(name)
    })
    after(() => stores[Symbol.asyncDispose]())

    const allEvents = async (from: number) => {
      const events: ChatEvent[] = []
      for (;;) {
        const page = await stores.store.listEvents(events.at(-1)?.ordinal ?? from, 500)
        if (page.length === 0) return events
        events.push(...page)
      }
    }

    it('keeps a conversation as it was written, and gives it and what it is made of again', async () => {
      const { messagesOf, start, store } = stores
      const opened = await start({ subject: '张伟 💬', customerId: 'C-1', orderId: 'SO-1', body: 'Grüße, 你好 👋🏽', note: 'why' })
      const [found, none, hostile] = await store.findConversations([opened.id, randomUUID(), 'no id'])
      assert.deepEqual(found, opened)
      assert.deepEqual([none, hostile], [null, null])
      const [first] = await messagesOf(opened.id)
      assert.deepEqual([first?.body, first?.seq, first?.position, first?.publicPosition], ['Grüße, 你好 👋🏽', 1, 2, 2])
      assert.deepEqual(await store.findLastMessages([opened.id, randomUUID()], true), [first, null])
      const events = await store.listEventsOf(opened.id, true, 0, 10)
      assert.deepEqual(events.map(({ kind, note }) => [kind, note]), [['OPENED', 'why'], ['MESSAGE', null]])
      assert.deepEqual(events.at(-1)?.message, first)
      assert.deepEqual(events.at(-1)?.conversation, opened)
      assert.deepEqual(await store.findVisitors([opened.visitorId, 'nobody']), [opened.visitor, null])
      await store.recordOpened([{ callerId: 'a', role: 'AGENT', conversationId: opened.id }])
    })

    it('counts messages and events without a gap while two hundred write at once, from two stores', async () => {
      const { messagesOf, meet, second, start, store } = stores
      const from = await store.lastOrdinal()
      const [agent, conversations] = [await meet('writer', 100), await times(5, () => start())]
      await times(5, (index) => store.write(changeCommand(conversations[index]?.id ?? '', agent, { kind: 'accept' })))
      const seen = new Map<Committed, ChatStore>()
      for (const one of [store, second]) one.onCommitted((batch) => seen.set(batch, one))
      const written = await times(200, (index) => {
        const id = conversations[index % 5]?.id ?? ''
        const by = index % 3 === 0 ? agent : visitorActor(conversations[index % 5]?.visitorId ?? '')
        return (index % 2 === 0 ? store : second).write(sendCommand(id, by, { body: `${index}`, messageKind: index % 6 === 0 ? 'NOTE' : 'TEXT', isAdmin: true }))
      })
      assert.deepEqual(new Set(kinds(written)), new Set(['done']))
      for (const { id } of conversations) {
        const messages = await messagesOf(id)
        assert.equal(messages.length, 41)
        const seqs = messages.flatMap(({ seq }) => seq ?? [])
        assert.deepEqual(seqs, count(seqs.length))
        assert.equal(messages.length - seqs.length, messages.filter(({ kind }) => kind === 'NOTE').length)
        const events = await store.listEventsOf(id, true, 0, 1_000)
        assert.deepEqual(events.map(({ position }) => position), count(events.length))
        const visible = await store.listEventsOf(id, false, 0, 1_000)
        assert.deepEqual(visible.map(({ publicPosition }) => publicPosition), count(visible.length))
        const [conversation] = await store.findConversations([id])
        assert.deepEqual([conversation?.position, conversation?.publicPosition, conversation?.seq], [events.length, visible.length, seqs.length])
      }
      const events = await allEvents(from)
      assert.deepEqual(events.map(({ ordinal }) => ordinal), events.map((_, index) => from + 1 + index))
      const told = [...seen.keys()].toSorted((a, b) => a.first - b.first)
      assert.deepEqual(told.flatMap((batch) => batch.events ?? []).map(({ ordinal }) => ordinal), events.slice(-200).map(({ ordinal }) => ordinal))
      assert.deepEqual(told.flatMap((batch) => batch.events ?? []), events.slice(-200), 'what was told is what is kept')
    })

    it('carries out the same message fifty times at once as one', async () => {
      const { messagesOf, second, start, store } = stores
      const { id, visitorId } = await start()
      const clientMessageId = randomUUID()
      const written = await times(50, (index) => (index % 2 === 0 ? store : second).write(sendCommand(id, visitorActor(visitorId), { clientMessageId, body: 'same' })))
      assert.equal(kinds(written).filter((kind) => kind === 'done').length, 1)
      assert.deepEqual(new Set(kinds(written)), new Set(['done', 'repeated']))
      const ids = new Set(written.map((one) => ('message' in one && typeof one.message === 'object' ? one.message?.id : null)))
      assert.equal(ids.size, 1)
      assert.equal((await messagesOf(id)).length, 2)
      assert.deepEqual(kinds([await store.write(sendCommand(id, visitorActor(visitorId), { clientMessageId, body: 'else' }))]), ['IDEMPOTENCY_CONFLICT'])
      const again = startCommand(randomUUID(), { clientMessageId })
      const started = await times(50, (index) => (index % 2 === 0 ? store : second).write({ ...again, conversationId: randomUUID(), messageId: randomUUID() }))
      assert.equal(kinds(started).filter((kind) => kind === 'done').length, 1)
      assert.equal(new Set(started.map((one) => conversationOf(one).id)).size, 1)
      assert.deepEqual(kinds([await second.write({ ...again, conversationId: randomUUID(), fingerprint: 'two' })]), ['IDEMPOTENCY_CONFLICT'])
    })

    it('lets one of fifty accept, and nobody have more than they can take', async () => {
      const { meet, second, start, store } = stores
      const agents = await times(50, (index) => meet(`one-of-50-${index}`))
      const { id } = await start()
      const accepted = await Promise.all(agents.map((agent, index) => (index % 2 === 0 ? store : second).write(changeCommand(id, agent, { kind: 'accept' }))))
      assert.deepEqual(kinds(accepted).toSorted(), [...count(49).map(() => 'CONFLICT'), 'done'])
      const [busy, colleague] = [await meet('busy', 3), await meet('colleague', 100)]
      const waiting = await times(20, () => start())
      const taken = await Promise.all(waiting.map((one, index) => {
        const command = index % 4 === 0 ? changeCommand(one.id, colleague, { kind: 'transfer', to: { kind: 'agent', id: busy.id }, reason: 'x' }) : changeCommand(one.id, busy, { kind: 'accept' })
        return (index % 2 === 0 ? store : second).write(command)
      }))
      assert.equal(kinds(taken).filter((kind) => kind === 'done').length, 3)
      assert.equal(kinds(taken).filter((kind) => kind === 'OVER_CAPACITY').length, 17)
      const [load] = await store.findAgents([busy.id])
      assert.deepEqual([load?.active, load?.capacity], [3, 3])
      const theirs = await store.listConversations(listQuery({ filter: { ...noFilter, agentId: busy.id } }))
      await store.write(changeCommand(theirs[0]?.id ?? '', busy, { kind: 'close' }))
      const reopened = await Promise.all([
        store.write(changeCommand(theirs[0]?.id ?? '', busy, { kind: 'reopen' })),
        ...waiting.filter(({ id: one }) => !theirs.some((their) => their.id === one)).map((one) => second.write(changeCommand(one.id, busy, { kind: 'accept' }))),
      ])
      assert.equal(kinds(reopened).filter((kind) => kind === 'done').length, 1)
    })

    it('fails a command that the database refuses, and none that came with it', async () => {
      const { messagesOf, start, store } = stores
      const conversations = await times(4, () => start())
      const by = visitorActor(conversations[0]?.visitorId ?? '')
      const poison = [
        sendCommand(conversations[1]?.id ?? '', by, { body: 'a \0 that nobody took away' }),
        sendCommand(conversations[2]?.id ?? '', by, { messageId: 'no uuid' }),
        startCommand('v', { conversationId: 'no uuid either' }),
      ]
      const settled = await Promise.allSettled(conversations.flatMap(({ id }, index) => [
        store.write(sendCommand(id, by, { body: 'good' })), ...poison.slice(index, index + 1).map((one) => store.write(one)), store.write(sendCommand(id, by, { body: 'better' })),
      ]))
      assert.equal(settled.filter(({ status }) => status === 'rejected').length, 3)
      for (const { id } of conversations) assert.deepEqual((await messagesOf(id)).map(({ body }) => body), ['hello', 'good', 'better'])
      const events = await allEvents(0)
      assert.deepEqual(events.map(({ ordinal }) => ordinal), count(events.length))
    })

    it('lists what was committed and not announced, until it is', async () => {
      const { database, second } = stores
      const batches: Committed[] = []
      const silent = openChatStore({ database, instance: 'silent' })
      silent.onCommitted((batch) => void batches.push(batch))
      await silent.write(startCommand(randomUUID()))
      await silent.write(startCommand(randomUUID()))
      assert.equal(batches.length, 2)
      const ordinals = async () => (await second.listUnannounced(0)).map(({ first, last }) => [first, last])
      for (const { first, last } of batches) assert.ok((await ordinals()).some(([one, two]) => one === first && two === last))
      assert.equal((await second.listUnannounced(60_000)).length, 0)
      for (const batch of batches) silent.announced(batch)
      await until(async () => !(await ordinals()).some(([one]) => batches.some(({ first }) => first === one)))
      await silent[Symbol.asyncDispose]()
    })

    it('keeps of an agent what the newest token says, whatever comes when', async () => {
      const { store } = stores
      const id = randomUUID()
      const seen = await Promise.all([3, 1, 2].map((tokenAt) => store.meetAgents([{ id, name: `at ${tokenAt}`, departments: [`d${tokenAt}`], tokenAt }])))
      assert.equal(seen.length, 3)
      const [agent, none] = await store.findAgents([id, 'a\0b'])
      assert.deepEqual([agent?.name, agent?.departments, agent?.tokenAt, none], ['at 3', ['d3'], 3, null])
      assert.deepEqual((await store.meetAgents([{ id, name: 'old', departments: [], tokenAt: 1 }]))[0], agent)
      assert.equal((await store.setAvailability(id, 'AWAY', null))?.availability, 'AWAY')
      assert.equal(await store.setAvailability('nobody', 'AWAY', null), null)
      assert.ok((await store.listAgents()).some((one) => one.id === id))
    })

    it('keeps canned replies, each shortcut once in a department, also where two take it at once', async () => {
      const { second, store } = stores
      const reply = { id: null, shortcut: randomUUID(), body: 'Hello, 你好', departmentPath: null, by: 'x' }
      const saved = await Promise.all([store.saveCannedReply(reply), second.saveCannedReply(reply)])
      assert.equal(saved.filter((one) => one === 'TAKEN').length, 1)
      const kept = saved.find((one) => one !== 'TAKEN' && one !== null)
      assert.ok(typeof kept === 'object' && kept)
      assert.deepEqual(await store.findCannedReply(kept.id), kept)
      assert.deepEqual([await store.findCannedReply('x'), await store.saveCannedReply({ ...reply, id: randomUUID(), shortcut: 'new' })], [null, null])
      assert.deepEqual(await store.saveCannedReply({ ...reply, id: kept.id, body: 'else' }), { ...kept, body: 'else' })
      assert.deepEqual((await store.listCannedReplies(reply.shortcut.toUpperCase())).map(({ id }) => id), [kept.id])
    })
  })
}
