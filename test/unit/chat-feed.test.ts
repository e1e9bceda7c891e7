import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import fc from 'fast-check'
import type { Bus } from '../../bus/bus.ts'
import type { ChatStore, Committed } from '../../subgraphs/chat/backend.ts'
import type { ChatEvent } from '../../subgraphs/chat/conversation.ts'
import { openFeed } from '../../subgraphs/chat/feed.ts'
import { changeOf, openSharedBus, settled, silent } from '../kit/chat.ts'

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] }))
afterEach(() => mock.timers.reset())

type FeedStore = Pick<ChatStore, 'onCommitted' | 'announced' | 'listUnannounced' | 'lastOrdinal' | 'listEvents'>

/** A database that several processes write to; each has a store of its own. */
const openLedger = () => {
  const events: ChatEvent[] = []
  const outbox = new Map<bigint, { readonly batch: Committed; readonly at: number }>()
  const ledger = { events, outbox, reads: 0, failing: false }
  const ask = async <T>(answer: () => T): Promise<T> => {
    if (ledger.failing) throw new Error('the database is gone')
    return answer()
  }
  const append = (count: number): Committed => {
    const first = events.length + 1
    const added = Array.from({ length: count }, (_, index) => changeOf(first + index))
    events.push(...added)
    const batch = { outboxId: BigInt(first), first, last: first + count - 1, events: added }
    outbox.set(batch.outboxId, { batch, at: Date.now() })
    return batch
  }
  const openStore = () => {
    const listeners: ((batch: Committed) => void)[] = []
    const store: FeedStore = {
      onCommitted: (listener) => void listeners.push(listener),
      announced: ({ outboxId }) => void outbox.delete(outboxId),
      listUnannounced: (olderThanMs) => ask(() => [...outbox.values()].filter(({ at }) => Date.now() - at >= olderThanMs).map(({ batch }) => ({ ...batch, events: null }))),
      lastOrdinal: () => ask(() => events.length),
      listEvents: (after, limit) => ask(() => {
        ledger.reads += 1
        return events.slice(after, after + limit)
      }),
    }
    return { store, tell: (batch: Committed) => listeners.forEach((listener) => listener(batch)), commit: (count: number) => listeners.forEach((listener) => listener(append(count))) }
  }
  return { ledger, openStore, append }
}

const open = async (store: FeedStore, bus: Bus, instance = 'one') => {
  const heard: number[] = []
  const feed = openFeed({ store, bus, instance, log: silent, deliver: ({ ordinal }) => heard.push(ordinal) })
  await feed.open()
  // The bus is reached, and what was missed until then is looked for.
  await settled()
  return { heard, feed }
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

/** Time goes on in small steps, and what it wakes has its turn. */
const pass = async (ms: number, stepMs = ms) => {
  for (let passed = 0; passed < ms; passed += stepMs) {
    mock.timers.tick(stepMs)
    await settled()
  }
}

describe('a feed', () => {
  it('tells what its own process commits, each event once and in order, without asking the store', async () => {
    const { ledger, openStore } = openLedger()
    const { store, commit } = openStore()
    const { heard } = await open(store, openSharedBus())
    ledger.reads = 0
    for (const count of [1, 3, 2]) commit(count)
    await settled()
    assert.deepEqual([heard, ledger.reads, ledger.outbox.size], [upTo(6), 0, 0])
  })

  it('answers whoever wrote before it tells anybody', async () => {
    const { openStore } = openLedger()
    const { store, commit } = openStore()
    const { heard } = await open(store, openSharedBus())
    commit(1)
    assert.deepEqual(heard, [])
    await Promise.resolve()
    assert.deepEqual(heard, [])
  })

  it('tells nothing of what was there before it was opened', async () => {
    const { openStore, append } = openLedger()
    append(5)
    const { store, commit } = openStore()
    const { heard } = await open(store, openSharedBus())
    commit(1)
    await pass(10_000, 1_000)
    assert.deepEqual(heard, [6])
  })

  it('puts in order what comes late or twice', async () => {
    const { ledger, openStore, append } = openLedger()
    const { store, tell } = openStore()
    const { heard } = await open(store, openSharedBus())
    ledger.reads = 0
    const [a, b, c] = [append(2), append(1), append(2)]
    for (const batch of [c, b, c, a, a, b]) tell(batch)
    await settled()
    assert.deepEqual([heard, ledger.reads], [upTo(5), 0])
  })

  it('reads from the store what does not come, soon', async () => {
    const { ledger, openStore, append } = openLedger()
    const { store, tell } = openStore()
    const { heard } = await open(store, openSharedBus())
    ledger.reads = 0
    append(2)
    tell(append(1))
    await settled()
    assert.deepEqual(heard, [])
    await pass(5)
    assert.deepEqual([heard, ledger.reads], [upTo(3), 1])
  })

  it('reads from the store what comes without its events', async () => {
    const { openStore, append } = openLedger()
    const { store, tell } = openStore()
    const { heard } = await open(store, openSharedBus())
    tell({ ...append(1_200), events: null })
    await settled()
    await pass(1)
    assert.deepEqual(heard, upTo(1_200))
  })

  it('tells of what was committed while it was being opened', async () => {
    const { openStore } = openLedger()
    const { store, commit } = openStore()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const opening = open({ ...store, lastOrdinal: async () => (await promise, 0) }, openSharedBus())
    commit(2)
    await settled()
    resolve(undefined)
    const { heard } = await opening
    await pass(1)
    assert.deepEqual(heard, [1, 2])
  })

  it('asks a store that fails again once in a while, and tells everything when it can', async () => {
    const { ledger, openStore, append } = openLedger()
    const { store, tell } = openStore()
    let asked = 0
    const { heard } = await open({ ...store, listEvents: (after, limit) => ((asked += 1), store.listEvents(after, limit)) }, openSharedBus())
    ledger.failing = true
    append(1)
    tell(append(1))
    await pass(2_000, 5)
    assert.ok(asked >= 2 && asked <= 6, `it was asked ${asked} times in 2 s`)
    ledger.failing = false
    await pass(1_000, 100)
    assert.deepEqual(heard, [1, 2])
  })

  it('can not be opened where the store fails, and can later', async () => {
    const { ledger, openStore } = openLedger()
    const { store, commit } = openStore()
    ledger.failing = true
    const heard: number[] = []
    const feed = openFeed({ store, bus: openSharedBus(), instance: 'one', log: silent, deliver: ({ ordinal }) => heard.push(ordinal) })
    await assert.rejects(feed.open(), /gone/)
    ledger.failing = false
    await feed.open()
    commit(1)
    await settled()
    assert.deepEqual(heard, [1])
  })

  it('is silent when it is closed', async () => {
    const { openStore } = openLedger()
    const { store, commit } = openStore()
    const { heard, feed } = await open(store, openSharedBus())
    await feed[Symbol.asyncDispose]()
    commit(1)
    await pass(10_000, 1_000)
    assert.deepEqual(heard, [])
  })
})

describe('two processes', () => {
  it('hear of each other what they commit, in one order', async () => {
    const { ledger, openStore } = openLedger()
    const bus = openSharedBus()
    const [a, b] = [openStore(), openStore()]
    const [one, two] = [await open(a.store, bus, 'one'), await open(b.store, bus, 'two')]
    for (const store of [a, b, b, a]) store.commit(2)
    await settled()
    await pass(20, 5)
    assert.deepEqual([one.heard, two.heard, ledger.outbox.size], [upTo(8), upTo(8), 0])
  })

  it('send no events that are too many for a message, and hear of them all the same', async () => {
    const { ledger, openStore } = openLedger()
    const bus = openSharedBus()
    const sizes: number[] = []
    const measured: Bus = { ...bus, publish: (subject, message) => (sizes.push(JSON.stringify(message).length), bus.publish(subject, message)) }
    const a = openStore()
    await open(a.store, measured, 'one')
    const { heard } = await open(openStore().store, bus, 'two')
    ledger.reads = 0
    a.commit(1_000)
    await settled()
    await pass(10, 1)
    assert.deepEqual([heard, ledger.reads > 0], [upTo(1_000), true])
    assert.ok(Math.max(...sizes) < 1_000, String(sizes))
  })

  it('announce what one that died had committed: at the start, and while they run', async () => {
    const { ledger, openStore, append } = openLedger()
    const bus = openSharedBus()
    const { heard } = await open(openStore().store, bus, 'one')
    append(2)
    const other = await open(openStore().store, bus, 'two')
    await settled()
    await pass(5, 1)
    assert.deepEqual([heard, ledger.outbox.size], [[1, 2], 0])
    append(1)
    await pass(5_000, 1_000)
    assert.deepEqual([heard, other.heard, ledger.outbox.size], [[1, 2, 3], [3], 0])
  })

  it('hear everything once and in order, whatever the bus loses, doubles, delays or turns around', async () => {
    const fates = fc.constantFrom('sent', 'lost', 'doubled', 'bare', 'late')
    const steps = fc.array(fc.record({ by: fc.nat(1), count: fc.integer({ min: 1, max: 5 }), fate: fates, ms: fc.constantFrom(0, 0, 0, 1, 5, 50) }), { maxLength: 25 })
    await fc.assert(fc.asyncProperty(steps, async (all) => {
      const { ledger, openStore } = openLedger()
      const inner = openSharedBus()
      const late: (() => void)[] = []
      let fate = 'sent'
      const rough: Bus = {
        ...inner,
        publish: (subject, message) => {
          const send = () => inner.publish(subject, fate === 'bare' && typeof message === 'object' ? { ...message, events: null } : message)
          if (fate === 'late') late.unshift(send)
          else if (fate !== 'lost') send()
          if (fate === 'doubled') send()
        },
      }
      const stores = [openStore(), openStore()]
      const opened = [await open(openStore().store, rough, 'three')]
      for (const [index, { store }] of stores.entries()) opened.push(await open(store, rough, `process ${index}`))
      for (const { by, count, fate: its, ms } of all) {
        fate = its
        stores[by]?.commit(count)
        await settled(2)
        if (ms > 0) mock.timers.tick(ms)
      }
      fate = 'sent'
      for (const send of late) send()
      await pass(3_000, 1_000)
      for (const { heard, feed } of opened) {
        assert.deepEqual(heard, upTo(ledger.events.length))
        await feed[Symbol.asyncDispose]()
      }
    }), { numRuns: 60 })
  })
})
