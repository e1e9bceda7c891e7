import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { Unreachable } from '../../fuse/errors.ts'
import { openMetrics } from '../../gateway/metrics.ts'
import { asking, openBackend, openTestFuse, settle, stopTime } from '../kit/fuses.ts'

/** A fuse that is watched, in front of a backend that fails or answers as it is told. */
const openWatched = () => {
  const opened = openTestFuse()
  const metrics = openMetrics()
  metrics.watch(opened.registry)
  const backend = openBackend()
  const read = opened.fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt))
  const fail = async (times: number) => {
    backend.fails(() => new Unreachable('crm', 'connection refused'))
    for (let index = 0; index < times; index += 1) await assert.rejects(read(`key ${index}`, asking()))
    await settle()
  }
  const value = async (series: string): Promise<number | null> => {
    const { text } = await metrics.expose()
    await settle()
    const line = text.split('\n').find((one) => one.startsWith(`${series} `))
    return line === undefined ? null : Number(line.slice(series.length))
  }
  return { ...opened, backend, read, fail, value, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

describe('the metrics', () => {
  it('tell of a fuse: what it let through, what failed, where it stands', async () => {
    using _time = stopTime()
    await using watched = openWatched()
    await watched.read('a', asking())
    await watched.fail(2)
    assert.equal(await watched.value('fuseboard_backend_calls_total{backend="crm",protocol="form"}'), 3)
    assert.equal(await watched.value('fuseboard_backend_failures_total{backend="crm",protocol="form"}'), 2)
    assert.equal(await watched.value('fuseboard_backend_rejected_total{backend="crm",protocol="form"}'), 0)
    assert.equal(await watched.value('fuseboard_fuse_state{backend="crm"}'), 0)
    assert.equal(await watched.value('fuseboard_backend_timeout_seconds{backend="crm"}'), 1)
    assert.equal(await watched.value('fuseboard_stale_max_bytes'), 1_000_000)
  })

  it('count a trip once, by the error that opened the fuse, however often its probes fail', async () => {
    using time = stopTime()
    await using watched = openWatched()
    await watched.fail(4)
    const tripped = 'fuseboard_fuse_trips_total{backend="crm",code="BACKEND_UNAVAILABLE"}'
    assert.equal(await watched.value('fuseboard_fuse_state{backend="crm"}'), 2)
    assert.equal(await watched.value(tripped), 1)
    await time.pass(4_000)
    assert.equal(await watched.value(tripped), 1, 'a probe that fails is no new trip')
    watched.backend.isWell()
    await time.pass(2_000)
    assert.equal(await watched.value('fuseboard_fuse_state{backend="crm"}'), 0)
    await watched.fail(4)
    assert.equal(await watched.value(tripped), 2)
  })

  it('tell a fuse that an operator holds from one that tripped', async () => {
    using _time = stopTime()
    await using watched = openWatched()
    assert.equal(await watched.value('fuseboard_fuse_held{backend="crm"}'), 0)
    watched.fuse.hold('maintenance', 60_000)
    assert.equal(await watched.value('fuseboard_fuse_held{backend="crm"}'), 1)
    assert.equal(await watched.value('fuseboard_fuse_trips_total{backend="crm",code="HELD"}'), 1)
    watched.fuse.release()
    assert.equal(await watched.value('fuseboard_fuse_held{backend="crm"}'), 0)
  })

  it('show how many calls a backend has in hand, and how many wait', async () => {
    using time = stopTime()
    await using watched = openWatched()
    watched.backend.hangs()
    const asked = Array.from({ length: 10 }, (_, index) => watched.read(`key ${index}`, asking()).catch(() => null))
    await settle()
    assert.equal(await watched.value('fuseboard_backend_in_flight{backend="crm"}'), 8)
    assert.equal(await watched.value('fuseboard_backend_queued{backend="crm"}'), 2)
    await time.pass(3_000)
    await Promise.all(asked)
    assert.equal(await watched.value('fuseboard_backend_in_flight{backend="crm"}'), 0)
  })

  it('forget a fuse that is gone', async () => {
    await using watched = openWatched()
    await watched.fuse[Symbol.asyncDispose]()
    assert.equal(await watched.value('fuseboard_fuse_state{backend="crm"}'), null)
    assert.equal(await watched.value('fuseboard_backend_calls_total{backend="crm",protocol="form"}'), null)
  })

  it('say which version runs, on which Node.js, and what memory it may have', async () => {
    await using watched = openWatched()
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile('package.json', 'utf8')))
    assert.equal(await watched.value(`fuseboard_build_info{version="${version}",node="${process.version}"}`), 1)
    for (const name of ['fuseboard_memory_limit_bytes', 'fuseboard_heap_limit_bytes']) {
      const bytes = await watched.value(name)
      assert.ok(bytes !== null && bytes > 100_000_000 && bytes < 2 ** 50, `${name}: ${bytes}`)
    }
  })
})
