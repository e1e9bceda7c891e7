import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startRelay } from '../../demo/legacy/relay.ts'
import type { Relay } from '../../demo/legacy/relay.ts'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { valueAt } from '../kit/asking.ts'
import { clients } from '../kit/chat-clients.ts'
import type { AnyClient, Variables } from '../kit/chat-clients.ts'
import { skipWithoutPostgresql } from '../kit/chat-databases.ts'
import { startChatHub } from '../kit/chat-hub.ts'
import type { ChatHub } from '../kit/chat-hub.ts'
import { operations } from '../kit/chat-people.ts'
import { toWs } from '../kit/socket-client.ts'
import { until } from '../kit/until.ts'

/* The clients that people use hold a conversation over a socket, and go on after a cut as docs say that they can. */

const events = `subscription ($id: ID!, $after: String) { conversationEvents(conversationId: $id, after: $after) {
  __typename ... on MessagePosted { cursor message { id body position } } ... on ConversationChanged { cursor change } } }`

const cursorOf = (event: unknown): string | null => {
  const cursor = valueAt(event, 'cursor')
  return typeof cursor === 'string' ? cursor : null
}

const numbered = (name: string) => Array.from({ length: 30 }, (_, index) => `${name} ${index}`)

describe('a client that is cut off again and again', { skip: skipWithoutPostgresql }, () => {
  let chat: ChatHub
  let relay: Relay
  let url: string
  before(async () => {
    chat = await startChatHub({ transport: 'in-process' })
    const { port, pathname } = new URL(chat.hub.url)
    relay = await startRelay({ port: 0, to: { host: '127.0.0.1', port: Number(port) } })
    url = `http://127.0.0.1:${relay.port}${pathname}`
  })
  after(async () => {
    await relay[Symbol.asyncDispose]()
    await chat[Symbol.asyncDispose]()
  })

  const cut = async () => {
    await relay.setFault('refuse')
    await relay.setFault('off')
  }

  /** As an app does it: whenever it ends, it is begun again after the last that was heard. */
  const followAlways = (client: AnyClient, id: string, first: string) => {
    const bodies: unknown[] = []
    const nothing = (): void => undefined
    const state = { cursor: first, isOver: false, times: 0, end: nothing }
    const begin = () => {
      if (state.isOver) return
      state.times += 1
      const own = { isOver: false }
      state.end = client.subscribe(events, { id, after: state.cursor }, (data) => {
        const event = valueAt(data, 'conversationEvents')
        if (valueAt(event, '__typename') === 'MessagePosted') bodies.push(valueAt(event, 'message', 'body'))
        state.cursor = cursorOf(event) ?? state.cursor
      }, () => {
        if (!own.isOver) setTimeout(begin, 5)
        own.isOver = true
      })
    }
    begin()
    return { bodies, state, stop: () => { state.isOver = true; state.end() } }
  }

  /** What is not answered is sent again under the same id. */
  const sendSurely = async (client: AnyClient, variables: Variables): Promise<unknown> => {
    for (;;) {
      try {
        return await client.mutate(operations.send, variables)
      } catch {
        await wait(5)
      }
    }
  }

  for (const [name, open] of Object.entries(clients)) {
    it(`is ${name}: it asks, sends and hears over one socket, and nothing is lost or comes twice`, async () => {
      const [visitor, agent] = [await chat.people.visitor(), await chat.people.agent(['support'])]
      await using client = open(url, visitor.token)
      assert.equal(valueAt(await client.query('query ($id: ID!) { me { id } conversation(id: $id) { id } }', { id: randomUUID() }), 'me', 'id'), visitor.id)
      const started = valueAt(await client.mutate(operations.start, { input: { body: 'hello', clientMessageId: randomUUID() } }), 'startConversation')
      const id = String(valueAt(started, 'conversation', 'id'))
      await agent.change('accept', id)
      const heard = followAlways(client, id, String(valueAt(started, 'message', 'cursor')))
      const [asked, answered] = [numbered('question'), numbered('answer')]
      const asking = async () => {
        for (const body of asked) await sendSurely(client, { input: { conversationId: id, body, clientMessageId: body } })
      }
      const answering = async () => {
        for (const [index, body] of answered.entries()) {
          await agent.send(id, body)
          if (index % 8 === 4) await cut()
        }
      }
      await Promise.all([asking(), answering()])
      await until(() => heard.bodies.length >= 60, `${heard.bodies.length} came`)
      heard.stop()
      const { nodes } = await agent.messages(id, { first: 100 })
      assert.deepEqual(heard.bodies, nodes.slice(1).map(({ body }) => body), 'as it is kept, once and in order')
      assert.deepEqual(heard.bodies.filter((body) => new Set<unknown>(asked).has(body)), asked)
      assert.deepEqual(heard.bodies.filter((body) => new Set<unknown>(answered).has(body)), answered)
      assert.ok(heard.state.times > 1, 'it was cut')
    })
  }

  it('is graphql-ws with its own retries: a variable that is read anew says where to go on', async () => {
    const [visitor, agent] = [await chat.people.visitor(), await chat.people.agent(['support'])]
    const { id, message } = await visitor.start()
    await agent.change('accept', id)
    const client = createClient({
      url: toWs(url), webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${visitor.token}` },
      retryAttempts: 100, retryWait: () => wait(5), shouldRetry: () => true,
    })
    const place = { cursor: message.cursor, connections: 0 }
    client.on('connected', () => { place.connections += 1 })
    const bodies: unknown[] = []
    client.subscribe({ query: events, variables: { id, get after() { return place.cursor } } }, {
      next: ({ data }) => {
        const event = valueAt(data, 'conversationEvents')
        if (valueAt(event, '__typename') === 'MessagePosted') bodies.push(valueAt(event, 'message', 'body'))
        place.cursor = cursorOf(event) ?? place.cursor
      },
      error: () => undefined,
      complete: () => undefined,
    })
    const answered = numbered('answer')
    for (const [index, body] of answered.entries()) {
      await agent.send(id, body)
      if (index % 8 === 4) await cut()
    }
    await until(() => bodies.length >= 30, `${bodies.length} came`)
    await client.dispose()
    assert.deepEqual(bodies, answered)
    assert.ok(place.connections > 1)
  })
})
