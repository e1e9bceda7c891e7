import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import pino from 'pino'
import type { RequestContext } from '../../subgraphs/context.ts'
import { readOptions } from '../../subgraphs/context.ts'
import { openLoader } from '../../subgraphs/loading.ts'
import { during, presentSpan } from '../../subgraphs/present-span.ts'
import { anyAge } from '../kit/fuses.ts'
import { openSpan } from '../kit/spans.ts'

const context = (more: Partial<RequestContext> = {}): RequestContext => ({
  caller: { id: 'a', name: 'a', role: 'AGENT', departments: [], customerId: null, verified: true, issuedAt: 0 },
  signal: new AbortController().signal,
  deadlineAt: 0,
  freshness: anyAge,
  requestId: 'request-1',
  log: pino({ level: 'silent' }),
  ...more,
})

describe('what is asked belongs to', () => {
  it('the fetch that began the batch, though another of the same request joined it', async () => {
    const [operation, first, second] = [openSpan('operation'), openSpan('first'), openSpan('second')]
    const request = context({ span: operation })
    const batches: unknown[] = []
    const loader = openLoader(async (keys) => {
      batches.push([keys, readOptions(request).span])
      return keys.map((key) => ({ value: key, source: { backend: 'a', state: 'LIVE', fetchedAt: 0, ageMs: 0 } }))
    })
    await Promise.all([during(first, () => loader.load('a')), during(second, () => loader.load('b'))])
    await during(second, () => loader.load('c'))
    await loader.load('d')
    assert.deepEqual(batches, [[['a', 'b'], first], [['c'], second], [['d'], operation]])
  })

  it('the operation, where a resolver asks after it waited', async () => {
    const [operation, fetch] = [openSpan('operation'), openSpan('fetch')]
    const request = context({ span: operation })
    const late = during(fetch, async () => {
      assert.equal(readOptions(request).span, fetch)
      await Promise.resolve()
      return readOptions(request).span
    })
    assert.equal(presentSpan(), undefined)
    assert.equal(await late, operation)
  })

  it('nobody, where nothing is traced', () => assert.ok(!('span' in readOptions(context()))))

  it('the one before again, when what ran inside has thrown', () => {
    const fetch = openSpan('fetch')
    during(fetch, () => {
      assert.throws(() => during(openSpan('inner'), () => assert.fail()))
      assert.equal(presentSpan(), fetch)
    })
  })
})
