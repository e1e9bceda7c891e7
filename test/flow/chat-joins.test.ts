import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { foundCompany } from '../../demo/company.ts'
import { valueAt } from '../kit/asking.ts'
import { skipWithoutPostgresql } from '../kit/chat-databases.ts'
import { listen } from '../kit/chat-follow.ts'
import { codes, startChatHub } from '../kit/chat-hub.ts'
import type { ChatHub } from '../kit/chat-hub.ts'
import { named } from '../kit/chat-people.ts'
import { transportNames } from '../kit/running-hub.ts'
import { ordersOf } from '../kit/customer-360.ts'

/* What the conversation is about: orders and shipments of other people's systems, joined to each event. */

const company = foundCompany()
const own = ordersOf(company, 'C-1001').find(({ id }) => company.shipments.some(({ orderId }) => orderId === id))?.id ?? ''
/** Nobody asks for it while its system answers, so nothing of it is kept anywhere. */
const unasked = ordersOf(company, 'C-1001').at(-1)?.id ?? ''
const others = company.orders.find(({ customerId }) => customerId !== 'C-1001')?.id ?? ''
const budgetMs = 3_000

const joined = `subscription ($id: ID!, $after: String) { conversationEvents(conversationId: $id, after: $after) {
  ... on MessagePosted { cursor message { body } conversation { customer { id profile { name } } order { id status shipments { trackingNumber carrier } } } }
  ... on ConversationChanged { note change }
} }`

for (const transport of transportNames) {
  describe(`what a conversation is about, subgraphs ${transport}`, { skip: skipWithoutPostgresql }, () => {
    let chat: ChatHub
    before(async () => {
      chat = await startChatHub({ transport, limits: { budgetMs }, fuse: { timeoutMs: 600, retries: 0 } })
    })
    after(() => chat[Symbol.asyncDispose]())

    const openKnown = () => chat.people.visitor({ name: named('known'), customer: 'C-1001' })

    it('names an order only where it is the visitor\'s: another\'s is as one that there is not', async () => {
      const visitor = await openKnown()
      const { id } = await visitor.start({ orderId: own })
      assert.deepEqual(await visitor.get('query ($id: ID!) { conversation(id: $id) { order { id known } visitor { verified } customer { id } } }', { id }, 'conversation'), {
        order: { id: own, known: true }, visitor: { verified: true }, customer: { id: 'C-1001' },
      })
      const refused = [await visitor.tryStart({ orderId: others }), await visitor.tryStart({ orderId: 'SO-0000-000000' })]
      assert.deepEqual(refused.flatMap(codes), ['NOT_FOUND', 'NOT_FOUND'])
      assert.deepEqual(refused[0], refused[1])
      const stranger = await chat.people.visitor()
      assert.deepEqual(codes(await stranger.tryStart({ orderId: own })), ['NOT_FOUND'])
    })

    it('joins the visitor\'s order and shipments to each event, and goes out in time without them', async () => {
      const [visitor, agent] = [await openKnown(), await chat.people.agent(['support'])]
      const { id } = await visitor.start({ orderId: own })
      await agent.change('accept', id)
      const { nodes: [first] } = await agent.messages(id)
      const heard = listen(agent.client, joined, { id, after: first?.cursor ?? '' }, 'conversationEvents')
      await heard.until((event) => event['change'] === 'ACCEPTED')
      await visitor.send(id, 'where is it?')
      const event = await heard.untilBody('where is it?')
      const shipments = company.shipments.filter(({ orderId }) => orderId === own).map(({ trackingNumber, carrier }) => ({ trackingNumber, carrier }))
      assert.deepEqual(valueAt(event, 'conversation', 'order', 'shipments'), shipments)
      assert.equal(valueAt(event, 'conversation', 'customer', 'profile', 'name'), '张伟')
      await chat.hub.demo.systems.logistics.setFault('hang')
      await chat.hub.demo.systems.crm.setFault('refuse')
      // What was asked before is kept for a while, and an order that nobody asked about is not.
      const startedAt = performance.now()
      const other = ordersOf(company, 'C-1001').find((order) => order.id !== own && order.id !== unasked && company.shipments.some(({ orderId }) => orderId === order.id))?.id ?? own
      const second = await visitor.start({ orderId: other, body: 'and this one?' })
      await agent.change('accept', second.id)
      const { nodes: [opening] } = await agent.messages(second.id)
      const hears = listen(agent.client, joined, { id: second.id, after: opening?.cursor ?? '' }, 'conversationEvents')
      await visitor.send(second.id, 'hello?')
      const late = await hears.untilBody('hello?')
      const tookMs = performance.now() - startedAt
      await chat.hub.demo.systems.logistics.setFault('off')
      await chat.hub.demo.systems.crm.setFault('off')
      assert.ok(tookMs < budgetMs + 1_000, `${tookMs} ms`)
      assert.deepEqual([valueAt(late, 'conversation', 'order', 'id'), valueAt(late, 'conversation', 'order', 'shipments')], [other, null])
      const { errors = [] } = hears.results.at(-1) ?? {}
      assert.ok(errors.some(({ path, extensions }) => path?.includes('shipments') === true && extensions?.['backend'] === 'logistics'), JSON.stringify(errors))
    })

    it('begins without the order while the order system is down, and a note tells agents of it', async () => {
      const [visitor, agent] = [await openKnown(), await chat.people.agent(['support'])]
      const inbox = await agent.followInbox()
      await chat.hub.demo.systems.orders.setFault('refuse')
      const { id, message } = await visitor.start({ orderId: unasked, body: 'help' })
      await chat.hub.demo.systems.orders.setFault('off')
      await inbox.until((event) => valueAt(event, 'conversation', 'id') === id)
      assert.equal(await agent.get('query ($id: ID!) { conversation(id: $id) { order { id } } }', { id }, 'conversation', 'order'), null)
      const heard = agent.follow(id, null)
      const visitors = visitor.follow(id, message.cursor)
      await visitor.send(id, 'still there?')
      await visitors.untilBody('still there?')
      assert.deepEqual(visitors.events.flatMap((event) => event['note'] ?? []), [])
      const [opened] = await chat.database.run("SELECT content ->> 'note' AS note FROM event WHERE conversation_id = $1 AND kind = 'OPENED'", [id])
      assert.match(String(opened?.['note']), new RegExp(`the visitor names the order ${unasked}`))
      heard.stop()
    })
  })
}
