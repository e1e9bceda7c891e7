import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { Conversation } from '../../subgraphs/chat/conversation.ts'
import { viewFor } from '../../subgraphs/chat/inbox.ts'
import { openRoutingStore } from '../../subgraphs/routing/backend.prisma.ts'
import { openPlacer } from '../kit/chat-placing.ts'
import { count, kindsOfDatabase, listQuery, noFilter, openStores, times } from '../kit/chat-stores.ts'
import type { Stores } from '../kit/chat-stores.ts'
import { databases } from '../kit/databases.ts'
import { changeCommand, decisionFor, sendCommand } from '../kit/store-commands.ts'
import { until } from '../kit/until.ts'

/** It has looked several times since. */
const noticed = () => new Promise((resolve) => setTimeout(resolve, 60))

const rules = (more = '') => `{ default: support, departments: { support: { offerSeconds: 30, answerMinutes: 10, absentSeconds: 60 ${more} } } }`

for (const kind of kindsOfDatabase) {
  describe(`what is opened, on ${kind}`, { skip: databases[kind].skip }, () => {
    let stores: Stores
    before(async () => {
      stores = await openStores(kind)
    })
    after(() => stores[Symbol.asyncDispose]())

    it('is decided once, however many decide', async () => {
      const { database, start } = stores
      const texts = count(60).map((index) => `${randomUUID()} ${index}`)
      await Promise.all(texts.map((body) => start({ body })))
      const decided: string[] = []
      const claimers = ['one', 'two', 'three'].map((instance) => openRoutingStore({ database, instance }))
      await Promise.all(claimers.map(async (claimer) => {
        while ((await claimer.claim(({ text }) => {
          decided.push(text)
          return decisionFor('support')
        })) > 0);
      }))
      assert.deepEqual(decided.filter((text) => texts.includes(text)).toSorted(), texts.toSorted())
    })

    it('is anybody\'s again where whoever had taken it died', async () => {
      const { database, start } = stores
      const { id } = await start({ body: 'to be decided' })
      const [one, two] = ['one', 'two'].map((instance) => openRoutingStore({ database, instance }))
      assert.ok(one && two)
      await assert.rejects(one.claim(() => { throw new Error('died') }), /died/)
      assert.equal(await two.claim(() => decisionFor('support')), 1)
      assert.deepEqual((await two.findRouted([id, randomUUID(), 'nonsense'])).map((routed) => routed?.text), ['to be decided', undefined, undefined])
    })

    it('is carried out when it is decided, and tells of the decision from then on', async () => {
      const { database, start, store } = stores
      await using placer = openPlacer(store, rules(', strategy: manual'))
      const { id } = await start({ departmentPath: 'elsewhere' })
      const routing = openRoutingStore({ database, instance: 'one' })
      assert.equal((await routing.findRouted([id]))[0]?.decision, null)
      const decision = { ...decisionFor('support'), intent: { name: 'api-error', score: 0.9 }, reasons: ['because', 'so'] }
      await routing.claim(() => decision)
      await until(async () => (await store.findConversations([id]))[0]?.routedAt !== null)
      const [conversation] = await store.findConversations([id])
      assert.deepEqual([conversation?.departmentPath, conversation?.status, conversation?.needs], ['support', 'WAITING', ['api-error', 'en']])
      assert.deepEqual((await routing.findRouted([id]))[0]?.decision, decision)
      assert.deepEqual(placer.events.filter((event) => event.conversationId === id).at(-1)?.note, 'because; so')
    })

    it('goes the default route where nobody decides', async () => {
      const { database, start, store } = stores
      const chosen = await start({ departmentPath: 'support', chosenPath: 'support' })
      const other = await start({ departmentPath: 'support', chosenPath: 'was there once' })
      const client = await database.client()
      await client.$executeRawUnsafe("UPDATE routing SET wanted_at = now() - interval '6 seconds' WHERE state = 'WANTED'")
      await using _ = openPlacer(store, rules(', strategy: manual'))
      const find = () => store.findConversations([chosen.id, other.id])
      await until(async () => (await find()).every((one) => one?.routedAt !== null))
      assert.deepEqual((await find()).map((one) => one?.departmentPath), ['support', 'support'])
      const [routed] = await openRoutingStore({ database, instance: 'one' }).findRouted([chosen.id])
      assert.match(routed?.decision?.reasons.join() ?? '', /did not answer in time/)
    })
  })

  describe(`whoever is offered what, on ${kind}`, { skip: databases[kind].skip }, () => {
    /** Each on a department of its own would need rules of its own; each has a database of its own instead. */
    const open = async (more?: string) => {
      const opening = new AsyncDisposableStack()
      const clock = { now: Date.now() }
      const stores = opening.use(await openStores(kind, () => clock.now))
      const placer = opening.use(openPlacer(stores.store, rules(more), clock))
      const find = async (id: string): Promise<Conversation> => (await stores.store.findConversations([id]))[0] ?? assert.fail('it is gone')
      const untilIs = (id: string, isSo: (conversation: Conversation) => boolean) => until(async () => isSo(await find(id)))
      return { ...stores, placer, clock, find, untilIs, [Symbol.asyncDispose]: () => opening.disposeAsync() }
    }

    it('is offered it for a time, then it goes to the next, and in the end round again; it keeps its place', async () => {
      await using office = await open()
      const { placer, clock, startRouted, meet, untilIs, find } = office
      for (const id of ['a', 'b']) await meet(id)
      const { id, queuedAt } = await startRouted()
      assert.equal((await find(id)).status, 'WAITING', 'nobody is there')
      for (const agent of ['a', 'b']) placer.present(agent)
      const offeredTo: (string | null)[] = []
      for (let round = 0; round < 3; round += 1) {
        await untilIs(id, (one) => one.status === 'OFFERED' && (one.offerUntil ?? 0) > clock.now)
        offeredTo.push((await find(id)).offeredTo)
        clock.now += 31_000
      }
      assert.deepEqual(new Set(offeredTo.slice(0, 2)), new Set(['a', 'b']))
      assert.equal(offeredTo[2], offeredTo[0])
      assert.equal((await find(id)).queuedAt, queuedAt)
      const kinds = placer.events.filter((event) => event.conversationId === id).map((event) => event.kind)
      assert.deepEqual(kinds.slice(0, 6), ['OPENED', 'MESSAGE', 'ROUTED', 'OFFERED', 'RETURNED', 'OFFERED'])
    })

    it('is in nobody\'s queue before it is routed, and in no inbox but that of whoever it is offered', async () => {
      await using office = await open()
      const { database, placer, start, store, meet, untilIs } = office
      await meet('first')
      placer.present('first')
      const { id } = await start()
      assert.deepEqual(await store.findQueuePlaces([id]), [null])
      await openRoutingStore({ database, instance: 'one' }).claim(() => decisionFor('support'))
      await untilIs(id, ({ routedAt }) => routedAt !== null)
      const events = placer.events.filter((event) => event.conversationId === id)
      assert.deepEqual(events.map((event) => [event.kind, event.conversation.offeredTo]), [['OPENED', null], ['MESSAGE', null], ['ROUTED', 'first']])
      const colleague = { id: 'x', scope: { kind: 'departments', departments: ['support'], agentId: 'x' } } as const
      assert.deepEqual(events.map((event) => viewFor(colleague, event)), [null, null, null])
    })

    it('gives it to the next at once where they go, or take none any more', async () => {
      await using office = await open()
      const { placer, store, startRouted, meet, untilIs } = office
      for (const id of ['a', 'b']) await meet(id)
      const leave = placer.present('a')
      const { id } = await startRouted()
      await untilIs(id, (one) => one.offeredTo === 'a')
      placer.present('b')
      leave()
      await untilIs(id, (one) => one.offeredTo === 'b')
      placer.present('a')
      await store.setAvailability('b', 'AWAY', null)
      await untilIs(id, (one) => one.offeredTo === 'a')
    })

    it('gives back what they have when they were gone, or silent, for too long, and not sooner', async () => {
      await using office = await open(', strategy: manual')
      const { placer, clock, store, startRouted, meet, untilIs, find } = office
      const [a, b] = [await meet('a'), await meet('b')]
      const leave = placer.present('a')
      placer.present('b')
      const [gone, silent] = [await startRouted(), await startRouted()]
      await store.write(changeCommand(gone.id, a, { kind: 'accept' }))
      await store.write(changeCommand(silent.id, b, { kind: 'accept' }))
      leave()
      await noticed()
      clock.now += 59_000
      await store.write(sendCommand(silent.id, b, { body: 'I look into it' }))
      await noticed()
      assert.equal((await find(gone.id)).status, 'ACTIVE')
      clock.now += 2_000
      await untilIs(gone.id, (one) => one.status === 'WAITING')
      assert.equal((await find(gone.id)).queuedAt, gone.queuedAt)
      clock.now += 700_000
      await noticed()
      assert.equal((await find(silent.id)).status, 'ACTIVE', 'it is the visitor who has not answered')
      await store.write(sendCommand(silent.id, { kind: 'VISITOR', id: silent.visitorId, name: 'x' }, { body: 'and?' }))
      clock.now += 601_000
      await untilIs(silent.id, (one) => one.status === 'WAITING')
      assert.deepEqual((await find(silent.id)).passedBy, ['b'])
    })

    it('stays offered, and with whoever has it, where another process can not hear that they are there', async () => {
      await using office = await open()
      const { clock, placer, store, startRouted, meet, untilIs, find } = office
      await using _deaf = openPlacer(office.second, rules(), clock)
      await meet('a')
      placer.present('a')
      const [offered, taken] = [await startRouted(), await startRouted()]
      for (const { id } of [offered, taken]) await untilIs(id, (one) => one.status === 'OFFERED')
      await store.write(changeCommand(taken.id, { kind: 'AGENT', id: 'a', name: 'a' }, { kind: 'accept' }))
      for (let second = 0; second < 20; second += 1) {
        clock.now += 1_000
        await noticed()
      }
      assert.deepEqual([(await find(offered.id)).status, (await find(taken.id)).status], ['OFFERED', 'ACTIVE'])
      assert.ok(!placer.events.some(({ kind: what }) => what === 'RETURNED'))
    })

    it('comes back when the process died where they were', async () => {
      await using office = await open()
      const { clock, store, startRouted, meet, untilIs, find } = office
      await meet('a')
      const { id } = await startRouted()
      {
        await using dying = openPlacer(office.second, rules(), clock)
        dying.present('a')
        await untilIs(id, (one) => one.status === 'OFFERED')
        await store.write(changeCommand(id, { kind: 'AGENT', id: 'a', name: 'a' }, { kind: 'accept' }))
      }
      clock.now += 29_000
      await noticed()
      assert.equal((await find(id)).status, 'ACTIVE', 'they may come back')
      clock.now += 40_000
      await untilIs(id, (one) => one.status === 'WAITING')
    })

    it('is not gone who answers without an inbox', async () => {
      await using office = await open(', strategy: manual')
      const { clock, store, startRouted, meet, find } = office
      const robot = await meet('robot')
      const { id } = await startRouted()
      await store.write(changeCommand(id, robot, { kind: 'accept' }))
      await store.write(sendCommand(id, robot))
      clock.now += 86_400_000
      await noticed()
      assert.equal((await find(id)).status, 'ACTIVE')
    })

    it('goes to others first when somebody gives it back', async () => {
      await using office = await open()
      const { placer, store, startRouted, meet, untilIs } = office
      for (const id of ['a', 'b']) await meet(id)
      placer.present('a')
      const { id } = await startRouted()
      await untilIs(id, (one) => one.offeredTo === 'a')
      placer.present('b')
      await store.write(changeCommand(id, { kind: 'AGENT', id: 'a', name: 'a' }, { kind: 'transfer', to: { kind: 'queue' }, reason: 'not mine' }))
      await untilIs(id, (one) => one.offeredTo === 'b')
    })

    it('never has more than they can take, however many processes offer', async () => {
      await using office = await open()
      await using other = openPlacer(office.second, rules(), office.clock)
      const { placer, clock, startRouted, meet, store } = office
      const capacities = { a: 3, b: 1, d: 2 }
      for (const [id, capacity] of Object.entries(capacities)) await meet(id, capacity)
      await times(20, () => startRouted())
      for (const id of Object.keys(capacities)) for (const one of [placer, other]) one.present(id)
      const loads = async () => (await store.findAgents(Object.keys(capacities))).map((agent) => (agent?.offered ?? 0) + (agent?.active ?? 0))
      await until(async () => (await loads()).join() === '3,1,2')
      // Some are accepted, some let pass, all at once, and again.
      for (let round = 0; round < 5; round += 1) {
        const offered = await store.listConversations(listQuery({ filter: { ...noFilter, status: ['OFFERED'] } }))
        const accepted = offered.filter((_, index) => index % 2 === 0)
        await Promise.all(accepted.map(({ id, offeredTo }) => store.write(changeCommand(id, { kind: 'AGENT', id: offeredTo ?? '', name: 'x' }, { kind: 'accept' }))))
        clock.now += 31_000
        const now = await loads()
        assert.ok(now.every((load, index) => load <= (Object.values(capacities)[index] ?? 0)), now.join())
      }
      await until(async () => (await loads()).join() === '3,1,2')
    })
  })
}
