import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { valueAt } from '../kit/asking.ts'
import type { SmallHub } from '../kit/small-hub.ts'
import { openAcknowledged } from '../kit/socket-client.ts'
import type { Talk } from '../kit/talk.ts'
import { openTalkHub, subscribe } from '../kit/talk-hub.ts'
import { until } from '../kit/until.ts'

/* One execution of an event for all who may see the same, and for nobody else. */

describe('sharing', () => {
  const shared = async (query: string, claims: readonly Parameters<SmallHub['token']>[0][]): Promise<{ counts: Talk['counts']; results: readonly unknown[] }> => {
    await using opened = await openTalkHub()
    const sockets = await Promise.all(claims.map(async (one) => openAcknowledged(opened.hub.url, await opened.hub.token(one))))
    for (const raw of sockets) raw.send(subscribe('1', 'r', query))
    await until(() => opened.talk.listening('r') === claims.length)
    opened.talk.say('r', 'hello')
    const results = await Promise.all(sockets.map(async (raw) => valueAt(await raw.next(), 'payload', 'data')))
    await Promise.all(sockets.map((raw) => raw[Symbol.asyncDispose]()))
    return { counts: opened.talk.counts, results }
  }
  const agents = (departments: readonly (readonly string[])[]) => departments.map((of, index) => ({ role: 'agent', name: `agent-${index}`, departments: of }) as const)
  const joined = 'subscription ($room: ID!) { said(room: $room) { text author { name place } } }'

  it('executes an event once for all who may see the same', async () => {
    const { counts, results } = await shared(joined, agents([['a', 'b'], ['b', 'a'], ['a', 'b']]))
    assert.deepEqual(counts, { text: 1, name: 1, place: 1, slowly: 0 })
    assert.equal(new Set(results.map((one) => JSON.stringify(one))).size, 1)
  })

  it('never does so for other departments, other visitors or other roles', async () => {
    assert.equal((await shared(joined, agents([['a'], ['b'], ['a', 'b']]))).counts.text, 3)
    const visitors = [{ role: 'visitor', name: 'v1' }, { role: 'visitor', name: 'v2' }, { role: 'visitor', name: 'v2', customer: 'C-1' }, { role: 'admin', name: 'v1' }] as const
    assert.equal((await shared(joined, visitors)).counts.text, 4)
  })

  it('never does so where the selection has a field that depends on who asks', async () => {
    const { counts, results } = await shared('subscription ($room: ID!) { said(room: $room) { text mine } }', agents([['a'], ['a']]))
    assert.equal(counts.text, 2)
    assert.deepEqual(results, ['agent-0', 'agent-1'].map((mine) => ({ said: { text: 'hello', mine } })))
    const inFragment = await shared('subscription ($room: ID!) { said(room: $room) { ...F } } fragment F on Said { text m: mine author { place } }', agents([['a'], ['a']]))
    assert.equal(inFragment.counts.text, 2)
  })
})
