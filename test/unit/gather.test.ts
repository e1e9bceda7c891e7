import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Cancelled, Faulted, Refused, TimedOut } from '../../fuse/errors.ts'
import { gather } from '../../subgraphs/gather.ts'

describe('gathering answers to many keys', () => {
  test('answers in the order of the keys, whichever is ready first', async () => {
    const ask = async (turns: number): Promise<number> => {
      for (let turn = 0; turn < turns; turn += 1) await setImmediate()
      return turns
    }
    assert.deepEqual(await gather([5, 0, 3, 0], 4, ask), [5, 0, 3, 0])
  })

  test('asks for no more at a time than it may, and for no fewer while keys are left', async () => {
    let [inHand, most] = [0, 0]
    const ask = async (): Promise<void> => {
      inHand += 1
      most = Math.max(most, inHand)
      await setImmediate()
      inHand -= 1
    }
    await gather(Array.from({ length: 20 }), 8, ask)
    assert.equal(most, 8)
  })

  test('asks nothing for no keys', async () => {
    assert.deepEqual(await gather([], 8, () => assert.fail('asked')), [])
  })

  test('puts a failure at the place of its own key', async () => {
    const failure = new TimedOut('orders', 'late')
    const answers = await gather(['a', 'b'], 8, async (key) => {
      if (key === 'b') throw failure
      return key
    })
    assert.deepEqual(answers, ['a', failure])
  })

  test('throws where every key failed, and rather what says that the backend is ill', async () => {
    const ask = async (key: string): Promise<never> => {
      throw key === 'a' ? new Refused('orders', 'no') : new Faulted('orders', 'broken')
    }
    await assert.rejects(gather(['a', 'b'], 8, ask), Faulted)
    await assert.rejects(gather(['a', 'a'], 8, ask), Refused)
  })

  test('throws what is no failure of the backend, and asks for nothing more', async () => {
    const asked: number[] = []
    await assert.rejects(gather([1, 2, 3, 4, 5, 6], 2, async (key) => {
      asked.push(key)
      await setImmediate()
      if (key === 1) throw new Cancelled()
      return key
    }), Cancelled)
    await setImmediate()
    await setImmediate()
    assert.ok(asked.length <= 3, `asked for ${asked.join()}`)
  })
})
