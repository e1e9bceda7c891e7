import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { valueAt } from '../kit/asking.ts'
import { skipWithoutPostgresql } from '../kit/chat-databases.ts'
import { codes, openTalk, startChatHub } from '../kit/chat-hub.ts'
import type { ChatHub, People } from '../kit/chat-hub.ts'
import { askWithoutToken, named } from '../kit/chat-people.ts'
import type { Person } from '../kit/chat-people.ts'
import { transportNames } from '../kit/running-hub.ts'
import { until } from '../kit/until.ts'

/* Visitors and agents talk through the hub: over HTTP they do, over a socket they hear. */

const record = z.record(z.string(), z.unknown())

const session = 'mutation ($name: String) { openVisitorSession(site: "shop", displayName: $name) { token expiresAt visitor { id displayName verified } } }'

for (const transport of transportNames) {
  describe(`a conversation, subgraphs ${transport}`, { skip: skipWithoutPostgresql }, () => {
    let chat: ChatHub
    let people: People
    before(async () => {
      chat = await startChatHub({ transport, chat: { presenceGraceMs: 150 } })
      people = chat.people
    })
    after(() => chat[Symbol.asyncDispose]())

    it('is opened by a visitor who has no token yet, and who can ask for nothing else', async () => {
      const { status, body } = await askWithoutToken(chat.hub.url, session, { name: 'Ada' })
      assert.equal(status, 200)
      const opened = valueAt(body, 'data', 'openVisitorSession')
      assert.deepEqual([valueAt(opened, 'visitor', 'displayName'), valueAt(opened, 'visitor', 'verified')], ['Ada', false])
      assert.ok(Date.parse(String(valueAt(opened, 'expiresAt'))) > Date.now())
      const visitor = people.withToken(String(valueAt(opened, 'visitor', 'id')), String(valueAt(opened, 'token')))
      assert.equal(await visitor.get('{ me { id } }', {}, 'me', 'id'), visitor.id)
      const { id } = await visitor.start()
      assert.equal(await visitor.get('query ($id: ID!) { conversation(id: $id) { visitor { id } } }', { id }, 'conversation', 'visitor', 'id'), visitor.id)
      for (const query of ['{ me { id } }', `mutation { openVisitorSession(site: "shop") { token } setTyping(conversationId: "${id}", typing: true) }`, `{ conversation(id: "${id}") { id } }`]) {
        const refused = await askWithoutToken(chat.hub.url, query)
        assert.equal(refused.status, 401, query)
        assert.equal(valueAt(refused.body, 'errors', 0, 'extensions', 'code'), 'UNAUTHENTICATED')
      }
      const again = await visitor.get(session, { name: 'Ada' }, 'openVisitorSession', 'visitor', 'id')
      assert.equal(again, visitor.id, 'a session goes on under the same id')
    })

    it('is started, accepted and talked in, and both sides hear everything in order', async () => {
      const { id, visitor, agent, visitorHears, agentHears } = await openTalk(people)
      for (let turn = 0; turn < 5; turn += 1) {
        await visitor.send(id, `question ${turn}`)
        await agent.send(id, `answer ${turn}`)
      }
      const said = Array.from({ length: 5 }, (_, turn) => [`question ${turn}`, `answer ${turn}`]).flat()
      for (const heard of [visitorHears, agentHears]) {
        await heard.untilBody('answer 4')
        assert.deepEqual(heard.bodies(), said)
      }
      const { nodes } = await visitor.messages(id)
      assert.deepEqual(nodes.map(({ body }) => body), ['hello', ...said])
      assert.deepEqual(nodes.map(({ seq }) => seq), nodes.map((_, index) => index + 1))
      assert.deepEqual(nodes.map(({ author }) => author.id), [visitor.id, ...said.map((_, index) => (index % 2 === 0 ? visitor.id : agent.id))])
    })

    it('gives the first message again for the same clientMessageId, and refuses it with another body', async () => {
      const { id, visitor, agent } = await openTalk(people)
      const clientMessageId = randomUUID()
      const sent = await visitor.send(id, 'once', { clientMessageId })
      const again = await visitor.trySend(id, 'once', { clientMessageId })
      assert.deepEqual([again.deduplicated, again.message], [true, sent])
      assert.deepEqual(codes(await visitor.trySend(id, 'twice', { clientMessageId })), ['IDEMPOTENCY_CONFLICT'])
      const agents = await agent.trySend(id, 'mine', { clientMessageId })
      assert.deepEqual([agents.deduplicated, agents.message?.body], [false, 'mine'], 'the id is the author\'s own')
      const started = { body: 'begin', clientMessageId: randomUUID() }
      const first = await visitor.tryStart(started)
      const second = await visitor.tryStart(started)
      assert.deepEqual([second.deduplicated, second.conversation?.id, second.message], [true, first.conversation?.id, first.message])
      assert.deepEqual(codes(await visitor.tryStart({ ...started, subject: 'else' })), ['IDEMPOTENCY_CONFLICT'])
    })

    it('tells who types, and that they stopped, but not what is not said', async () => {
      const { id, visitor, agent, visitorHears, agentHears } = await openTalk(people)
      const typing = 'mutation ($id: ID!, $typing: Boolean!) { setTyping(conversationId: $id, typing: $typing) }'
      assert.equal(await agent.get(typing, { id, typing: true }, 'setTyping'), true)
      const begins = await visitorHears.untilType('TypingChanged')
      assert.deepEqual([valueAt(begins, 'participant', 'id'), begins['typing']], [agent.id, true])
      await agent.get(typing, { id, typing: false }, 'setTyping')
      await visitorHears.until((event) => event['__typename'] === 'TypingChanged' && event['typing'] === false)
      assert.equal(await visitor.get(typing, { id, typing: true }, 'setTyping'), true)
      await agentHears.until((event) => event['__typename'] === 'TypingChanged' && valueAt(event, 'participant', 'id') === visitor.id)
    })

    it('counts what is unread until it is read, and tells the others how far', async () => {
      const { id, visitor, agent, visitorHears, agentHears } = await openTalk(people)
      const unread = (who: Person) => who.get('query ($id: ID!) { conversation(id: $id) { unreadCount } }', { id }, 'conversation', 'unreadCount')
      assert.equal(await unread(agent), 1)
      const second = await visitor.send(id, 'second')
      assert.equal(await unread(agent), 2)
      assert.equal(await unread(visitor), 0)
      await agent.change('markRead', id, { position: 2 })
      assert.equal(await unread(agent), 1)
      const { nodes } = await agent.messages(id)
      await agent.change('markRead', id, { position: nodes.at(-1)?.position ?? 0 })
      assert.equal(await unread(agent), 0)
      await agent.change('markRead', id, { position: 1 })
      assert.equal(await unread(agent), 0, 'a mark moves forwards alone')
      const read = await visitorHears.until((event) => event['__typename'] === 'ReadChanged' && event['position'] === second.position)
      assert.equal(valueAt(read, 'participant', 'id'), agent.id)
      await agent.send(id, 'answer')
      assert.equal(await unread(visitor), 1)
      const marks = await visitor.get('query ($id: ID!) { conversation(id: $id) { readMarks { participant { id } position } } }', { id }, 'conversation', 'readMarks')
      assert.deepEqual(marks, [{ participant: { id: agent.id }, position: second.position }])
      await visitor.change('markRead', id, { position: (await visitor.messages(id)).nodes.at(-1)?.position ?? 0 })
      await agentHears.until((event) => event['__typename'] === 'ReadChanged' && valueAt(event, 'participant', 'id') === visitor.id)
    })

    it('betrays a note to the visitor by nothing', async () => {
      const { id, visitor, agent, visitorHears, agentHears } = await openTalk(people)
      const everything = `query ($id: ID!) {
        conversation(id: $id) { lastPosition lastActivityAt unreadCount readMarks { position } lastMessage { id body position seq cursor }
          messages { nodes { id body position seq cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
        conversations { nodes { id lastPosition lastActivityAt unreadCount } pageInfo { startCursor endCursor } }
        found: conversations(filter: { text: "secret" }) { nodes { id } } }`
      const one = await visitor.get(everything, { id })
      await agent.send(id, 'a secret', { kind: 'NOTE' })
      await agent.change('addLabels', id, { labels: ['vip'] })
      const { nodes } = await agent.messages(id)
      const note = nodes.at(-1)
      assert.deepEqual([note?.body, note?.kind, note?.seq], ['a secret', 'NOTE', null])
      await agent.change('markRead', id, { position: note?.position ?? 0 })
      await agentHears.untilBody('a secret')
      const two = await visitor.get(everything, { id })
      const { readMarks: marksBefore, ...before } = record.parse(valueAt(one, 'conversation'))
      const { readMarks: marksAfter, ...afterwards } = record.parse(valueAt(two, 'conversation'))
      assert.deepEqual([marksBefore, marksAfter], [[], [{ position: 4 }]], 'the agent has read everything that the visitor knows of')
      assert.deepEqual(afterwards, before)
      assert.deepEqual([valueAt(two, 'conversations'), valueAt(two, 'found')], [valueAt(one, 'conversations'), { nodes: [] }])
      assert.deepEqual(await agent.get('{ conversations(filter: { text: "secret" }) { nodes { id } } }', {}, 'conversations', 'nodes', 0, 'id'), id)
      const answer = await agent.send(id, 'plain')
      const heard = await visitorHears.untilBody('plain')
      assert.deepEqual([valueAt(heard, 'message', 'position'), valueAt(heard, 'message', 'seq'), valueAt(heard, 'conversation', 'lastPosition')], [5, 2, 5])
      assert.equal(answer.position, 7, 'an agent counts everything')
      const seen = visitorHears.events.filter((event) => event['__typename'] === 'MessagePosted' || event['__typename'] === 'ConversationChanged')
      assert.deepEqual(seen.map((event) => event['change'] ?? valueAt(event, 'message', 'body')), ['ROUTED', 'ACCEPTED', 'plain'])
    })

    it('carries labels, each once, for those who work on it', async () => {
      const { id, visitor, agent } = await openTalk(people)
      await agent.change('addLabels', id, { labels: ['vip', ' late  parcel ', 'vip'] })
      await agent.change('removeLabels', id, { labels: ['vip'] })
      const labels = 'query ($id: ID!) { conversation(id: $id) { labels } }'
      assert.deepEqual(await agent.get(labels, { id }, 'conversation', 'labels'), ['late parcel'])
      assert.deepEqual(await agent.get('{ conversations(filter: { label: "late parcel" }) { nodes { id } } }', {}, 'conversations', 'nodes'), [{ id }])
      const answer = await visitor.ask(labels, { id })
      assert.equal(answer.errors[0]?.extensions['code'], 'FORBIDDEN')
      assert.deepEqual(codes(await agent.tryChange('addLabels', id, { labels: Array.from({ length: 20 }, (_, index) => `label ${index}`) })), ['INVALID'])
      assert.deepEqual(codes(await agent.tryChange('addLabels', id, { labels: ['x'.repeat(41)] })), ['INVALID'])
    })

    it('goes to another agent, to a department and back to the queue, and the visitor is not told why', async () => {
      const { id, visitor, agent, visitorHears, agentHears } = await openTalk(people)
      const other = await people.agent(['tech/backend'])
      await other.get('{ me { id } }', {})
      const given = await agent.change('transfer', id, { toAgentId: other.id, reason: 'they know' })
      assert.deepEqual([given.status, given.agent?.id], ['ACTIVE', other.id])
      assert.deepEqual(codes(await agent.tryChange('transfer', id, { reason: 'mine' })), ['FORBIDDEN'])
      const moved = await other.change('transfer', id, { toDepartmentPath: 'tech/frontend', reason: 'a button' })
      assert.deepEqual([moved.status, moved.department?.path, moved.agent], ['WAITING', 'tech/frontend', null])
      const admin = await people.somebody({ role: 'admin', name: named('admin') })
      await admin.get('{ me { id } }', {})
      await admin.change('accept', id)
      const back = await admin.change('transfer', id, { reason: 'too much' })
      assert.deepEqual([back.status, back.department?.path], ['WAITING', 'tech/frontend'])
      const isTransfer = (event: Readonly<Record<string, unknown>>) => event['change'] === 'TRANSFERRED'
      await until(() => visitorHears.events.filter(isTransfer).length === 3)
      assert.deepEqual(visitorHears.events.filter(isTransfer).map((event) => event['note']), [null, null, null])
      assert.equal((await agentHears.until(isTransfer))['note'], 'they know')
      for (const more of [{ toAgentId: 'nobody' }, { toDepartmentPath: 'nowhere' }]) assert.deepEqual(codes(await admin.tryChange('transfer', id, more)), ['NOT_FOUND'])
      assert.deepEqual(codes(await admin.tryChange('transfer', id, { toAgentId: agent.id, toDepartmentPath: 'tech' })), ['INVALID'])
      assert.equal((await visitor.messages(id)).nodes.length, 1)
    })

    it('is closed, takes no more, is rated, and opened again for the agent who had it', async () => {
      const { id, visitor, agent, agentHears } = await openTalk(people)
      assert.equal((await visitor.change('close', id)).status, 'CLOSED')
      assert.equal((await visitor.change('close', id)).status, 'CLOSED')
      assert.deepEqual(codes(await visitor.trySend(id, 'wait')), ['CLOSED'])
      assert.deepEqual(codes(await agent.tryChange('accept', id)), ['CLOSED'])
      await agent.send(id, 'a note is possible', { kind: 'NOTE' })
      assert.deepEqual(codes(await visitor.tryChange('rate', id, { score: 6 })), ['INVALID'])
      await visitor.change('rate', id, { score: 5, comment: 'good' })
      await agentHears.until((event) => event['change'] === 'RATED')
      assert.deepEqual(await agent.get('query ($id: ID!) { conversation(id: $id) { rating { score comment } closedAt } }', { id }, 'conversation', 'rating'), { score: 5, comment: 'good' })
      const reopened = await agent.change('reopen', id)
      assert.deepEqual([reopened.status, reopened.agent?.id], ['ACTIVE', agent.id])
      await visitor.send(id, 'again')
    })

    it('pages through messages forwards and backwards, and through conversations, without a gap', async () => {
      const { id, visitor, agent } = await openTalk(people)
      for (let index = 0; index < 7; index += 1) await (index % 2 === 0 ? visitor : agent).send(id, `m${index}`)
      const bodies = ['hello', ...Array.from({ length: 7 }, (_, index) => `m${index}`)]
      const forwards: string[] = []
      for (let cursor: string | null = null, more = true; more; ) {
        const { nodes, pageInfo } = await visitor.messages(id, { first: 3, after: cursor })
        forwards.push(...nodes.map(({ body }) => body))
        ;[cursor, more] = [pageInfo.endCursor, pageInfo.hasNextPage]
      }
      assert.deepEqual(forwards, bodies)
      const backwards: string[] = []
      for (let cursor: string | null = null, more = true; more; ) {
        const { nodes, pageInfo } = await visitor.messages(id, { last: 3, before: cursor })
        backwards.unshift(...nodes.map(({ body }) => body))
        ;[cursor, more] = [pageInfo.startCursor, pageInfo.hasPreviousPage]
      }
      assert.deepEqual(backwards, bodies)
      assert.equal((await visitor.ask('query ($id: ID!) { conversation(id: $id) { messages(first: 101) { nodes { id } } } }', { id })).errors[0]?.extensions['code'], 'BAD_USER_INPUT')
      const ids = [id]
      for (let index = 0; index < 4; index += 1) ids.unshift((await visitor.start()).id)
      const listed: unknown[] = []
      const list = 'query ($after: String) { conversations(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }'
      for (let cursor: unknown = null, more = true; more; ) {
        const page = await visitor.get(list, { after: cursor }, 'conversations')
        listed.push(...[0, 1].flatMap((index) => valueAt(page, 'nodes', index, 'id') ?? []))
        ;[cursor, more] = [valueAt(page, 'pageInfo', 'endCursor'), valueAt(page, 'pageInfo', 'hasNextPage') === true]
      }
      assert.deepEqual(listed, ids)
    })
  })
}
