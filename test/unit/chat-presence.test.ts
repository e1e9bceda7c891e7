import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import fc from 'fast-check'
import type { Bus } from '../../bus/bus.ts'
import { openMemoryBus } from '../../bus/memory.ts'
import { openPresence } from '../../subgraphs/chat/presence.ts'
import { openSharedBus, settled, silent } from '../kit/chat.ts'

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] }))
afterEach(() => mock.timers.reset())

const graceMs = 10_000

const open = (bus: Bus, instance = 'one') => {
  const presence = openPresence({ bus, subject: 'test.presence', instance, graceMs })
  const changes: string[] = []
  presence.onChange((place, who, present) => changes.push(`${present ? '+' : '-'}${who}@${place}`))
  return {
    enter: (place: string, who: string) => presence.enter(place, who),
    isAt: (place: string, who: string) => presence.isAt(place, who),
    listAt: (place: string) => presence.listAt(place),
    changes,
    close: () => presence[Symbol.asyncDispose](),
  }
}

const alone = () => open(openMemoryBus(silent))

/** Time goes on by small steps, and what is told meanwhile is heard. */
const pass = async (ms: number) => {
  for (let passed = 0; passed < ms; passed += 1_000) {
    mock.timers.tick(Math.min(1_000, ms - passed))
    await settled(2)
  }
}

describe('somebody', () => {
  it('is there from when they come, and no more when the grace is over after they left', () => {
    const { enter, isAt, listAt, changes } = alone()
    const leave = enter('inbox', 'a-1')
    assert.deepEqual([isAt('inbox', 'a-1'), isAt('inbox', 'a-2'), isAt('c-1', 'a-1'), listAt('inbox')], [true, false, false, ['a-1']])
    leave()
    mock.timers.tick(graceMs - 1)
    assert.equal(isAt('inbox', 'a-1'), true)
    mock.timers.tick(1)
    assert.deepEqual([isAt('inbox', 'a-1'), listAt('inbox'), changes], [false, [], ['+a-1@inbox', '-a-1@inbox']])
  })

  it('who comes back within the grace has never left', () => {
    const { enter, isAt, changes } = alone()
    for (let time = 0; time < 5; time += 1) {
      const leave = enter('inbox', 'a-1')
      mock.timers.tick(graceMs * 2)
      leave()
      mock.timers.tick(graceMs - 1)
    }
    assert.deepEqual([isAt('inbox', 'a-1'), changes], [true, ['+a-1@inbox']])
    mock.timers.tick(1)
    assert.deepEqual([isAt('inbox', 'a-1'), changes], [false, ['+a-1@inbox', '-a-1@inbox']])
  })

  it('is there as long as one of their windows is', () => {
    const { enter, isAt, changes } = alone()
    const [first, second] = [enter('inbox', 'a-1'), enter('inbox', 'a-1')]
    first()
    mock.timers.tick(graceMs)
    assert.equal(isAt('inbox', 'a-1'), true)
    second()
    const third = enter('inbox', 'a-1')
    mock.timers.tick(graceMs)
    assert.equal(isAt('inbox', 'a-1'), true)
    third()
    mock.timers.tick(graceMs)
    assert.deepEqual([isAt('inbox', 'a-1'), changes], [false, ['+a-1@inbox', '-a-1@inbox']])
  })

  it('leaves once, however often a window says that it does', () => {
    const { enter, isAt } = alone()
    const [first, second] = [enter('inbox', 'a-1'), enter('inbox', 'a-1')]
    for (let time = 0; time < 3; time += 1) first()
    mock.timers.tick(graceMs)
    assert.equal(isAt('inbox', 'a-1'), true)
    second()
    mock.timers.tick(graceMs)
    second()
    const again = enter('inbox', 'a-1')
    second()
    mock.timers.tick(graceMs)
    assert.equal(isAt('inbox', 'a-1'), true)
    again()
  })

  it('is at several places, each by itself', () => {
    const { enter, isAt } = alone()
    const leave = enter('c-1', 'a-1')
    enter('c-2', 'a-1')
    leave()
    mock.timers.tick(graceMs)
    assert.deepEqual([isAt('c-1', 'a-1'), isAt('c-2', 'a-1')], [false, true])
  })
})

describe('whoever is connected to another process', () => {
  it('is there for this one too, and leaves for both', async () => {
    const bus = openSharedBus()
    const [one, two] = [open(bus, 'one'), open(bus, 'two')]
    const leave = one.enter('inbox', 'a-1')
    await settled()
    assert.deepEqual([two.isAt('inbox', 'a-1'), two.listAt('inbox'), two.changes], [true, ['a-1'], ['+a-1@inbox']])
    leave()
    await pass(graceMs)
    assert.deepEqual([two.isAt('inbox', 'a-1'), two.changes, one.changes], [false, ['+a-1@inbox', '-a-1@inbox'], ['+a-1@inbox', '-a-1@inbox']])
  })

  it('is there once, and as long as one of the processes has them', async () => {
    const bus = openSharedBus()
    const [one, two, three] = [open(bus, 'one'), open(bus, 'two'), open(bus, 'three')]
    const leaveOne = one.enter('inbox', 'a-1')
    await settled()
    const leaveTwo = two.enter('inbox', 'a-1')
    await settled()
    assert.deepEqual(three.listAt('inbox'), ['a-1'])
    leaveOne()
    await pass(graceMs)
    leaveTwo()
    await pass(graceMs - 1)
    assert.deepEqual([one, two, three].map(({ changes }) => changes), [['+a-1@inbox'], ['+a-1@inbox'], ['+a-1@inbox']])
    await pass(1)
    assert.deepEqual([one, two, three].map(({ isAt }) => isAt('inbox', 'a-1')), [false, false, false])
  })

  it('who goes from one process to another at once has never left', async () => {
    const bus = openSharedBus()
    const [one, two, three] = [open(bus, 'one'), open(bus, 'two'), open(bus, 'three')]
    one.enter('inbox', 'a-1')
    await settled()
    two.enter('inbox', 'a-1')
    await settled()
    await one.close()
    await settled()
    assert.deepEqual([two, three].map(({ changes, isAt }) => [changes, isAt('inbox', 'a-1')]), [[['+a-1@inbox'], true], [['+a-1@inbox'], true]])
  })

  it('is forgotten when their process has said nothing for a while, and a while after it has ended', async () => {
    const bus = openSharedBus()
    const deaf: Bus = { ...bus, publish: (subject, message) => silence.over || bus.publish(subject, message) }
    const silence = { over: false }
    const [one, two, three] = [open(bus, 'one'), open(deaf, 'two'), open(bus, 'three')]
    one.enter('inbox', 'a-1')
    two.enter('inbox', 'a-2')
    await settled()
    assert.deepEqual(three.listAt('inbox'), ['a-1', 'a-2'])
    await one.close()
    await settled()
    assert.deepEqual(three.listAt('inbox'), ['a-1', 'a-2'], 'whoever was there is expected elsewhere in a moment')
    for (let time = 0; time < 10; time += 1) await pass(2_000)
    assert.deepEqual(three.listAt('inbox'), ['a-2'], 'it tells of them again and again')
    silence.over = true
    for (let time = 0; time < 5; time += 1) await pass(2_000)
    assert.deepEqual([three.listAt('inbox'), three.changes], [[], ['+a-1@inbox', '+a-2@inbox', '-a-1@inbox', '-a-2@inbox']])
  })

  it('is known to a process that starts later', async () => {
    const bus = openSharedBus()
    open(bus, 'one').enter('inbox', 'a-1')
    await settled()
    const two = open(bus, 'two')
    await pass(2_000)
    assert.deepEqual(two.listAt('inbox'), ['a-1'])
  })

  it('harms nothing where what it says can not be read', async () => {
    const bus = openSharedBus()
    const { isAt, enter } = open(bus, 'one')
    enter('inbox', 'a-1')
    for (const message of [null, {}, { instance: 'x' }, { instance: 'x', present: [['inbox']] }, { instance: 'one', present: [] }]) bus.publish('test.presence', message)
    await settled()
    assert.equal(isAt('inbox', 'a-1'), true)
  })
})

describe('whoever comes and goes wherever', () => {
  it('is at a place as far as a window of theirs is, and everybody who listens knows the same in the end', async () => {
    const steps = fc.array(fc.record({ at: fc.nat(1), who: fc.constantFrom('a', 'b'), place: fc.constantFrom('x', 'y'), leaves: fc.boolean(), ms: fc.constantFrom(0, 1_000, 9_000) }), { maxLength: 30 })
    await fc.assert(fc.asyncProperty(steps, async (all) => {
      const bus = openSharedBus()
      const processes = [open(bus, 'one'), open(bus, 'two')]
      const windows: { readonly key: string; readonly leave: () => void }[] = []
      for (const { at, who, place, leaves, ms } of all) {
        const key = `${who}@${place}`
        const index = windows.findIndex((window) => window.key === key)
        if (leaves && index >= 0) windows.splice(index, 1)[0]?.leave()
        else windows.push({ key, leave: processes[at]?.enter(place, who) ?? assert.fail() })
        await settled(2)
        await pass(ms)
        for (const open of windows) assert.equal(processes.every(({ isAt }) => isAt(open.key.slice(2), open.key.slice(0, 1))), true, open.key)
      }
      await pass(graceMs)
      for (const { changes, listAt, close } of processes) {
        const there = ['x', 'y'].flatMap((place) => listAt(place).map((who) => `${who}@${place}`)).toSorted()
        assert.deepEqual(there, [...new Set(windows.map(({ key }) => key))].toSorted())
        const told = new Map<string, boolean>()
        for (const change of changes) {
          const [is, key] = [change.startsWith('+'), change.slice(1)]
          assert.equal(told.get(key) ?? false, !is, 'a change that is none')
          told.set(key, is)
        }
        assert.deepEqual([...told].flatMap(([key, is]) => (is ? [key] : [])).toSorted(), there)
        await close()
      }
    }), { numRuns: 60 })
  })
})
