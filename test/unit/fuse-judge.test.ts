import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TimeoutError } from 'mollitia'
import { Cancelled, Faulted, FuseOpen, Malformed, Overloaded, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'
import { judge, mayRetry, mayServeStale, meaningOfAbort } from '../../fuse/judge.ts'

const verdicts = [
  { failure: new Unreachable('crm', ''), verdict: 'ill', retry: true, stale: true },
  { failure: new Faulted('crm', ''), verdict: 'ill', retry: true, stale: true },
  { failure: new TimedOut('crm', ''), verdict: 'ill', retry: false, stale: true },
  { failure: new TimeoutError(), verdict: 'ill', retry: false, stale: true },
  { failure: new Malformed('crm', ''), verdict: 'ill', retry: false, stale: true },
  { failure: new Refused('crm', ''), verdict: 'well', retry: false, stale: false },
  { failure: new Cancelled(), verdict: 'unknown', retry: false, stale: false },
  { failure: new Overloaded('crm', ''), verdict: 'unknown', retry: false, stale: true },
  { failure: new FuseOpen('crm', ''), verdict: 'unknown', retry: false, stale: true },
  { failure: new TypeError('a defect of ours'), verdict: 'unknown', retry: false, stale: false },
] as const

describe('the judge', () => {
  for (const { failure, verdict, retry, stale } of verdicts) {
    const name = failure instanceof TimeoutError ? "mollitia's TimeoutError" : failure.constructor.name
    it(`calls a backend ${verdict} after ${name}`, () => assert.equal(judge(failure), verdict))
    it(`${retry ? 'lets' : 'does not let'} a read be retried after ${name}`, () => assert.equal(mayRetry(failure), retry))
    it(`${stale ? 'lets' : 'does not let'} a stale value stand in for ${name}`, () => assert.equal(mayServeStale(failure), stale))
  }

  it('takes a deadline that passed for a timeout of the backend', () => {
    const { reason } = abortedWith(new DOMException('too late', 'TimeoutError'))
    assert.ok(meaningOfAbort('crm', reason) instanceof TimedOut)
  })

  it('takes every other abort for a caller that hung up', () => {
    assert.ok(meaningOfAbort('crm', abortedWith(undefined).reason) instanceof Cancelled)
    assert.ok(meaningOfAbort('crm', abortedWith('socket closed').reason) instanceof Cancelled)
    assert.ok(meaningOfAbort('crm', abortedWith(new Error('socket closed')).reason) instanceof Cancelled)
  })
})

const abortedWith = (reason: unknown): { readonly reason: unknown } => {
  const controller = new AbortController()
  controller.abort(reason)
  return { reason: controller.signal.reason }
}
