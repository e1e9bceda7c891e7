import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import type { Before, ChatEvent, Conversation } from '../../subgraphs/chat/conversation.ts'
import type { ConversationItem } from '../../subgraphs/chat/items.ts'
import { openQueues } from '../../subgraphs/chat/queues.ts'
import { changeOf, conversationOf, settled, silent } from '../kit/chat.ts'

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }))
afterEach(() => mock.timers.reset())

const open = (isHeard: (id: string) => boolean = () => true) => {
  const waiting = new Map<string, string[]>()
  const told: string[] = []
  const asked: string[] = []
  const state = { failing: false }
  const queues = openQueues({
    log: silent,
    store: {
      listQueue: async (path, limit) => {
        asked.push(path)
        if (state.failing) throw new Error('gone')
        return (waiting.get(path) ?? []).slice(0, limit)
      },
    },
    live: {
      isHeard,
      tell: (id, staff, visitor) => {
        assert.equal(staff, visitor)
        told.push(describeItem(id, staff))
      },
    },
  })
  return { queues, waiting, told, asked, state }
}

const describeItem = (id: string, item: ConversationItem | null) => (item?.kind === 'QUEUE' ? `${id} is ${item.position} in ${item.estimatedWaitMs ?? '?'}` : assert.fail(item?.kind))

const before = (more: Partial<Conversation> = {}): Before => conversationOf(more)
const moved = (from: Before | null, to: Partial<Conversation>, kind: Exclude<ChatEvent['kind'], 'MESSAGE'> = 'TRANSFERRED', at = Date.now()) =>
  changeOf(1, { before: from, conversation: conversationOf(to), at }, kind)
const opened = () => moved(null, {}, 'OPENED')
const accepted = (at?: number) => moved(before(), { status: 'ACTIVE', agentId: 'a-1' }, 'ACCEPTED', at)

const look = async () => {
  mock.timers.tick(200)
  await settled(2)
}

describe('a queue', () => {
  it('tells each who waits where they stand, once for all that moved it within a fifth of a second', async () => {
    const { queues, waiting, told, asked } = open()
    waiting.set('sales', ['c-1', 'c-2', 'c-3'])
    for (let time = 0; time < 50; time += 1) queues.observe(opened())
    assert.deepEqual(told, [])
    await look()
    assert.deepEqual([asked, told], [['sales'], ['c-1 is 1 in ?', 'c-2 is 2 in ?', 'c-3 is 3 in ?']])
  })

  it('tells only whose place has changed', async () => {
    const { queues, waiting, told } = open()
    waiting.set('sales', ['c-1', 'c-2'])
    queues.observe(opened())
    await look()
    told.length = 0
    waiting.set('sales', ['c-1', 'c-2', 'c-3'])
    queues.observe(opened())
    await look()
    assert.deepEqual(told, ['c-3 is 3 in ?'])
    waiting.set('sales', ['c-2', 'c-3'])
    queues.observe(accepted())
    await look()
    assert.deepEqual(told.slice(1), ['c-2 is 1 in ?', 'c-3 is 2 in ?'])
  })

  it('is not looked at for what moves nobody', async () => {
    const { queues, asked } = open()
    queues.observe(moved(before(), {}, 'LABELLED'))
    queues.observe(moved(before({ status: 'ACTIVE', agentId: 'a-1' }), { status: 'CLOSED', agentId: 'a-1' }, 'CLOSED'))
    queues.observe(moved(before({ status: 'OFFLINE' }), { status: 'CLOSED' }, 'CLOSED'))
    await look()
    assert.deepEqual(asked, [])
  })

  it('is looked at where somebody left, and where they went', async () => {
    const { queues, asked } = open()
    queues.observe(moved(before(), { departmentPath: 'tech' }))
    await look()
    assert.deepEqual(asked.toSorted(), ['sales', 'tech'])
  })

  it('tells nobody who does not listen, and whoever comes back whatever they were not told', async () => {
    const heard = new Set(['c-1'])
    const { queues, waiting, told } = open((id) => heard.has(id))
    const turn = async (ids: string[]) => {
      waiting.set('sales', ids)
      queues.observe(opened())
      await look()
    }
    await turn(['c-2', 'c-1'])
    heard.delete('c-1')
    await turn(['c-1', 'c-2'])
    heard.add('c-1')
    await turn(['c-2', 'c-1'])
    assert.deepEqual(told, ['c-1 is 2 in ?', 'c-1 is 2 in ?'])
  })

  it('tells whoever waits again where they stand, though it is where they stood', async () => {
    const { queues, waiting, told } = open()
    waiting.set('sales', ['c-1'])
    queues.observe(opened())
    await look()
    queues.observe(accepted())
    await look()
    queues.observe(moved(before({ status: 'ACTIVE', agentId: 'a-1' }), {}))
    await look()
    assert.equal(told.filter((line) => line.startsWith('c-1 is 1')).length >= 2, true)
  })

  it('that can not be read is looked at again when it moves again', async () => {
    const { queues, waiting, told, state } = open()
    waiting.set('sales', ['c-1'])
    state.failing = true
    queues.observe(opened())
    await look()
    state.failing = false
    queues.observe(opened())
    await look()
    assert.deepEqual(told, ['c-1 is 1 in ?'])
  })

  it('is looked at no more when it is closed', async () => {
    const { queues, asked } = open()
    queues.observe(opened())
    queues[Symbol.dispose]()
    await look()
    assert.deepEqual(asked, [])
  })
})

describe('how long it takes', () => {
  it('is told by the pace of what was accepted, as soon as that is three times', () => {
    const { queues } = open()
    for (const at of [0, 60_000, 120_000]) {
      assert.equal(queues.estimateMs('sales', 1), null)
      mock.timers.setTime(at)
      queues.observe(accepted())
    }
    mock.timers.setTime(180_000)
    assert.deepEqual([1, 2, 10].map((place) => queues.estimateMs('sales', place)), [60_000, 120_000, 600_000])
    assert.equal(queues.estimateMs('tech', 1), null)
  })

  it('is of the last hour alone, and of the last twenty', () => {
    const { queues } = open()
    for (let index = 0; index < 30; index += 1) {
      mock.timers.setTime(index * 1_000)
      queues.observe(accepted())
    }
    assert.equal(queues.estimateMs('sales', 1), Math.round(19_000 / 20))
    mock.timers.setTime(3_600_000 + 30_000)
    assert.equal(queues.estimateMs('sales', 1), null)
  })

  it('does not count what was taken from nowhere, or only moved', () => {
    const { queues } = open()
    for (let time = 0; time < 5; time += 1) {
      queues.observe(moved(before({ status: 'OFFLINE' }), { status: 'ACTIVE', agentId: 'a-1' }, 'ACCEPTED'))
      queues.observe(moved(before(), { departmentPath: 'tech' }))
    }
    assert.deepEqual([queues.estimateMs('sales', 1), queues.estimateMs('tech', 1)], [null, null])
  })
})
