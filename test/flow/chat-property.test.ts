import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { valueAt } from '../kit/asking.ts'
import { skipWithoutPostgresql } from '../kit/chat-databases.ts'
import { startChatHub } from '../kit/chat-hub.ts'
import type { ChatHub } from '../kit/chat-hub.ts'
import { named } from '../kit/chat-people.ts'
import type { Person } from '../kit/chat-people.ts'
import { until } from '../kit/until.ts'

/* One predicate says who may see a conversation: lists, look-ups, events and searches agree for whoever asks. */

const departments = ['support', 'support/orders', 'support/refunds', 'tech', 'tech/backend', 'sales', 'hr']
const agentNames = ['ann', 'ben', 'cid'].map(named)
const visitorNames = ['vic', 'wil', 'xia'].map(named)
const word = 'needle'

type Who = { readonly role: 'visitor' | 'agent' | 'analyst' | 'admin'; readonly name: string; readonly departments: readonly string[] }

/** Departments that are none, and such as only look alike, are in tokens too. */
const someDepartments = fc.subarray([...departments, 'supp', 'support/', '/tech/', '', 'SALES', 'support/orders/x'], { maxLength: 4 })
const callers: fc.Arbitrary<Who> = fc.oneof(
  fc.record({ role: fc.constant('visitor' as const), name: fc.constantFrom(...visitorNames, ...agentNames), departments: someDepartments }),
  fc.record({ role: fc.constant('agent' as const), name: fc.constantFrom(...agentNames, ...visitorNames, named('new')), departments: someDepartments }),
  fc.record({ role: fc.constantFrom('analyst' as const, 'admin' as const), name: fc.constant(named('reader')), departments: someDepartments }),
)

const places = fc.record({
  visitor: fc.nat(visitorNames.length - 1),
  department: fc.constantFrom(...departments),
  agent: fc.constantFrom(null, null, ...agentNames),
  isOffered: fc.boolean(),
})

/** With an inbox open and room for all that they get: what is offered to somebody who is away, or is busy, is taken back within a second. */
const takeSeats = async ({ people, database }: ChatHub) => {
  await Promise.all(agentNames.map(async (name) => {
    const agent = await people.agent([], name)
    await agent.get('mutation { setAvailability(availability: ONLINE, capacity: 1000) { id } }', {})
    await agent.followInbox()
  }))
  // Whoever takes back reads what is written down of them.
  await until(async () => (await database.run('SELECT id FROM agent WHERE is_present')).length === agentNames.length)
}

describe('who may see a conversation', { skip: skipWithoutPostgresql }, () => {
  let chat: ChatHub
  let ids: readonly string[]
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  before(async () => {
    chat = await startChatHub({ transport: 'in-process' })
    await takeSeats(chat)
    const admin = await chat.people.somebody({ role: 'admin', name: named('admin') })
    const isRouted = async (id: string) => (await admin.get('query ($id: ID!) { conversation(id: $id) { routing { fallback } } }', { id }, 'conversation', 'routing')) !== null
    const visitors = await Promise.all(visitorNames.map((name) => chat.people.visitor({ name })))
    ids = await Promise.all(
      fc.sample(places, { numRuns: 40, seed }).map(async ({ visitor, department, agent, isOffered }) => {
        const started = await visitors[visitor]?.start({ departmentPath: department, body: `a ${word} in the hay` })
        const id = started?.id ?? ''
        await visitors[visitor]?.send(id, 'the second')
        // What is written past the hub would be written over.
        await until(() => isRouted(id))
        const [status, column] = isOffered ? ['OFFERED', 'offered_to'] : ['ACTIVE', 'agent_id']
        // Departments of these tests offer nothing by themselves, so it is written past the hub; an offer without an end would be taken back.
        if (agent !== null) await chat.database.run(`UPDATE conversation SET status = $2, ${column} = $3, offer_until = now() + interval '1 hour' WHERE id = $1`, [id, status, agent])
        return id
      }),
    )
  })
  after(() => chat[Symbol.asyncDispose]())

  const listed = async (who: Person, filter: object) => {
    const nodes = await who.get('query ($filter: ConversationFilter) { conversations(first: 100, filter: $filter) { nodes { id } } }', { filter }, 'conversations', 'nodes')
    assert.ok(Array.isArray(nodes))
    return new Set(nodes.map((node) => valueAt(node, 'id')))
  }
  /** Whether it may be listened to: whoever sees the first message hears the second, and whoever sees none is told that there is nothing. */
  const isHeard = async (who: Person, id: string) => {
    const { nodes: [first] } = await who.messages(id).catch(() => ({ nodes: [] }))
    const heard = who.follow(id, first?.cursor ?? null)
    const is = await Promise.race([heard.ended.then(() => false), heard.untilBody('the second').then(() => true, () => !heard.isOver())])
    heard.stop()
    return is
  }

  it('is said alike by the list, the look-up, the search and the subscription', async (test) => {
    test.diagnostic(`seed ${seed}`)
    await fc.assert(
      fc.asyncProperty(callers, async (claims) => {
        const who = await chat.people.somebody(claims)
        const [list, search] = [await listed(who, {}), await listed(who, { text: word })]
        const found = await Promise.all(ids.map((id) => who.get('query ($id: ID!) { conversation(id: $id) { id } }', { id }, 'conversation')))
        const lookUp = new Set(ids.filter((_, index) => found[index] !== null))
        assert.deepEqual([list, search], [lookUp, lookUp], JSON.stringify(claims))
        // Analysts hear no events at all.
        if (claims.role === 'analyst') return
        const asked = ids.slice(0, 12)
        const heard: boolean[] = []
        for (const id of asked) heard.push(await isHeard(who, id))
        assert.deepEqual(heard, asked.map((id) => lookUp.has(id)), JSON.stringify(claims))
        await who[Symbol.asyncDispose]()
      }),
      { numRuns: 40, seed },
    )
  })
})
