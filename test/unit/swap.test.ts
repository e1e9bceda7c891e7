import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSwap } from '../../subgraphs/swap.ts'

const openOne = (name: string) => {
  const one = { name, disposed: false, async [Symbol.asyncDispose]() { one.disposed = true } }
  return one
}

describe('a swap', () => {
  it('uses what is there, and disposes it when the last who uses it has ended, well or not', async () => {
    const [first, second] = [openOne('first'), openOne('second')]
    const swap = openSwap(first)
    const [slow, failing] = [Promise.withResolvers<null>(), Promise.withResolvers<null>()]
    const usedByOne = swap.use(async ({ name }) => { await slow.promise; return name })
    const usedByAnother = swap.use(({ name }) => failing.promise.then(() => name))
    const retired = swap.swap(second)
    assert.equal(await swap.use(async ({ name }) => name), 'second')
    slow.resolve(null)
    assert.equal(await usedByOne, 'first')
    assert.equal(first.disposed, false)
    failing.reject(new Error('failed'))
    await assert.rejects(usedByAnother, /failed/)
    await retired
    assert.deepEqual([first.disposed, second.disposed], [true, false])
    await swap[Symbol.asyncDispose]()
    assert.equal(second.disposed, true)
  })

  it('waits at its end for all that it still has in hand', async () => {
    const [first, second] = [openOne('first'), openOne('second')]
    const swap = openSwap(first)
    const slow = Promise.withResolvers<null>()
    const used = swap.use(() => slow.promise)
    void swap.swap(second)
    const ended = swap[Symbol.asyncDispose]()
    assert.equal(first.disposed, false)
    slow.resolve(null)
    await Promise.all([used, ended])
    assert.deepEqual([first.disposed, second.disposed], [true, true])
  })
})
