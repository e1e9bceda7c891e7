import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Failure } from '../../console/src/graphql/failure.ts'
import { backendOf, dueAt, freshnessOf, glanceAt, neverAsked, withAsking, withoutAsking, withReading, worstOf } from '../../console/src/kit/freshness-words.ts'
import type { Asked, FuseGlance, KnownFuse, Stamp } from '../../console/src/kit/freshness-words.ts'

const failure = (code: string, more: Partial<Failure> = {}): Failure => ({ code, backend: 'crm', retryAfterMs: null, requestId: null, path: [], ...more })
const stamp = (state: Stamp['state'], ageMs = 0): Stamp => ({ backend: 'crm', state, ageMs })
const answered = (source: Stamp | null, at = 1_000, was: Asked<string> = neverAsked) => withReading(was, { is: 'ANSWER', value: 'Ann', source }, [], at)
const failed = (failures: readonly Failure[], at = 1_000, was: Asked<string> = neverAsked) => withReading(was, { is: 'SILENT' }, failures, at)
const open = (retryAt: number | null, more: Partial<FuseGlance> = {}): FuseGlance => ({ state: 'OPEN', retryAt, isHeld: false, lastErrorCode: 'BACKEND_TIMEOUT', ...more })
const closed: FuseGlance = { state: 'CLOSED', retryAt: null, isHeld: false, lastErrorCode: null }
const fuse = (more: Partial<KnownFuse>): KnownFuse => ({ backend: 'crm', state: 'CLOSED', retryAfterMs: null, heldUntil: null, lastErrorCode: null, receivedAt: 0, ...more })

describe('what is said of a block', () => {
  test('nothing is claimed before the first answer', () => {
    assert.deepEqual(freshnessOf(withAsking(neverAsked, 5), 'crm', null, 10), { is: 'WAITING' })
  })

  test('what was read live is live, and its age counts on from when it came', () => {
    assert.deepEqual(freshnessOf(answered(stamp('LIVE')), 'crm', closed, 13_000), { is: 'LIVE', ageMs: 12_000 })
  })

  test('the age of what was cached is the one that it came with and the time since', () => {
    assert.deepEqual(freshnessOf(answered(stamp('CACHED', 12_000)), 'crm', closed, 4_000), { is: 'CACHED', ageMs: 15_000 })
  })

  test('what is stale says who is silent, and when it is tried again', () => {
    const asked = answered(stamp('STALE', 240_000))
    assert.deepEqual(freshnessOf(asked, 'crm', open(9_000), 2_000), { is: 'STALE', ageMs: 241_000, trouble: { backend: 'crm', why: 'SILENT' }, nextTryMs: 7_000 })
  })

  test('what was live is behind once its fuse has opened', () => {
    const fresh = freshnessOf(answered(stamp('LIVE')), 'crm', open(9_000, { lastErrorCode: 'BACKEND_UNAVAILABLE' }), 2_000)
    assert.deepEqual(fresh, { is: 'STALE', ageMs: 1_000, trouble: { backend: 'crm', why: 'UNREACHABLE' }, nextTryMs: 7_000 })
  })

  test('without a first answer it is unavailable, until when the hub said', () => {
    const asked = failed([failure('FUSE_OPEN', { retryAfterMs: 9_000 })])
    assert.deepEqual(freshnessOf(asked, 'crm', null, 1_500), { is: 'UNAVAILABLE', keptAgeMs: null, trouble: { backend: 'crm', why: 'PAUSED' }, nextTryMs: 8_500 })
  })

  test('what was there before a failure keeps its value, and its age counts on', () => {
    const asked = failed([failure('BACKEND_TIMEOUT')], 5_000, answered(stamp('CACHED', 2_000)))
    assert.equal(asked.answer?.value, 'Ann')
    assert.deepEqual(freshnessOf(asked, 'crm', closed, 6_000), { is: 'UNAVAILABLE', keptAgeMs: 7_000, trouble: { backend: 'crm', why: 'SILENT' }, nextTryMs: 0 })
  })

  test('a backend that an operator holds off is said to be held', () => {
    assert.deepEqual(freshnessOf(failed([failure('FUSE_OPEN')]), 'crm', open(60_000, { isHeld: true }), 1_000), {
      is: 'UNAVAILABLE', keptAgeMs: null, trouble: { backend: 'crm', why: 'HELD' }, nextTryMs: 59_000,
    })
  })

  test('a hub that can not be reached is no backend\'s trouble', () => {
    const fresh = freshnessOf(failed([failure('HUB_UNREACHABLE', { backend: null })]), 'crm', closed, 1_000)
    assert.deepEqual(fresh.is === 'UNAVAILABLE' && fresh.trouble, { backend: null, why: 'HUB' })
  })

  test('an answer with an error at one row is as good as its other rows', () => {
    const asked = withReading(neverAsked, { is: 'ANSWER', value: 'Ann', source: stamp('LIVE') }, [failure('BACKEND_MALFORMED')], 1_000)
    assert.deepEqual(freshnessOf(asked, 'crm', closed, 1_000), { is: 'LIVE', ageMs: 0 })
    assert.equal(dueAt(asked, closed), null)
  })
})

describe('when a block asks again by itself', () => {
  test('never while it is being asked, nor without a reason', () => {
    assert.equal(dueAt(neverAsked, null), null)
    assert.equal(dueAt(answered(stamp('LIVE')), closed), null)
    assert.equal(dueAt(withAsking(failed([failure('BACKEND_TIMEOUT')]), 2_000), closed), null)
    assert.equal(dueAt(withoutAsking(withAsking(failed([failure('BACKEND_TIMEOUT')]), 2_000)), closed), 2_000)
  })

  test('when the fuse lets through, which is later than the hub said it would be', () => {
    assert.equal(dueAt(failed([failure('FUSE_OPEN', { retryAfterMs: 1_000 })]), open(9_000)), 9_000)
  })

  test('after a pause that grows to five seconds, where nobody says when', () => {
    let asked = failed([failure('BACKEND_TIMEOUT')], 0)
    const pauses = [dueAt(asked, closed)]
    for (let i = 0; i < 4; i += 1) {
      asked = failed([failure('BACKEND_TIMEOUT')], 0, asked)
      pauses.push(dueAt(asked, closed))
    }
    assert.deepEqual(pauses, [1_000, 2_000, 4_000, 5_000, 5_000])
  })

  test('not at once again, where a fuse that should let through by now still does not', () => {
    assert.equal(dueAt(failed([failure('FUSE_OPEN')], 20_000), open(9_000)), 21_000)
  })

  test('never, where the same question gets the same refusal', () => {
    assert.equal(dueAt(failed([failure('BACKEND_REFUSED')]), closed), null)
    assert.equal(dueAt(failed([failure('FORBIDDEN')]), closed), null)
    assert.notEqual(dueAt(failed([failure('FORBIDDEN'), failure('BACKEND_TIMEOUT')]), closed), null)
  })

  test('an answer that reaches the backend ends the counting of attempts', () => {
    const behind = answered(stamp('STALE'), 0, failed([failure('BACKEND_TIMEOUT')], 0))
    assert.equal(behind.attempts, 2)
    assert.equal(answered(stamp('LIVE'), 0, behind).attempts, 0)
  })
})

describe('the fuse of a backend', () => {
  test('is the one of its name that lets through the soonest', () => {
    const fuses = [fuse({ state: 'OPEN', retryAfterMs: 500, receivedAt: 100 }), fuse({ backend: 'orders' }), fuse({ state: 'OPEN', retryAfterMs: 200, receivedAt: 100 })]
    assert.equal(glanceAt(fuses, 'crm')?.retryAt, 300)
    assert.equal(glanceAt([...fuses, fuse({})], 'crm')?.state, 'CLOSED')
    assert.equal(glanceAt(fuses, 'logistics'), null)
  })
})

describe('whose a block is', () => {
  test('a list is as good as its worst row, and the oldest of these', () => {
    assert.deepEqual(worstOf([stamp('LIVE'), null, stamp('STALE', 5), undefined, stamp('STALE', 9), stamp('CACHED', 20)]), stamp('STALE', 9))
    assert.equal(worstOf([null]), null)
  })

  test('the name that an answer or an error gave wins over the usual one', () => {
    assert.equal(backendOf(neverAsked, 'crm'), 'crm')
    assert.equal(backendOf(failed([failure('BACKEND_TIMEOUT', { backend: 'sugar' })]), 'crm'), 'sugar')
  })
})
