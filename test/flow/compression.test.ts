import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { getIntrospectionQuery } from 'graphql'
import { startSmallHub } from '../kit/small-hub.ts'
import type { SmallHub } from '../kit/small-hub.ts'
import { openTalk } from '../kit/talk.ts'

describe('what goes out by HTTP', () => {
  let hub: SmallHub
  before(async () => {
    hub = await startSmallHub(openTalk().subgraphs)
  })
  after(() => hub[Symbol.asyncDispose]())

  const ask = async (query: string, encodings: string) => {
    const headers = { 'content-type': 'application/json', 'accept-encoding': encodings, authorization: `Bearer ${await hub.token()}` }
    return fetch(hub.url, { method: 'POST', headers, body: JSON.stringify({ query }) })
  }

  for (const encoding of ['gzip', 'br', 'zstd']) {
    it(`is compressed where it is large and its client takes ${encoding}`, async () => {
      const [plain, compressed] = [await ask(getIntrospectionQuery(), 'identity'), await ask(getIntrospectionQuery(), encoding)]
      assert.equal(compressed.headers.get('content-encoding'), encoding)
      assert.equal(plain.headers.get('content-encoding'), null)
      assert.deepEqual(await compressed.json(), await plain.json())
    })
  }

  it('is as it is where it is small', async () => {
    const answer = await ask('{ __typename }', 'gzip')
    assert.equal(answer.headers.get('content-encoding'), null)
    assert.deepEqual(await answer.json(), { data: { __typename: 'Query' } })
  })
})
