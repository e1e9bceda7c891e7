import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApolloClient, ApolloLink, InMemoryCache, Observable } from '@apollo/client'
import { OperationTypeNode } from 'graphql'
import { Subject } from 'rxjs'
import { openNotices, withNotice } from '../../console/src/guide/notices.ts'
import type { Notice } from '../../console/src/guide/notices.ts'
import { openStore } from '../../console/src/store.ts'
import { until } from '../kit/until.ts'

const notice = (id: string, state: Notice['state'] = 'CHANGED'): Notice => ({
  __typename: 'Citation', id, state, conversationId: 'talk', articleId: 'svn:/a.md', title: 'Returns', revision: '1', agentId: 'agent-1', citedAt: '2026-11-20T04:00:00.000Z',
})

/** A hub that tells what it is told to, and answers each dismissal. */
const openHub = (answer: () => ApolloLink.Result) => {
  const told = new Subject<ApolloLink.Result>()
  const link = new ApolloLink(({ operationType }) => (operationType === OperationTypeNode.SUBSCRIPTION ? told.asObservable() : new Observable((observer) => {
    observer.next(answer())
    observer.complete()
  })))
  const connection = openStore<'CONNECTING' | 'ONLINE' | 'OFFLINE'>('ONLINE')
  const feed = openNotices(new ApolloClient({ link, cache: new InMemoryCache() }), connection)
  const tell = (one: Notice) => told.next({ data: { citationNoticed: one } })
  const ids = () => feed.notices.get().map(({ id }) => id)
  return { feed, connection, tell, ids }
}

const dismissed = (userErrors: readonly unknown[] = []) => ({ data: { dismissCitationNotice: { __typename: 'CitationPayload', citation: null, userErrors } } })

describe('notices of what was cited', () => {
  test('the newest comes first and takes the place of what was told of the same before', () => {
    const all = [notice('a'), notice('b'), notice('a', 'GONE')].reduce<readonly Notice[]>(withNotice, [])
    assert.deepEqual(all.map(({ id, state }) => `${id} ${state}`), ['a GONE', 'b CHANGED'])
  })

  test('what says the same again needs no notice', () => {
    assert.deepEqual(withNotice([notice('a')], notice('a', 'CURRENT')), [])
  })

  test('a dismissed one is gone at once', async () => {
    const hub = openHub(() => dismissed())
    hub.tell(notice('a'))
    hub.tell(notice('b'))
    await until(() => hub.ids().length === 2)
    const dismissing = hub.feed.dismiss('a')
    assert.deepEqual(hub.ids(), ['b'])
    assert.equal(await dismissing, true)
    assert.deepEqual(hub.ids(), ['b'])
    hub.feed.close()
  })

  test('one that the hub would not dismiss is there again', async () => {
    const hub = openHub(() => ({ data: null, errors: [{ message: 'the database can not be asked' }] }))
    hub.tell(notice('a'))
    await until(() => hub.ids().length === 1)
    assert.equal(await hub.feed.dismiss('a'), false)
    assert.deepEqual(hub.ids(), ['a'])
    hub.feed.close()
  })

  test('a connection that comes back begins anew', async () => {
    const hub = openHub(() => dismissed())
    hub.tell(notice('a'))
    await until(() => hub.ids().length === 1)
    hub.connection.set(() => 'OFFLINE')
    assert.deepEqual(hub.ids(), ['a'])
    hub.connection.set(() => 'ONLINE')
    assert.deepEqual(hub.ids(), [])
    hub.feed.close()
  })
})
