import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nearest } from '../../subgraphs/nearest.ts'

const known = ['timeoutMs', 'concurrency', 'queueSize', 'retries', 'breaker', 'url']

const meant: readonly (readonly [typed: string, meant: string | null])[] = [
  ['timeoutMs', 'timeoutMs'],
  ['timeoutms', 'timeoutMs'],
  ['timoutMs', 'timeoutMs'],
  ['timeout', 'timeoutMs'],
  ['Retries', 'retries'],
  ['retrys', 'retries'],
  ['braeker', 'breaker'],
  ['ur', 'url'],
  ['uri', 'url'],
  ['x', null],
  ['', null],
  ['password', null],
  ['__proto__', null],
]

describe('the nearest word', () => {
  for (const [typed, word] of meant) {
    it(`to ${JSON.stringify(typed)} is ${word ?? 'none'}`, () => assert.equal(nearest(typed, known), word))
  }

  it('is the first of those that are equally near', () => assert.equal(nearest('cat', ['bat', 'hat']), 'bat'))

  it('is none where there are no words', () => assert.equal(nearest('url', []), null))
})
