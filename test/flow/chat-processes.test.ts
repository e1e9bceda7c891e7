import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { startRelay } from '../../demo/legacy/relay.ts'
import type { Relay } from '../../demo/legacy/relay.ts'
import { demoBackends } from '../../demo/backends.ts'
import { startDemo } from '../../demo/start.ts'
import type { Demo } from '../../demo/start.ts'
import { openDatabase } from '../../prisma/client.ts'
import { openChatStore } from '../../subgraphs/chat/backend.prisma.ts'
import { valueAt } from '../kit/asking.ts'
import { agentActor, sendCommand } from '../kit/store-commands.ts'
import { natsAt, natsUrl, reservePostgresql, skipWithoutNats, skipWithoutPostgresql } from '../kit/chat-databases.ts'
import type { PostgresqlOfTest } from '../kit/chat-databases.ts'
import { openPeople } from '../kit/chat-hub.ts'
import type { People } from '../kit/chat-hub.ts'
import { quiet } from '../kit/databases.ts'
import { startHubProcess } from '../kit/hub-process.ts'
import type { HubProcess } from '../kit/hub-process.ts'
import { quietRouting } from '../kit/routing.ts'
import { until } from '../kit/until.ts'

/* Two hubs, each in a process of its own, on one database: what is said at one is heard at the other, whatever becomes of the road between them. */

const secret = 'the secret of the tests, long enough for HS256'
const skip = skipWithoutPostgresql || skipWithoutNats

type Site = { readonly hub: HubProcess; readonly people: People }

describe('two hubs on one database', { skip }, () => {
  let demo: Demo
  let database: PostgresqlOfTest
  let relay: Relay
  let one: Site
  let two: Site
  const prefix = `test-${randomUUID().slice(0, 8)}`

  const startSite = async (instance: string, url: string): Promise<Site> => {
    const chat = { presenceGraceMs: 100 }
    const hub = await startHubProcess({ instance, backends: demoBackends(demo.systems), chat, routing: quietRouting, bus: { url, prefix }, database: { url: database.url } })
    return { hub, people: openPeople({ url: hub.url, ask: hub.ask, secret }) }
  }
  const endSite = async ({ hub, people }: Site) => {
    await people[Symbol.asyncDispose]()
    await hub[Symbol.asyncDispose]()
  }

  before(async () => {
    demo = await startDemo({ ports: 'any' })
    database = await reservePostgresql()
    relay = await startRelay({ port: 0, to: natsAt })
    // Both at once, on a database without a table.
    ;[one, two] = await Promise.all([startSite('one', natsUrl), startSite('two', `nats://127.0.0.1:${relay.port}`)])
  })
  after(async () => {
    await endSite(one)
    await endSite(two)
    await relay[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
    await demo[Symbol.asyncDispose]()
  })

  /** A visitor at the first hub and an agent at the second; each hears the other. */
  const openTalk = async () => {
    const [visitor, agent] = [await one.people.visitor(), await two.people.agent(['support'])]
    const inbox = await agent.followInbox()
    const { id, message } = await visitor.start()
    await inbox.until((event) => event['__typename'] === 'ConversationArrived' && valueAt(event, 'conversation', 'id') === id)
    await agent.change('accept', id)
    const [visitorHears, agentHears] = [visitor.follow(id, message.cursor), agent.follow(id, (await agent.messages(id)).nodes[0]?.cursor ?? '')]
    for (const heard of [visitorHears, agentHears]) await heard.until((event) => event['change'] === 'ACCEPTED')
    return { id, visitor, agent, inbox, visitorHears, agentHears }
  }

  it('start at once on an empty database, and both migrate nothing twice', async () => {
    const answers = await Promise.all([one, two].map(({ hub }) => hub.ask('{ conversations { nodes { id } } }')))
    for (const { errors, data } of answers) assert.deepEqual([errors, data], [[], { conversations: { nodes: [] } }])
    const rows = await database.run('SELECT migration_name, count(*)::int AS times FROM _prisma_migrations GROUP BY 1')
    assert.ok(rows.length > 0)
    for (const row of rows) assert.equal(row['times'], 1)
  })

  it('let a visitor at one and an agent at the other talk, type and read', async () => {
    const { id, visitor, agent, visitorHears, agentHears } = await openTalk()
    for (let turn = 0; turn < 20; turn += 1) await Promise.all([visitor.send(id, `question ${turn}`), agent.send(id, `answer ${turn}`)])
    const { nodes } = await agent.messages(id, { first: 100 })
    for (const heard of [visitorHears, agentHears]) {
      await until(() => heard.bodies().length === 40)
      assert.deepEqual(heard.bodies(), nodes.slice(1).map(({ body }) => body))
    }
    await visitor.get('mutation ($id: ID!) { setTyping(conversationId: $id, typing: true) }', { id })
    const typing = await agentHears.untilType('TypingChanged')
    assert.equal(valueAt(typing, 'participant', 'id'), visitor.id)
    await agent.change('markRead', id, { position: nodes.at(-1)?.position ?? 0 })
    assert.equal(valueAt(await visitorHears.untilType('ReadChanged'), 'participant', 'id'), agent.id)
  })

  it('know at each who is there at the other, and who has a conversation open', async () => {
    const { id, agent } = await openTalk()
    const colleague = await one.people.agent(['support'])
    const seen = () => colleague.get('query ($id: ID!) { agents { id availability } conversation(id: $id) { viewers { id } } }', { id })
    const availabilityOf = (all: unknown) => {
      const agents = valueAt(all, 'agents')
      return Array.isArray(agents) ? valueAt(agents.find((other) => valueAt(other, 'id') === agent.id), 'availability') : null
    }
    await until(async () => {
      const all = await seen()
      return availabilityOf(all) === 'ONLINE' && valueAt(all, 'conversation', 'viewers', 0, 'id') === agent.id
    })
    await agent.client[Symbol.asyncDispose]()
    await until(async () => {
      const all = await seen()
      return availabilityOf(all) === 'OFFLINE' && valueAt(all, 'conversation', 'viewers', 0) === undefined
    })
  })

  it('tell each of an agent who is away now, wherever they said so', async () => {
    const [agent, watcher] = [await two.people.agent(['support']), await one.people.agent(['support'])]
    await agent.followInbox()
    const watching = await watcher.followInbox()
    await agent.get('mutation { setAvailability(availability: AWAY) { id } }', {})
    await watching.until((event) => valueAt(event, 'agent', 'id') === agent.id && valueAt(event, 'agent', 'availability') === 'AWAY')
  })

  it('end at the other what an agent lost by a later token at one', async () => {
    const { id, agent, agentHears } = await openTalk()
    await database.run('UPDATE conversation SET agent_id = NULL, agent_name = NULL, status = $2 WHERE id = $1', [id, 'WAITING'])
    await until(async () => {
      // A token of a later second, which names another department.
      const later = await one.people.agent(['hr'], agent.id)
      await later.get('{ me { id } }', {})
      return agentHears.isOver()
    })
    assert.equal(valueAt(await agentHears.ended, '0', 'extensions', 'code'), 'FORBIDDEN')
  })

  it('lose nothing that was kept while NATS is away, and go on at once when it is back', async () => {
    const { id, visitor, agent, inbox, visitorHears, agentHears } = await openTalk()
    await relay.setFault('refuse')
    for (let turn = 0; turn < 5; turn += 1) {
      await visitor.send(id, `away ${turn}`)
      await agent.send(id, `alone ${turn}`)
    }
    for (const heard of [visitorHears, agentHears, inbox]) await until(() => heard.bodies().filter((body) => body !== 'hello').length === 10, 'it is read from the database')
    await relay.setFault('off')
    await visitor.send(id, 'back')
    for (const heard of [visitorHears, agentHears]) {
      await heard.untilBody('back')
      assert.deepEqual(heard.bodies(), (await agent.messages(id)).nodes.slice(1).map(({ body }) => body))
    }
  })

  it('tell what a process committed that died before it told anybody', async () => {
    const { id, visitorHears, agentHears } = await openTalk()
    {
      await using dying = openDatabase({ url: database.url, maxConnections: 1, dataDir: '' }, quiet)
      // It is left as SIGKILL leaves it: committed, in the outbox, and nobody was told.
      const store = openChatStore({ database: dying, instance: 'dead' })
      await store.write(sendCommand(id, agentActor('ghost'), { body: 'its last words', isAdmin: true }))
    }
    for (const heard of [visitorHears, agentHears]) await heard.untilBody('its last words')
    await until(async () => (await database.run("SELECT id FROM outbox WHERE instance = 'dead'")).length === 0, 'it is announced, and done with')
  })

  it('keep and tell everything that was acknowledged by one that is killed while it works', async () => {
    const { id, visitorHears } = await openTalk()
    const third = await startSite('three', natsUrl)
    const writer = await third.people.somebody({ role: 'admin', name: `admin-${randomUUID()}` })
    const acknowledged: string[] = []
    const writing = Array.from({ length: 8 }, async (_, writerIndex) => {
      for (let turn = 0; ; turn += 1) {
        const body = `w${writerIndex} ${turn}`
        await writer.send(id, body)
        acknowledged.push(body)
        if (acknowledged.length === 60) third.hub.signal('SIGKILL')
      }
    })
    await Promise.allSettled(writing)
    const kept = (await database.run("SELECT body FROM message WHERE conversation_id = $1 AND author_id = $2 ORDER BY position", [id, writer.id])).map(({ body }) => body)
    for (const body of acknowledged) assert.ok(kept.includes(body))
    await until(() => visitorHears.bodies().length === kept.length, 'everything that was kept')
    assert.deepEqual(visitorHears.bodies(), kept)
    await endSite(third)
    await until(async () => (await database.run('SELECT id FROM outbox')).length === 0, 'the outbox is empty')
  })
})
