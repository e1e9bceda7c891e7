import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openBatcher } from '../../subgraphs/chat/batcher.ts'

class Gone extends Error {}

const isNobodysFault = (error: unknown) => error instanceof Gone

/** Work that ends when it is told to, and tells which batches it was given. */
const openWork = () => {
  const batches: (readonly number[])[] = []
  const ends: (() => void)[] = []
  return {
    batches,
    work: async (commands: readonly number[]) => {
      batches.push(commands)
      await new Promise<void>((resolve) => ends.push(resolve))
      return commands.map((command) => command * 10)
    },
    /** Ends batches as they come until none is in hand. */
    finish: async (idle: Promise<void>) => {
      const state = { over: false }
      void idle.then(() => (state.over = true))
      const isOver = () => state.over
      while (!isOver()) {
        ends.shift()?.()
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}

/** The result of each, or what its error says. */
const outcomesOf = (runs: readonly Promise<unknown>[]) =>
  Promise.all(runs.map((one) => one.catch((error: unknown) => (error instanceof Error ? error.message : assert.fail(String(error))))))

describe('a batch', () => {
  it('grows with what is asked for while the one before is in hand, up to its bound', async () => {
    const { work, batches, finish } = openWork()
    const batcher = openBatcher(work, { maxBatch: 3, isNobodysFault })
    const runs = [batcher.run(0)]
    await Promise.resolve()
    await Promise.resolve()
    for (const command of [1, 2, 3, 4, 5]) runs.push(batcher.run(command))
    await finish(batcher.idle())
    assert.deepEqual(batches, [[0], [1, 2, 3], [4, 5]])
    assert.deepEqual(await Promise.all(runs), [0, 10, 20, 30, 40, 50])
  })

  it('is joined by what is asked for in the same turn', async () => {
    const { work, batches, finish } = openWork()
    const batcher = openBatcher(work, { maxBatch: 10, isNobodysFault })
    const runs = [batcher.run(1), batcher.run(2)]
    await finish(batcher.idle())
    assert.deepEqual([batches, await Promise.all(runs)], [[[1, 2]], [10, 20]])
  })

  it('begins again after it was idle', async () => {
    const batcher = openBatcher(async (commands: readonly number[]) => commands, { maxBatch: 10, isNobodysFault })
    assert.equal(await batcher.run(1), 1)
    await batcher.idle()
    assert.equal(await batcher.run(2), 2)
    await batcher.idle()
  })

  it('that fails is tried one by one, so that only what is at fault fails, and the order stays', async () => {
    const done: number[] = []
    const work = async (commands: readonly number[]) => {
      if (commands.includes(2)) throw new Error('2 is bad')
      done.push(...commands)
      return commands
    }
    const batcher = openBatcher(work, { maxBatch: 10, isNobodysFault })
    assert.deepEqual(await outcomesOf([1, 2, 3, 4].map((command) => batcher.run(command))), [1, '2 is bad', 3, 4])
    assert.deepEqual(done, [1, 3, 4])
  })

  it('that fails by nobody\'s fault fails as a whole, and is not tried again', async () => {
    let asked = 0
    const work = async (): Promise<readonly number[]> => {
      asked += 1
      throw new Gone('no database')
    }
    const batcher = openBatcher(work, { maxBatch: 10, isNobodysFault })
    assert.deepEqual(await outcomesOf([1, 2, 3].map((command) => batcher.run(command))), ['no database', 'no database', 'no database'])
    assert.equal(asked, 1)
  })

  it('fails what has no result, and what throws before it waits', async () => {
    const short = openBatcher(async () => [7], { maxBatch: 10, isNobodysFault })
    assert.deepEqual(await outcomesOf([short.run(1), short.run(2)]), [7, 'a command of a batch has no result'])
    const thrower = openBatcher((): Promise<readonly number[]> => {
      throw new Error('at once')
    }, { maxBatch: 10, isNobodysFault })
    assert.deepEqual(await outcomesOf([thrower.run(1)]), ['at once'])
  })
})

describe('whatever comes whenever', () => {
  it('is carried out once and in order, and has its own result', async () => {
    const steps = fc.array(fc.record({ pause: fc.boolean(), bad: fc.boolean() }), { maxLength: 30 })
    await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (all, maxBatch) => {
      const done: number[] = []
      const sizes: number[] = []
      const batcher = openBatcher(async (commands: readonly number[]) => {
        sizes.push(commands.length)
        await Promise.resolve()
        if (commands.some((command) => all[command]?.bad)) throw new Error('bad')
        done.push(...commands)
        return commands.map(String)
      }, { maxBatch, isNobodysFault })
      const runs: Promise<string>[] = []
      for (const [index, { pause }] of all.entries()) {
        runs.push(batcher.run(index))
        if (pause) await Promise.resolve()
      }
      assert.deepEqual(await outcomesOf(runs), all.map(({ bad }, index) => (bad ? 'bad' : String(index))))
      assert.deepEqual(done, all.flatMap(({ bad }, index) => (bad ? [] : [index])))
      assert.ok(sizes.every((size) => size <= maxBatch))
    }), { numRuns: 200 })
  })
})

describe('a batch that waits for more', () => {
  const gatherMs = 400
  const openGathering = () => {
    const sizes: number[] = []
    const batcher = openBatcher(async (commands: readonly number[]) => {
      sizes.push(commands.length)
      return commands
    }, { maxBatch: 100, isNobodysFault: () => false, gatherMs })
    return { sizes, batcher }
  }

  it('does so where the one before it held several, and begins at once where it was alone', async () => {
    const { sizes, batcher } = openGathering()
    await batcher.run(1)
    await Promise.all([batcher.run(2), batcher.run(3)])
    assert.deepEqual(sizes, [1, 2])
    const fourth = batcher.run(4)
    await Promise.resolve()
    const fifth = batcher.run(5)
    await new Promise(setImmediate)
    assert.deepEqual(sizes, [1, 2], 'it waits')
    assert.deepEqual([await fourth, await fifth, sizes], [4, 5, [1, 2, 2]])
  })
})
