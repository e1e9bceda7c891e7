import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { valueAt } from '../kit/asking.ts'
import { skipWithoutPostgresql } from '../kit/chat-databases.ts'
import type { Followed } from '../kit/chat-follow.ts'
import { codes, openTalk, startChatHub } from '../kit/chat-hub.ts'
import type { ChatHub, People } from '../kit/chat-hub.ts'
import { named } from '../kit/chat-people.ts'
import type { Person } from '../kit/chat-people.ts'
import { transportNames } from '../kit/running-hub.ts'
import { until } from '../kit/until.ts'

/* Who gets a conversation, who is there, and what each has before them. */

const sizeOf = (list: unknown): number => (Array.isArray(list) ? list.length : -1)

for (const transport of transportNames) {
  describe(`agents at the desk, subgraphs ${transport}`, { skip: skipWithoutPostgresql }, () => {
    let chat: ChatHub
    let people: People
    before(async () => {
      chat = await startChatHub({ transport, chat: { presenceGraceMs: 150 } })
      people = chat.people
    })
    after(() => chat[Symbol.asyncDispose]())

    it('is taken by exactly one of many agents, and the others learn who that is', async () => {
      const department = 'sales'
      const visitor = await people.visitor()
      const agents = await Promise.all(Array.from({ length: 8 }, () => people.agent([department])))
      const inboxes = await Promise.all(agents.map((agent) => agent.followInbox()))
      const { id } = await visitor.start({ departmentPath: department })
      for (const inbox of inboxes) await inbox.until((event) => event['__typename'] === 'ConversationArrived' && valueAt(event, 'conversation', 'id') === id)
      const answers = await Promise.all(agents.map((agent) => agent.tryChange('accept', id)))
      const winners = agents.filter((_, index) => answers[index]?.userErrors.length === 0)
      assert.equal(winners.length, 1)
      const winner = winners[0]?.id
      for (const answer of answers) assert.equal(answer.conversation?.agent?.id, winner)
      assert.deepEqual(answers.flatMap(codes), Array.from({ length: 7 }, () => 'CONFLICT'))
      for (const [index, inbox] of inboxes.entries()) {
        if (agents[index]?.id === winner) await inbox.until((event) => event['change'] === 'ACCEPTED')
        else assert.equal(valueAt(await inbox.untilType('ConversationLeft'), 'takenBy', 'id'), winner)
      }
    })

    it('is given to nobody who has as many as they can take', async () => {
      const [visitor, agent, colleague] = [await people.visitor(), await people.agent(['logistics']), await people.agent(['logistics'])]
      await agent.get('mutation { setAvailability(availability: ONLINE, capacity: 2) { id } }', {})
      const ids = await Promise.all(Array.from({ length: 4 }, async () => (await visitor.start({ departmentPath: 'logistics' })).id))
      const answers = await Promise.all(ids.map((id) => agent.tryChange('accept', id)))
      assert.deepEqual(answers.flatMap(codes), ['OVER_CAPACITY', 'OVER_CAPACITY'])
      const refused = ids[answers.findIndex(({ userErrors }) => userErrors.length > 0)] ?? ''
      await colleague.change('accept', refused)
      assert.deepEqual(codes(await colleague.tryChange('transfer', refused, { toAgentId: agent.id })), ['OVER_CAPACITY'])
      await agent.change('close', ids[answers.findIndex(({ userErrors }) => userErrors.length === 0)] ?? '')
      await colleague.change('transfer', refused, { toAgentId: agent.id })
      assert.deepEqual(await agent.get('{ me { agent { capacity activeConversations } } }', {}, 'me', 'agent'), { capacity: 2, activeConversations: 2 })
    })

    it('moves up in its queue, and the visitor hears of each place', async () => {
      const department = 'marketing'
      const agent = await people.agent([department])
      const visitors = await Promise.all(Array.from({ length: 3 }, () => people.visitor()))
      const waiting: { readonly id: string; readonly heard: Followed; readonly visitor: Person }[] = []
      for (const visitor of visitors) {
        const { id, message } = await visitor.start({ departmentPath: department })
        const heard = visitor.follow(id, message.cursor)
        // Places are told to whoever listens by then, and never again.
        await heard.until((event) => event['change'] === 'ROUTED')
        waiting.push({ id, heard, visitor })
      }
      const place = (who: Person, id: string) => who.get('query ($id: ID!) { conversation(id: $id) { queuePosition } }', { id }, 'conversation', 'queuePosition')
      assert.deepEqual(await Promise.all(waiting.map(({ id, visitor }) => place(visitor, id))), [1, 2, 3])
      assert.equal(await agent.get('query ($id: ID!) { conversation(id: $id) { department { waitingCount } } }', { id: waiting[0]?.id }, 'conversation', 'department', 'waitingCount'), 3)
      // With whoever comes the queue is looked at, also where nobody had listened yet when it was looked at for the third.
      await (await people.visitor()).start({ departmentPath: department })
      await waiting[2]?.heard.until((event) => event['__typename'] === 'QueueMoved' && event['position'] === 3)
      await agent.change('accept', waiting[0]?.id ?? '')
      await waiting[2]?.heard.until((event) => event['__typename'] === 'QueueMoved' && event['position'] === 2)
      await waiting[1]?.heard.until((event) => event['__typename'] === 'QueueMoved' && event['position'] === 1)
      assert.deepEqual(await Promise.all(waiting.map(({ id, visitor }) => place(visitor, id))), [null, 1, 2])
    })

    it('fills and empties the inboxes of those whom it concerns, and their counts', async () => {
      const [visitor, agent, stranger] = [await people.visitor(), await people.agent(['tech']), await people.agent(['hr'])]
      const [inbox, elsewhere] = [await agent.followInbox(), await stranger.followInbox()]
      const counts = (who: Person) => who.get('{ inboxCounts { waiting offered mine unread } }', {}, 'inboxCounts')
      const { id } = await visitor.start({ departmentPath: 'tech/frontend', body: 'first' })
      const arrived = await inbox.until((event) => event['__typename'] === 'ConversationArrived' && valueAt(event, 'conversation', 'id') === id)
      assert.equal(valueAt(arrived, 'conversation', 'lastMessage', 'body'), 'first')
      const waiting = Number(valueAt(await counts(agent), 'waiting'))
      await agent.change('accept', id)
      await visitor.send(id, 'more')
      await inbox.untilBody('more')
      assert.deepEqual(await counts(agent), { waiting: waiting - 1, offered: 0, mine: 1, unread: 2 })
      await agent.change('transfer', id, { toDepartmentPath: 'hr', reason: 'theirs' })
      const left = await inbox.untilType('ConversationLeft')
      assert.deepEqual([left['conversationId'], left['takenBy']], [id, null])
      await elsewhere.until((event) => event['__typename'] === 'ConversationArrived' && valueAt(event, 'conversation', 'id') === id)
      assert.deepEqual(await counts(stranger), { waiting: 1, offered: 0, mine: 0, unread: 0 })
      await visitor.change('close', id)
      await elsewhere.untilType('ConversationLeft')
      assert.deepEqual(elsewhere.events.filter(({ __typename }) => __typename !== 'AgentChanged').map(({ __typename }) => __typename), ['ConversationArrived', 'ConversationLeft'])
    })

    it('shows agents as what they chose to be while an inbox of theirs is open, and a little longer', async () => {
      const [agent, watcher] = [await people.agent(['hr']), await people.agent(['hr'])]
      const watching = await watcher.followInbox()
      const seen = (who: string) => watcher.get('{ agents(departmentPath: "hr") { id availability } }', {}, 'agents')
        .then((all) => (Array.isArray(all) ? valueAt(all.find((one) => valueAt(one, 'id') === who), 'availability') : null))
      const one = await agent.followInbox()
      assert.equal(await seen(agent.id), 'ONLINE')
      await watching.until((event) => event['__typename'] === 'AgentChanged' && valueAt(event, 'agent', 'id') === agent.id)
      await agent.get('mutation { setAvailability(availability: AWAY) { id } }', {})
      assert.equal(await seen(agent.id), 'AWAY')
      await watching.until((event) => valueAt(event, 'agent', 'id') === agent.id && valueAt(event, 'agent', 'availability') === 'AWAY')
      await agent.get('mutation { setAvailability(availability: ONLINE) { id } }', {})
      const window = people.withToken(agent.id, agent.token)
      await window.followInbox()
      one.stop()
      await agent.client[Symbol.asyncDispose]()
      assert.equal(await seen(agent.id), 'ONLINE', 'another window is open')
      await window.client[Symbol.asyncDispose]()
      assert.equal(await seen(agent.id), 'ONLINE', 'they may come back')
      await until(async () => (await seen(agent.id)) === 'OFFLINE', 'they do not come back')
      await watching.until((event) => valueAt(event, 'agent', 'id') === agent.id && valueAt(event, 'agent', 'availability') === 'OFFLINE')
      const online = JSON.stringify(await watcher.get('{ agents(departmentPath: "hr", onlineOnly: true) { id } }', {}, 'agents'))
      assert.deepEqual([online.includes(watcher.id), online.includes(agent.id)], [true, false])
    })

    it('shows which agents have it open, to agents alone', async () => {
      const { id, visitor, agent, agentHears } = await openTalk(people)
      const viewers = 'query ($id: ID!) { conversation(id: $id) { viewers { id displayName } } }'
      assert.deepEqual(await agent.get(viewers, { id }, 'conversation', 'viewers'), [{ id: agent.id, displayName: agent.id }])
      assert.equal((await visitor.ask(viewers, { id })).errors[0]?.extensions['code'], 'FORBIDDEN')
      agentHears.stop()
      await until(async () => sizeOf(await agent.get(viewers, { id }, 'conversation', 'viewers')) === 0)
    })

    it('has canned replies, for every department or one, each shortcut once in it', async () => {
      const [agent, stranger, admin] = [await people.agent(['support']), await people.agent(['sales']), await people.somebody({ role: 'admin', name: named('admin') })]
      const save = 'mutation ($input: SaveCannedReplyInput!) { saveCannedReply(input: $input) { cannedReply { id shortcut body departmentPath } userErrors { code message field } } }'
      const saved = await agent.get(save, { input: { shortcut: `hi-${transport}`, body: 'Hello!', departmentPath: 'support/orders' } }, 'saveCannedReply', 'cannedReply')
      const refusedOf = (who: Person, input: object) => who.get(save, { input }, 'saveCannedReply', 'userErrors', 0, 'code')
      assert.equal(await refusedOf(agent, { shortcut: `hi-${transport}`, body: 'x', departmentPath: 'support/orders' }), 'CONFLICT')
      assert.equal(await refusedOf(agent, { shortcut: 'all', body: 'x' }), 'FORBIDDEN')
      assert.equal(await refusedOf(stranger, { id: valueAt(saved, 'id'), shortcut: 'mine', body: 'x', departmentPath: 'sales' }), 'FORBIDDEN')
      assert.equal(await refusedOf(agent, { id: 'none', shortcut: 'mine', body: 'x', departmentPath: 'support' }), 'NOT_FOUND')
      assert.equal(await refusedOf(agent, { shortcut: 'two words', body: 'x', departmentPath: 'support' }), 'INVALID')
      await admin.get(save, { input: { shortcut: `bye-${transport}`, body: '100% gone_\\', departmentPath: null } }, 'saveCannedReply')
      const list = (who: Person, search: string) => who.get('query ($search: String) { cannedReplies(search: $search) { shortcut } }', { search }, 'cannedReplies')
      assert.deepEqual(await list(agent, `-${transport}`), [{ shortcut: `bye-${transport}` }, { shortcut: `hi-${transport}` }])
      assert.deepEqual(await list(stranger, `-${transport}`), [{ shortcut: `bye-${transport}` }])
      for (const search of ['0% g', 'e_\\']) assert.deepEqual(await list(agent, search), [{ shortcut: `bye-${transport}` }], search)
      assert.deepEqual(await list(agent, '0_ g'), [])
    })
  })
}
