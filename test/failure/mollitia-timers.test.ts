import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { asking, settle, shortSettings, stopTime } from '../kit/fuses.ts'
import { fail, openBareBreaker, openFused, succeed, unreachable } from '../kit/mollitia.ts'

/* See mollitia.test.ts: each trap of the bare library, and that a fuse does not fall into it. */

/** Runs a module from the project's folder, and waits until it has ended; its status is null where it had to be killed. */
const runChild = async (code: string) => {
  const cwd = new URL('../../', import.meta.url)
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit']
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { cwd, stdio, timeout: 20_000 })
  const ended = once(child, 'exit')
  const said = await text(child.stdout)
  await ended
  return { status: child.exitCode, said: said.trim() }
}

describe('timers', { timeout: 60_000 }, () => {
  it('of an open bare breaker keep the process alive', async () => {
    const { said } = await runChild(`
      import { Circuit, SlidingCountBreaker } from 'mollitia'
      const breaker = new SlidingCountBreaker({ minimumNumberOfCalls: 1, openStateDelay: 3600000 })
      const circuit = new Circuit({ func: () => Promise.reject(new Error('down')), options: { modules: [breaker] } })
      await circuit.execute().catch(() => undefined)
      process.stdout.write(breaker.state + ' ' + process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length)
      process.exit()`)
    assert.equal(said, 'opened 1')
  })

  for (const end of ['', 'await registry[Symbol.asyncDispose]()']) {
    it(`of open and held fuses let it end, ${end ? 'disposed' : 'and nobody disposed them'}`, async () => {
      const { status, said } = await runChild(`
        import { Unreachable } from './fuse/errors.ts'
        import { openRegistry } from './fuse/registry.ts'
        const settings = ${JSON.stringify({ ...shortSettings, breaker: { ...shortSettings.breaker, openMs: 3_600_000 } })}
        const registry = openRegistry({ instance: 'child', staleBytes: 1000 })
        const open = (backend) => registry.open({ backend, protocol: 'form', settings })
        const crm = open('crm')
        const read = crm.read('customer', () => Promise.reject(new Unreachable('crm', 'down')))
        const opt = { signal: new AbortController().signal, freshness: { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false } }
        for (let index = 0; index < 4; index += 1) await read('a', opt).catch(() => undefined)
        const held = open('orders')
        held.hold('maintenance', 3600000)
        await new Promise((resolve) => setImmediate(resolve))
        process.stdout.write(crm.snapshot().state + ' ' + held.snapshot().state)
        ${end}`)
      assert.deepEqual({ status, said }, { status: 0, said: 'OPEN OPEN' })
    })
  }

  it('of an attempt are cleared when its fuse is disposed', async () => {
    const breaker = { ...shortSettings.breaker, openMs: 3_600_000 }
    const patient = { ...shortSettings, timeoutMs: 3_000_000, concurrency: 1, queueWaitMs: 3_000_000, breaker }
    const { status } = await runChild(`
      import { openRegistry } from './fuse/registry.ts'
      const settings = ${JSON.stringify(patient)}
      const registry = openRegistry({ instance: 'child', staleBytes: 1000 })
      const read = registry.open({ backend: 'crm', protocol: 'form', settings }).read('customer', () => new Promise(() => undefined))
      const opt = { signal: new AbortController().signal, freshness: { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false } }
      const reads = [read('asked', opt), read('queued', opt)]
      await new Promise((resolve) => setImmediate(resolve))
      await registry[Symbol.asyncDispose]()
      await Promise.allSettled(reads)`)
    assert.equal(status, 0)
  })

  it('may be set twice by a bare breaker that is half open before its first call: the one left over opens it, closed', async () => {
    using time = stopTime()
    using bare = openBareBreaker({ halfOpenStateMaxDelay: 1_000 })
    await bare.breaker.halfOpen()
    await time.pass(100)
    bare.run(succeed)
    await settle()
    assert.equal(bare.state(), 'closed')
    await time.pass(1_000)
    assert.equal(bare.state(), 'opened')
  })

  it('of a bare breaker that was half opened by hand half open it again when it is closed', async () => {
    using time = stopTime()
    using bare = openBareBreaker()
    for (let index = 0; index < 4; index += 1) bare.run(fail)
    await settle()
    await bare.breaker.halfOpen()
    bare.run(succeed)
    await settle()
    assert.equal(bare.state(), 'closed')
    await time.pass(1_500)
    assert.equal(bare.state(), 'half-opened')
  })

  it('of a fuse are one: released before its first call, or tried by hand, it closes and stays so', async () => {
    using time = stopTime()
    await using fused = openFused()
    fused.fuse.hold('maintenance', 10_000)
    fused.fuse.release()
    await fused.read('a', asking())
    await settle()
    assert.equal(fused.state(), 'CLOSED')
    fused.backend.fails(unreachable)
    for (let index = 0; index < 4; index += 1) await assert.rejects(fused.read('a', asking()))
    fused.backend.isWell()
    await fused.fuse.tryNow()
    await time.pass(20_000)
    assert.equal(fused.state(), 'CLOSED')
    assert.equal(fused.fuse.snapshot().trips.length, 2)
  })
})
