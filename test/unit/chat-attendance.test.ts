import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openMemoryBus } from '../../bus/memory.ts'
import { openAttendance } from '../../subgraphs/chat/attendance.ts'
import { atInbox, openPresence } from '../../subgraphs/chat/presence.ts'
import { silent } from '../kit/chat.ts'

type Writing = { readonly ids: readonly string[]; readonly at: number; readonly end: (error?: Error) => void }

/** One agent is there since before anything is said; each writing ends when the test lets it. */
const openOffice = () => {
  const opening = new AsyncDisposableStack()
  const bus = opening.use(openMemoryBus(silent))
  const presence = opening.use(openPresence({ bus, instance: 'one', subject: 'chat.presence', graceMs: 0 }))
  presence.enter(atInbox, 'a')
  const writings: Writing[] = []
  const seeAgents = (ids: readonly string[], _: boolean, at: number) => {
    const written = Promise.withResolvers<undefined>()
    writings.push({ ids, at, end: (error) => (error ? written.reject(error) : written.resolve(undefined)) })
    return written.promise
  }
  const attendance = openAttendance({ store: { seeAgents }, presence, guarded: (work) => work, told: () => undefined, now: () => 0 })
  return { attendance, writings, [Symbol.asyncDispose]: () => opening.disposeAsync() }
}

/** Everything that only waits for promises has been done. */
const settled = () => new Promise(setImmediate)

describe('who is said to be there again', () => {
  it('is written before anybody who asked for it goes on, also those who asked while it was written', async () => {
    await using office = openOffice()
    const { attendance, writings } = office
    const went: string[] = []
    const [first, second] = ['first', 'second'].map((name, index) => attendance.sayAgain(10_000 + index).then(() => went.push(name)))
    await settled()
    assert.deepEqual([went, writings.map(({ ids, at }) => [ids, at])], [[], [[['a'], 10_000]]])
    writings[0]?.end()
    await Promise.all([first, second])
    assert.deepEqual([went, writings.length], [['first', 'second'], 1])
  })

  it('is written once more for whoever asked much later than that which is being written', async () => {
    await using office = openOffice()
    const { attendance, writings } = office
    const [first, second] = [attendance.sayAgain(10_000), attendance.sayAgain(700_000)]
    await settled()
    writings[0]?.end()
    await first
    await settled()
    assert.deepEqual(writings.map(({ at }) => at), [10_000, 700_000])
    writings[1]?.end()
    await second
  })

  it('counts as unsaid where it could not be written', async () => {
    await using office = openOffice()
    const { attendance, writings } = office
    const [first, second] = [attendance.sayAgain(10_000), attendance.sayAgain(10_001)]
    const failed = assert.rejects(first, /the database is away/)
    await settled()
    writings[0]?.end(new Error('the database is away'))
    await failed
    await settled()
    assert.deepEqual(writings.map(({ at }) => at), [10_000, 10_001])
    writings[1]?.end()
    await second
  })

  it('is not said again before its time', async () => {
    await using office = openOffice()
    await office.attendance.sayAgain(9_999)
    assert.deepEqual(office.writings, [])
  })
})
