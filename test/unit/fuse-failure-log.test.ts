import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Cancelled, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'
import { openFailureLog } from '../../fuse/failure-log.ts'
import { openRegistry } from '../../fuse/registry.ts'
import { asking, handClock, openBackend, shortSettings, stopTime } from '../kit/fuses.ts'

type Line = Readonly<Record<string, unknown>>

const openLines = () => {
  const lines: Line[] = []
  const keep = (fields: object, message: string) => void lines.push({ ...fields, message })
  return { lines, log: { info: keep, warn: keep } }
}

describe('the log of failures', () => {
  it('says why a call failed, once in ten seconds for each code, and how often it said nothing', async () => {
    using time = stopTime()
    const { lines, log } = openLines()
    const tell = openFailureLog('crm', handClock, log)
    const refused = new Unreachable('crm', 'connection refused')
    for (let index = 0; index < 100; index += 1) tell(refused)
    tell(new TimedOut('crm', 'late'))
    assert.deepEqual(lines.map(({ err }) => err), [refused, new TimedOut('crm', 'late')])
    await time.pass(10_000, 1_000)
    tell(refused)
    assert.deepEqual(lines.at(-1), { backend: 'crm', err: refused, unsaid: 99, message: 'a call of a backend failed' })
  })

  it('tells of what a backend refuses, and not of callers who hang up or of answers', () => {
    const { lines, log } = openLines()
    const tell = openFailureLog('crm', handClock, log)
    tell(undefined)
    tell(new Cancelled())
    assert.deepEqual(lines, [])
    tell(new Refused('crm', 'status 401'))
    assert.equal(lines.length, 1)
  })

  it('is told of each attempt by the fuse', async () => {
    const { lines, log } = openLines()
    await using registry = openRegistry({ instance: 'node-1', staleBytes: 0, log })
    const backend = openBackend()
    const failure = new Unreachable('crm', 'connection refused')
    backend.fails(() => failure)
    const fuse = registry.open({ backend: 'crm', protocol: 'form', settings: shortSettings })
    await assert.rejects(fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt))('a', asking()))
    assert.deepEqual(lines, [{ backend: 'crm', err: failure, message: 'a call of a backend failed' }])
  })
})
