/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mollitia declares its options as classes, and takes literals. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Cache, Circuit, circuits, modules, Timeout } from 'mollitia'
import { Unreachable } from '../../fuse/errors.ts'
import { checkFuseSettings, UnfitSettings } from '../../fuse/fuse-settings.ts'
import { asking, outcomeOf, settle, shortSettings, stopTime } from '../kit/fuses.ts'
import { fail, openBare, openBareBreaker, openFused, pending, succeed, unreachable } from '../kit/mollitia.ts'

/*
 * Each trap of mollitia 0.1.1 twice: how the bare library falls into it, and that a fuse does not. Where the first of a pair
 * fails after an update, its guard in fuse/ may go.
 */

describe('a call that starts while the breaker is closed and ends while it is half open', () => {
  it('leaves the bare breaker half open for ever', async () => {
    using time = stopTime()
    using bare = openBareBreaker()
    const slow = pending()
    bare.run(() => slow.promise)
    for (let index = 0; index < 4; index += 1) bare.run(fail)
    await time.pass(1_500)
    assert.equal(bare.state(), 'half-opened')
    slow.resolve('at last')
    await settle()
    bare.run(succeed)
    await time.pass(3_600_000, 60_000)
    assert.equal(bare.state(), 'half-opened')
    const refused = bare.run(succeed)
    await settle()
    assert.ok(refused.failure instanceof Error)
  })

  it('is not counted by a fuse, which closes when its probe succeeds', async () => {
    using time = stopTime()
    await using fused = openFused()
    const [slow, probe] = [pending(), pending()]
    fused.backend.does = async (keys) => [String(await (keys[0] === 'slow' ? slow.promise : probe.promise))]
    const writing = outcomeOf(fused.write('slow', asking()))
    await settle()
    const { does } = fused.backend
    fused.backend.fails(unreachable)
    for (let index = 0; index < 4; index += 1) await assert.rejects(fused.read('a', asking()))
    await settle()
    fused.backend.does = does
    const trying = fused.fuse.tryNow()
    await settle()
    assert.equal(fused.state(), 'HALF_OPEN')
    slow.resolve('at last')
    await settle()
    assert.deepEqual([writing.value, fused.state()], ['at last', 'HALF_OPEN'])
    probe.resolve('well')
    await trying
    await time.pass(10)
    assert.equal(fused.state(), 'CLOSED')
  })

  it('can’t be by the clock alone: settings under which an attempt outlives the open time are refused', () => {
    const settings = { ...shortSettings, timeoutMs: 1_500, breaker: { ...shortSettings.breaker, openMs: 1_500 } }
    assert.throws(() => checkFuseSettings('crm', settings), UnfitSettings)
  })
})

describe('a half-open breaker that nobody asks', () => {
  it('stays half open where halfOpenStateMaxDelay is 0, as it is by default', async () => {
    using time = stopTime()
    using bare = openBareBreaker()
    for (let index = 0; index < 4; index += 1) bare.run(fail)
    await time.pass(1_500)
    const lost = pending()
    bare.run(() => lost.promise)
    await time.pass(3_600_000, 60_000)
    assert.equal(bare.state(), 'half-opened')
  })

  it('goes back to open in a fuse', async () => {
    using time = stopTime()
    await using fused = openFused()
    fused.backend.fails(unreachable)
    for (let index = 0; index < 4; index += 1) await assert.rejects(fused.write('a', asking()), Unreachable)
    await time.pass(1_500)
    assert.equal(fused.state(), 'HALF_OPEN')
    await time.pass(shortSettings.timeoutMs + shortSettings.breaker.openMs)
    assert.equal(fused.state(), 'OPEN')
  })
})

describe('a failure rate of 100 per cent', () => {
  it('never trips the bare breaker', async () => {
    using bare = openBareBreaker({ failureRateThreshold: 100 })
    for (let index = 0; index < 100; index += 1) bare.run(fail)
    await settle()
    assert.equal(bare.state(), 'closed')
  })

  it('is refused by a fuse, and 99 per cent trips where everything fails', async () => {
    assert.throws(() => openFused({}, { failureRate: 100 }), UnfitSettings)
    await using fused = openFused({}, { failureRate: 99 })
    fused.backend.fails(unreachable)
    for (let index = 0; index < 4; index += 1) await assert.rejects(fused.read('a', asking()))
    await settle()
    assert.equal(fused.state(), 'OPEN')
  })
})

describe('the Cache of mollitia', () => {
  it('returns another call’s value where a later module is inactive', async () => {
    const cache = new Cache({ ttl: 60_000 })
    const func = (key: string) => Promise.resolve(`value of ${key}`)
    const circuit = new Circuit({ func, options: { modules: [cache, new Timeout({ active: false })] } })
    assert.equal(await circuit.execute<unknown>('a'), 'value of a')
    assert.equal(await circuit.execute<unknown>('b'), 'value of a')
    circuit.dispose()
  })

  it('is in no fuse: each key gets its own value', async () => {
    await using fused = openFused()
    const ours = circuits.filter(({ name }) => name.startsWith('crm '))
    assert.ok(ours.length > 0 && !ours.some((circuit) => circuit.modules.some((module) => module instanceof Cache)))
    const fresh = asking({ maxAgeMs: 60_000 })
    for (const key of ['a', 'b', 'a']) assert.equal((await fused.read(key, fresh)).value, `value of ${key}`)
    assert.equal(fused.backend.asked.length, 2)
  })
})

describe('the first listener', () => {
  it('is never removed by the bare off()', async () => {
    using bare = openBareBreaker()
    let told = 0
    const listener = () => (told += 1)
    bare.breaker.on('state-changed', listener)
    bare.breaker.off('state-changed', listener)
    await bare.breaker.open()
    assert.equal(told, 1)
  })

  it('of a registry is told no more once it has had enough', async () => {
    await using fused = openFused()
    let told = 0
    fused.registry.subscribe(() => (told += 1))()
    fused.fuse.hold('maintenance', 1_000)
    assert.equal(told, 0)
  })
})

describe('the arrays of circuits and modules', () => {
  it('keep every bare circuit for ever, also a disposed one', () => {
    const before = circuits.length
    const { circuit } = openBare(new Timeout({ delay: 1_000 }))
    circuit.dispose()
    assert.equal(circuits.length, before + 1)
  })

  it('do not grow with the calls of a fuse, and shrink again when it is disposed', async () => {
    const before = [circuits.length, modules.length]
    {
      await using fused = openFused({ retries: 2 })
      const opened = [circuits.length, modules.length]
      for (let index = 0; index < 100; index += 1) await fused.read(`key ${index}`, asking())
      assert.deepEqual([circuits.length, modules.length], opened)
      assert.notDeepEqual(opened, before)
    }
    assert.deepEqual([circuits.length, modules.length], before)
  })
})

describe('a call that starts in the moment in which another one opens the breaker', () => {
  /** Every few microtasks after the failure: one of them is that moment. */
  const moments = Array.from({ length: 30 }, (_, index) => index)
  const microtasks = async (count: number) => {
    for (let index = 0; index < count; index += 1) await Promise.resolve()
  }

  it('closes the bare one again', async () => {
    using _ = stopTime()
    const states = await Promise.all(
      moments.map(async (moment) => {
        using bare = openBareBreaker({ minimumNumberOfCalls: 1, slidingWindowSize: 1 })
        const failing = pending()
        bare.run(() => failing.promise)
        await settle()
        failing.reject(unreachable())
        await microtasks(moment)
        bare.run(() => pending().promise)
        await settle()
        return bare.state()
      }),
    )
    assert.ok(states.includes('closed'), states.join())
  })

  it('leaves a fuse open', async () => {
    for (const moment of moments) {
      await using fused = openFused({}, { minimumCalls: 1, window: 1 })
      const failing = pending()
      fused.backend.does = async () => [String(await failing.promise)]
      const outcomes = [outcomeOf(fused.read('a', asking()))]
      await settle()
      failing.reject(unreachable())
      await microtasks(moment)
      fused.backend.hangs()
      outcomes.push(outcomeOf(fused.read('b', asking())))
      await settle()
      assert.equal(fused.state(), 'OPEN', `after ${moment} microtasks`)
      assert.ok(outcomes[0]?.failure instanceof Unreachable)
    }
  })
})
