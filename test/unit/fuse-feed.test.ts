import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import pino from 'pino'
import { openMemoryBus } from '../../bus/memory.ts'
import { openRegistry } from '../../fuse/registry.ts'
import type { Fuse } from '../../fuse/fuse.ts'
import { parseBackends } from '../../gateway/config.ts'
import { announceFuses } from '../../subgraphs/announce.ts'
import { SourceLost } from '../../subgraphs/event-source.ts'
import type { EventSource } from '../../subgraphs/event-source.ts'
import { openLocalFuses } from '../../subgraphs/status/backend.local.ts'
import { openFuseFeed } from '../../subgraphs/status/feed.ts'
import type { FuseEvent } from '../../subgraphs/status/feed.ts'

const log = pino({ level: 'silent' })
const [{ fuse: settings } = assert.fail()] = parseBackends({ crm: { protocol: 'form', url: 'http://127.0.0.1:9' } })

/** Two processes on one bus: `here` listens, and `there` is another one. */
const open = async () => {
  const bus = openMemoryBus(log)
  const [here, there] = [openRegistry({ instance: 'here', staleBytes: 0 }), openRegistry({ instance: 'there', staleBytes: 0 })]
  const ends = [announceFuses(here, bus), announceFuses(there, bus)]
  const fuseOf = (registry: typeof here): Fuse => registry.open({ backend: 'crm', protocol: 'form', settings })
  const feed = openFuseFeed(here, bus)
  const [own, other] = [fuseOf(here), fuseOf(there)]
  // Each tells of itself when it is first reached; by now it has.
  for (let turn = 0; turn < 3; turn += 1) await bus.flush()
  const listen = () => feed.listen([() => openLocalFuses(here).listFuses(AbortSignal.timeout(1_000))])
  return {
    ...{ bus, feed, listen, own, other },
    [Symbol.asyncDispose]: async () => {
      feed[Symbol.dispose]()
      for (const end of ends) end()
      await Promise.all([here, there, bus].map((one) => one[Symbol.asyncDispose]()))
    },
  }
}

const next = async (source: EventSource<FuseEvent>) => {
  const { value } = await source.next()
  return value ? [value.fuseChanged.id, value.fuseChanged.state] : null
}

describe('the feed of fuses', () => {
  it('begins with what is, and goes on with what changes, each once', async () => {
    await using one = await open()
    const source = one.listen()
    assert.deepEqual(await next(source), ['here/crm', 'CLOSED'])
    one.own.hold('maintenance', 60_000)
    assert.deepEqual(await next(source), ['here/crm', 'OPEN'])
    one.own.release()
    await one.bus.flush()
    await one.bus.flush()
    one.other.hold('maintenance', 60_000)
    // What this process told the others has come back to it by now, and was not told again.
    assert.deepEqual(await next(source), ['here/crm', one.own.snapshot().state])
    assert.deepEqual(await next(source), ['there/crm', 'OPEN'])
  })

  it('keeps the newest of each fuse for who is slow', async () => {
    await using one = await open()
    const source = one.listen()
    assert.deepEqual(await next(source), ['here/crm', 'CLOSED'])
    for (let round = 0; round < 100; round += 1) {
      one.own.hold('maintenance', 60_000)
      one.own.release()
    }
    one.own.hold('maintenance', 60_000)
    assert.deepEqual(await next(source), ['here/crm', 'OPEN'])
    one.other.hold('maintenance', 60_000)
    assert.deepEqual(await next(source), ['there/crm', 'OPEN'])
  })

  it('does not put what was before what is', async () => {
    await using one = await open()
    const asked = Promise.withResolvers<readonly FuseEvent['fuseChanged'][]>()
    const source = one.feed.listen([() => asked.promise])
    const before = one.own.snapshot()
    one.own.hold('maintenance', 60_000)
    asked.resolve([before])
    assert.deepEqual(await next(source), ['here/crm', 'OPEN'])
    one.other.hold('maintenance', 60_000)
    assert.deepEqual(await next(source), ['there/crm', 'OPEN'])
  })

  it('passes over what is no fuse', async () => {
    await using one = await open()
    const source = one.listen()
    await next(source)
    one.bus.publish('fuses', { id: 7 })
    one.other.hold('maintenance', 60_000)
    assert.deepEqual(await next(source), ['there/crm', 'OPEN'])
  })

  it('is lost to its listeners when its subgraph is closed', async () => {
    await using one = await open()
    const source = one.listen()
    await next(source)
    one.feed[Symbol.dispose]()
    await assert.rejects(source.next(), SourceLost)
  })
})
