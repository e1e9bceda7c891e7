import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { isSubject } from '../../bus/bus.ts'
import type { Bus, BusLog } from '../../bus/bus.ts'
import { openMemoryBus } from '../../bus/memory.ts'
import { openNatsBus } from '../../bus/nats.ts'
import { startRelay } from '../../demo/legacy/relay.ts'

const nats = { host: '127.0.0.1', port: 4222 }

const answers = ({ host, port }: typeof nats): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(true)).on('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

const isNatsThere = await answers(nats)
if (!isNatsThere && process.env['CI'] === 'true') throw new Error('NATS is not there, at 127.0.0.1:4222')
const skip = isNatsThere ? false : 'NATS is not there'

const openLog = () => {
  const warnings: string[] = []
  const log: BusLog = { info: () => undefined, warn: (_, message) => void warnings.push(message) }
  return { log, warnings }
}

const until = async (isSo: () => boolean) => {
  for (let look = 0; look < 1_000 && !isSo(); look += 1) await wait(5)
  assert.ok(isSo())
}

type Opened = { readonly bus: Bus; readonly warnings: readonly string[] }

const reached = (bus: Bus) => new Promise<void>((resolve) => void bus.onReached(resolve))

const kinds: Readonly<Record<string, { readonly open: () => Opened; readonly skip: string | false }>> = {
  memory: { skip: false, open: () => { const { log, warnings } = openLog(); return { bus: openMemoryBus(log), warnings } } },
  nats: {
    skip,
    open: () => {
      const { log, warnings } = openLog()
      return { bus: openNatsBus({ url: `nats://${nats.host}:${nats.port}`, prefix: `test-${randomUUID()}`, name: 'test', log }), warnings }
    },
  },
}

for (const [kind, one] of Object.entries(kinds)) {
  describe(`the bus over ${kind}`, { skip: one.skip }, () => {
    it('gives each listener of a subject what is published, in order and in copies of its own, and no other subject\'s', async () => {
      const { bus } = one.open()
      await using _closing = bus
      const got: unknown[][] = [[], []]
      bus.subscribe('a.b', (message) => {
        got[0]?.push(message)
        if (typeof message === 'object' && message !== null) Object.assign(message, { changed: true })
      })
      bus.subscribe('a.b', (message) => void got[1]?.push(message))
      await reached(bus)
      await bus.flush()
      for (let n = 0; n < 100; n += 1) bus.publish('a.b', { n, text: '张 😀' })
      bus.publish('a', { other: true })
      await until(() => got[1]?.length === 100)
      assert.deepEqual(got[1], Array.from({ length: 100 }, (_, n) => ({ n, text: '张 😀' })))
      assert.equal(got[0]?.length, 100)
    })

    it('goes on where a listener throws, and ends where one ends', async () => {
      const { bus, warnings } = one.open()
      await using _closing = bus
      const got: unknown[] = []
      bus.subscribe('a', () => { throw new Error('a defect') })
      const end = bus.subscribe('a', (message) => void got.push(message))
      bus.subscribe('end', (message) => void got.push(message))
      await reached(bus)
      await bus.flush()
      bus.publish('a', 1)
      await until(() => got.length === 1)
      end()
      bus.publish('a', 2)
      bus.publish('end', 3)
      await until(() => got.length > 1)
      assert.deepEqual(got, [1, 3])
      assert.ok(warnings.length >= 1)
    })

    for (const subject of ['', 'a b', 'a.*', '>', 'a..b', '.', 'a\n', '消息', 'x'.repeat(41)]) {
      it(`takes no subject ${JSON.stringify(subject).slice(0, 20)}`, async () => {
        const { bus } = one.open()
        await using _closing = bus
        assert.equal(isSubject(subject), false)
        assert.throws(() => bus.publish(subject, 1), RangeError)
        assert.throws(() => bus.subscribe(subject, () => undefined), RangeError)
      })
    }
  })
}

describe('the bus over nats', { skip }, () => {
  it('costs nothing where no server is: what is published is gone, and closing does not wait', async () => {
    const { log, warnings } = openLog()
    const bus = openNatsBus({ url: 'nats://127.0.0.1:1', prefix: 'test', name: 'test', log })
    bus.publish('a', 1)
    bus.subscribe('a', () => undefined)
    await assert.rejects(bus.flush())
    await until(() => warnings.length > 0)
    await bus[Symbol.asyncDispose]()
    assert.deepEqual(warnings, ['the bus can not be reached; it is looked for until it can'])
  })

  it('comes back by itself with every subscription, and says so, where the server was lost', async () => {
    await using relay = await startRelay({ port: 0, to: nats })
    const { log } = openLog()
    const prefix = `test-${randomUUID()}`
    await using there = openNatsBus({ url: `nats://${nats.host}:${nats.port}`, prefix, name: 'there', log })
    await using bus = openNatsBus({ url: `nats://127.0.0.1:${relay.port}`, prefix, name: 'here', log })
    const got: unknown[] = []
    bus.subscribe('a', (message) => void got.push(message))
    const times = { reached: 0 }
    bus.onReached(() => { times.reached += 1 })
    await until(() => times.reached === 1)
    await reached(there)
    await relay.setFault('refuse')
    await assert.doesNotReject(async () => bus.publish('a', 'lost'))
    await relay.setFault('off')
    await until(() => times.reached === 2)
    await bus.flush()
    there.publish('a', 'found')
    await until(() => got.length === 1)
    assert.deepEqual(got, ['found'])
  })
})
