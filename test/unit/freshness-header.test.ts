import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatFreshness, parseFreshness } from '../../subgraphs/freshness.ts'

const defaults = { maxAgeMs: 2_000, staleIfErrorMs: 600_000, onlyIfCached: false }

/** What each header accepts, in milliseconds. */
const headers: readonly (readonly [header: string, maxAgeMs: number, staleIfErrorMs: number])[] = [
  ['', 2_000, 600_000],
  ['no-cache', 0, 0],
  ['no-store', 0, 0],
  ['NO-CACHE', 0, 0],
  ['no-cache, stale-if-error=60', 0, 60_000],
  ['no-cache, max-age=60', 0, 0],
  ['no-cache, stale-if-error=0', 0, 0],
  ['max-age=5', 5_000, 600_000],
  ['max-age="5"', 5_000, 600_000],
  ['Max-Age = 5 , Stale-If-Error = 7', 5_000, 7_000],
  ['max-age=0', 0, 600_000],
  ['stale-if-error=0', 2_000, 0],
  // What can't be read is passed over.
  ['max-age=-5', 2_000, 600_000],
  ['max-age=5.5', 2_000, 600_000],
  ['max-age=1e3', 2_000, 600_000],
  ['max-age=', 2_000, 600_000],
  ['max-age', 2_000, 600_000],
  ['max-age=99999999999999999999', 2_000, 600_000],
  ['max-age=5;stale-if-error=7', 2_000, 600_000],
  ['community="UCI", max-age=5', 5_000, 600_000],
  [',,,', 2_000, 600_000],
  ['__proto__=5, constructor, max-age=5', 5_000, 600_000],
]

describe('Cache-Control of a request', () => {
  for (const [header, maxAgeMs, staleIfErrorMs] of headers) {
    it(`"${header}" accepts an age of ${maxAgeMs} ms, and ${staleIfErrorMs} ms where the backend fails`, () =>
      assert.deepEqual(parseFreshness(header, defaults), { maxAgeMs, staleIfErrorMs, onlyIfCached: false }))
  }

  it('means the defaults where there is none', () => assert.deepEqual(parseFreshness(undefined, defaults), defaults))

  it('only-if-cached asks no backend', () => assert.deepEqual(parseFreshness('only-if-cached', defaults), { ...defaults, onlyIfCached: true }))

  it('is read in proportion to its length, also where it is hostile', () => {
    const at = performance.now()
    parseFreshness(`max-age=${' '.repeat(100_000)}x`, defaults)
    parseFreshness(`${'-'.repeat(100_000)}=`, defaults)
    assert.ok(performance.now() - at < 500, `${performance.now() - at} ms`)
  })

  it('means the same to a subgraph in another process, in whole seconds', () => {
    const none = { maxAgeMs: 9, staleIfErrorMs: 9, onlyIfCached: false }
    for (const freshness of [defaults, { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false }, { ...defaults, onlyIfCached: true }]) {
      assert.deepEqual(parseFreshness(formatFreshness(freshness), none), freshness)
    }
    assert.equal(formatFreshness({ maxAgeMs: 1_999, staleIfErrorMs: 999, onlyIfCached: false }), 'max-age=1, stale-if-error=0')
  })
})
