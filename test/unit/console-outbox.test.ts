import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isOfInputMethod, sends } from '../../console/src/conversation/composing.ts'
import { cannedSearch, fillCanned, findCanned } from '../../console/src/conversation/canned.ts'
import { openOutbox } from '../../console/src/conversation/outbox.ts'
import type { Delivery, Outgoing, OutboxShelf } from '../../console/src/conversation/outbox.ts'
import { until } from '../kit/until.ts'

const shelfOf = (kept: Map<string, Outgoing> = new Map()): OutboxShelf & { readonly kept: Map<string, Outgoing> } => ({
  kept,
  list: async () => [...kept.values()],
  put: async (one) => void kept.set(one.clientMessageId, one),
  remove: async (id) => void kept.delete(id),
})

const taken = ({ clientMessageId, body }: Outgoing): Delivery => ({
  is: 'TAKEN',
  message: { __typename: 'Message', id: clientMessageId, seq: 1, position: 1, cursor: '', kind: 'TEXT', body, sentAt: '', clientMessageId, author: { __typename: 'Agent', id: 'me', displayName: 'me' } },
})

const written = (clientMessageId: string, conversationId = 'c') => ({ clientMessageId, conversationId, kind: 'TEXT', body: clientMessageId, writtenAt: 0 } as const)
const alone = (_: string, send: () => Promise<void>) => send()

describe('an outbox', () => {
  it('sends in the order of writing, again and again until the hub has it', async () => {
    const tried: string[] = []
    const shelf = shelfOf()
    const outbox = await openOutbox({
      shelf, alone, onTaken: () => {}, beforeRetry: async () => {},
      deliver: async (one) => {
        tried.push(one.clientMessageId)
        return tried.length < 3 ? { is: 'UNREACHED' } : taken(one)
      },
    })
    await Promise.all(['a', 'b', 'c'].map((id) => outbox.add(written(id))))
    await until(() => outbox.pending.get().length === 0)
    assert.deepEqual(tried, ['a', 'a', 'a', 'b', 'c'])
    assert.equal(shelf.kept.size, 0)
  })

  it('keeps what was refused with its reason, holds up nothing behind it, and tries it again when told', async () => {
    let isAllowed = false
    const shelf = shelfOf()
    const outbox = await openOutbox({
      shelf, alone, onTaken: () => {}, beforeRetry: async () => {},
      deliver: async (one) => (one.clientMessageId === 'a' && !isAllowed ? { is: 'REFUSED', reason: 'CLOSED' } : taken(one)),
    })
    await outbox.add(written('a'))
    await outbox.add(written('b'))
    await until(() => outbox.pending.get().length === 1)
    assert.deepEqual(outbox.pending.get().map(({ state }) => state), [{ is: 'FAILED', reason: 'CLOSED' }])
    assert.deepEqual([...shelf.kept.keys()], ['a'])
    isAllowed = true
    outbox.retry('a')
    await until(() => outbox.pending.get().length === 0)
  })

  it('sends after a reload what a page that is gone had begun to send', async () => {
    const began: Outgoing = { ...written('a'), state: { is: 'SENDING' } }
    const shelf = shelfOf(new Map([['a', began]]))
    const seen: string[] = []
    const outbox = await openOutbox({ shelf, alone, onTaken: ({ body }) => void seen.push(body), beforeRetry: async () => {}, deliver: async (one) => taken(one) })
    await until(() => outbox.pending.get().length === 0)
    assert.deepEqual(seen, ['a'])
  })
})

describe('a key of the composer', () => {
  const enter = { key: 'Enter', keyCode: 13, shiftKey: false, isComposing: false, timeStamp: 1_000 }

  it('sends with Enter, and not with Shift, while composing, or as the commit of an input method', () => {
    assert.equal(sends(enter, -Infinity), true)
    assert.equal(sends({ ...enter, shiftKey: true }, -Infinity), false)
    assert.equal(sends({ ...enter, isComposing: true }, -Infinity), false)
    assert.equal(sends({ ...enter, keyCode: 229 }, 950), false)
    assert.equal(sends({ ...enter, keyCode: 229 }, 500), true)
  })

  it('belongs to an input method while one composes, whatever key it is', () => {
    assert.equal(isOfInputMethod({ ...enter, key: 'ArrowDown', keyCode: 40, isComposing: true }, -Infinity), true)
  })
})

describe('canned replies', () => {
  const all = [
    { __typename: 'CannedReply', id: '1', shortcut: 'refund', body: '退款三天内到账', departmentPath: null },
    { __typename: 'CannedReply', id: '2', shortcut: 'hi', body: 'Hello {visitor}, I am {agent}. About your refund:', departmentPath: null },
  ] as const
  const initialsOf = (text: string) => (text.includes('退款') ? 'tksntdz' : '')

  it('are asked for by one word after a slash', () => {
    assert.deepEqual(['/', '/Re', '/re fund', 'a/b', '//', ''].map(cannedSearch), ['', 're', null, null, null, null])
  })

  it('are found by shortcut, then by words, then by the initials of their Pinyin', () => {
    assert.deepEqual(findCanned(all, 'refund', initialsOf).map(({ id }) => id), ['1', '2'])
    assert.deepEqual(findCanned(all, 'tk', initialsOf).map(({ id }) => id), ['1'])
    assert.deepEqual(findCanned(all, 'zz', initialsOf), [])
  })

  it('take names as they are, patterns and all', () => {
    assert.equal(fillCanned('Hello {visitor}, {agent}', { visitor: '$& {agent}', agent: 'Mei' }), 'Hello $& Mei, Mei')
  })
})
