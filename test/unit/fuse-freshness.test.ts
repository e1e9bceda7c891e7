import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Cancelled, FuseOpen, Malformed, Overloaded, Refused, Unreachable } from '../../fuse/errors.ts'
import { NotKept } from '../../fuse/freshness.ts'
import { anyAge, asking, openBackend, openTestFuse, stopTime } from '../kit/fuses.ts'

const valuesOf = (readings: readonly unknown[]) => readings.map((reading) => (reading instanceof Error ? reading.name : reading))

const openCustomers = () => {
  const opened = openTestFuse()
  const backend = openBackend()
  const find = opened.fuse.batch<string, string>('customer', (keys, opt) => backend.find(keys, opt))
  return { ...opened, backend, find }
}

describe('a fused batch', () => {
  it('hands out live values, absence included, with a stamp', async () => {
    using _ = stopTime()
    await using opened = openCustomers()
    opened.backend.does = (keys) => Promise.resolve(keys.map((key) => (key === 'none' ? null : key)))
    const source = { backend: 'crm', state: 'LIVE', fetchedAt: 1_000_000, ageMs: 0 }
    assert.deepEqual(await opened.find(['a', 'none'], asking()), [{ value: 'a', source }, { value: null, source }])
  })

  it('asks only for the keys that are not fresh enough, as one call', async () => {
    using time = stopTime()
    await using opened = openCustomers()
    await opened.find(['a'], asking())
    await time.pass(300)
    await opened.find(['b'], asking())
    await time.pass(300)
    const readings = await opened.find(['a', 'b', 'c', 'd'], asking({ maxAgeMs: 500 }))
    assert.deepEqual(opened.backend.asked.map(({ keys }) => keys), [['a'], ['b'], ['a', 'c', 'd']])
    assert.deepEqual(
      readings.map((reading) => (reading instanceof Error ? reading : [reading.value, reading.source.state, reading.source.ageMs])),
      [['value of a', 'LIVE', 0], ['value of b', 'CACHED', 300], ['value of c', 'LIVE', 0], ['value of d', 'LIVE', 0]],
    )
    assert.equal(opened.fuse.snapshot().calls, 3)
  })

  it('asks for a key that is given twice once', async () => {
    await using opened = openCustomers()
    const readings = await opened.find(['a', 'a'], asking())
    assert.deepEqual([readings.length, opened.backend.asked[0]?.keys], [2, ['a']])
  })

  it('makes no call for no keys', async () => {
    await using opened = openCustomers()
    assert.deepEqual([await opened.find([], asking()), opened.backend.asked.length], [[], 0])
  })

  it('does not take a value of the same millisecond for fresh where the caller wants no cache', async () => {
    using _ = stopTime()
    await using opened = openCustomers()
    await opened.find(['a'], asking({ maxAgeMs: 0 }))
    await opened.find(['a'], asking({ maxAgeMs: 0 }))
    assert.equal(opened.backend.asked.length, 2)
  })

  it('falls back to stale values one by one where the call fails', async () => {
    using time = stopTime()
    await using opened = openCustomers()
    await opened.find(['a'], asking())
    await time.pass(300)
    await opened.find(['b'], asking())
    opened.backend.fails(() => new Unreachable('crm', 'connection reset'))
    await time.pass(300)
    const readings = await opened.find(['a', 'b', 'c'], asking({ staleIfErrorMs: 400 }))
    const [a, b, c] = readings
    assert.ok(a instanceof Unreachable, 'too old')
    assert.deepEqual(b, { value: 'value of b', source: { backend: 'crm', state: 'STALE', fetchedAt: 1_000_300, ageMs: 300 } })
    assert.ok(c instanceof Unreachable, 'never read')
    assert.equal(opened.fuse.snapshot().servedStale, 1)
  })

  it('falls back at the place of one unreadable row, and loses nothing else', async () => {
    await using opened = openCustomers()
    await opened.find(['a', 'b'], asking())
    opened.backend.does = (keys) => Promise.resolve(keys.map((key) => (key === 'c' ? 'well' : new Malformed('crm', 'no such tier'))))
    const readings = await opened.find(['a', 'c', 'd'], asking(anyAge))
    assert.deepEqual(
      readings.map((reading) => (reading instanceof Error ? reading.name : [reading.value, reading.source.state])),
      [['value of a', 'STALE'], ['well', 'LIVE'], 'Malformed'],
    )
    assert.equal(opened.fuse.snapshot().failures, 0)
  })

  it('takes too few rows for a malformed answer, which counts', async () => {
    await using opened = openCustomers()
    opened.backend.does = () => Promise.resolve(['one'])
    assert.deepEqual(valuesOf(await opened.find(['a', 'b'], asking())), ['Malformed', 'Malformed'])
    assert.equal(opened.fuse.snapshot().failures, 1)
  })

  it('keeps what each reader got apart', async () => {
    await using opened = openCustomers()
    await opened.find(['a'], asking({}, { reader: 'agent-1' }))
    await opened.find(['a'], asking({ maxAgeMs: 1_000 }, { reader: 'agent-2' }))
    await opened.find(['a'], asking({ maxAgeMs: 1_000 }, { reader: 'agent-1' }))
    assert.equal(opened.backend.asked.length, 2)
  })

  for (const failure of [new Refused('crm', ''), new Cancelled(), new TypeError('a defect')]) {
    it(`hands on ${failure.name}, and hides it behind nothing stale`, async () => {
      await using opened = openCustomers()
      await opened.find(['a'], asking())
      opened.backend.fails(() => failure)
      assert.deepEqual(await opened.find(['a'], asking(anyAge)), [failure])
    })
  }

  it('serves stale where the fuse is open or the queue is full', async () => {
    await using opened = openCustomers()
    await opened.find(['a'], asking())
    opened.fuse.hold('maintenance', 60_000)
    const [reading, none] = await opened.find(['a', 'b'], asking(anyAge))
    assert.ok(reading && !(reading instanceof Error))
    assert.equal(reading.source.state, 'STALE')
    assert.ok(none instanceof FuseOpen)
  })

  it('refuses to read one kind twice', async () => {
    await using opened = openCustomers()
    assert.throws(() => opened.fuse.read('customer', () => Promise.resolve(1)), /"customer" already/)
  })
})

describe('only-if-cached', () => {
  const onlyKept = { onlyIfCached: true }

  it('never asks: what is not kept is a failure', async () => {
    await using opened = openCustomers()
    const [reading] = await opened.find(['a'], asking({ ...anyAge, ...onlyKept }))
    assert.ok(reading instanceof NotKept)
    assert.deepEqual([reading.code, opened.backend.asked.length], ['BACKEND_UNAVAILABLE', 0])
  })

  it('bounds the age by max-age where there is one, else by stale-if-error', async () => {
    using time = stopTime()
    await using opened = openCustomers()
    await opened.find(['a'], asking())
    await time.pass(500)
    const states = async (maxAgeMs: number, staleIfErrorMs: number) =>
      (await opened.find(['a'], asking({ ...onlyKept, maxAgeMs, staleIfErrorMs }))).map((one) =>
        one instanceof Error ? one.name : one.source.state,
      )
    assert.deepEqual(await states(500, 0), ['CACHED'])
    assert.deepEqual(await states(499, 60_000), ['NotKept'])
    assert.deepEqual(await states(0, 500), ['CACHED'])
    assert.deepEqual(await states(0, 499), ['NotKept'])
    assert.equal(opened.backend.asked.length, 1)
  })
})

describe('a fused read', () => {
  it('keeps values by its arguments, in whatever order their members are', async () => {
    await using opened = openTestFuse()
    let calls = 0
    const list = opened.fuse.read<{ customerId: string; offset: number }, number>('orders', () => Promise.resolve((calls += 1)))
    const fresh = asking({ maxAgeMs: 60_000 })
    assert.equal((await list({ customerId: 'C-1', offset: 0 }, fresh)).value, 1)
    assert.equal((await list({ offset: 0, customerId: 'C-1' }, fresh)).value, 1)
    assert.equal((await list({ customerId: 'C-1', offset: 5 }, fresh)).value, 2)
  })

  it('rejects where it fails and nothing may stand in, and else gives the stale value', async () => {
    await using opened = openTestFuse()
    const backend = openBackend()
    const find = opened.fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt))
    await find('a', asking())
    backend.fails(() => new Overloaded('crm', 'full'))
    await assert.rejects(find('a', asking()), Overloaded)
    assert.equal((await find('a', asking(anyAge))).source.state, 'STALE')
  })

  it('gives the call a signal and the trace, and nothing that is the fuse’s own', async () => {
    await using opened = openTestFuse()
    const backend = openBackend()
    const find = opened.fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt))
    await find('a', asking({}, { traceparent: '00-1-2-01', reader: 'agent-1' }))
    assert.deepEqual(Object.keys(backend.asked[0]?.opt ?? {}).toSorted(), ['signal', 'traceparent'])
    assert.equal(backend.asked[0]?.opt.traceparent, '00-1-2-01')
  })
})

describe('a fused write', () => {
  const openNotes = () => {
    const opened = openCustomers()
    const write = opened.fuse.write<{ id: string; fail?: Error }, string>(
      ({ id, fail }) => (fail ? Promise.reject(fail) : Promise.resolve(`wrote ${id}`)),
      ({ id }) => [{ kind: 'customer', key: id }],
    )
    return { ...opened, write }
  }
  const states = async (opened: ReturnType<typeof openNotes>, keys: readonly string[], maxAgeMs = 60_000) =>
    (await opened.find(keys, asking({ ...anyAge, maxAgeMs }))).map((one) => (one instanceof Error ? one.name : one.source.state))

  it('makes what it outdates live again, and leaves the rest cached', async () => {
    await using opened = openNotes()
    await opened.find(['a', 'b'], asking())
    assert.equal(await opened.write({ id: 'a' }, asking()), 'wrote a')
    assert.deepEqual(await states(opened, ['a', 'b']), ['LIVE', 'CACHED'])
    assert.deepEqual(await states(opened, ['a', 'b']), ['CACHED', 'CACHED'], 'read again since')
  })

  it('leaves what it outdates as a stale value', async () => {
    await using opened = openNotes()
    await opened.find(['a'], asking())
    await opened.write({ id: 'a' }, asking())
    opened.backend.fails(() => new Unreachable('crm', ''))
    assert.deepEqual(await states(opened, ['a']), ['STALE'])
  })

  it('outdates also where it failed, as it may have reached the backend', async () => {
    await using opened = openNotes()
    await opened.find(['a'], asking())
    await assert.rejects(opened.write({ id: 'a', fail: new Unreachable('crm', '') }, asking()), Unreachable)
    assert.deepEqual(await states(opened, ['a']), ['LIVE'])
  })

  it('outdates what was asked for before it ended', async () => {
    await using opened = openNotes()
    let answer = (_rows: readonly string[]): void => undefined
    opened.backend.does = () => new Promise((resolve) => (answer = resolve))
    const reading = opened.find(['a'], asking())
    await opened.write({ id: 'a' }, asking())
    answer(['from before the write'])
    await reading
    opened.backend.isWell()
    assert.deepEqual(await states(opened, ['a']), ['LIVE'])
  })

  it('is not made where it names a kind that nobody reads', async () => {
    await using opened = openTestFuse()
    let calls = 0
    const write = opened.fuse.write(() => Promise.resolve((calls += 1)), () => [{ kind: 'custommer' }])
    await assert.rejects(write('a', asking()), /"custommer"/)
    assert.equal(calls, 0)
  })
})
