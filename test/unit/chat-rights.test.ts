import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Unreachable } from '../../fuse/errors.ts'
import type { Bus } from '../../bus/bus.ts'
import { openMemoryBus } from '../../bus/memory.ts'
import type { Agent, ChatStore, NewAgent } from '../../subgraphs/chat/backend.ts'
import { openRights } from '../../subgraphs/chat/rights.ts'
import { callerOf, openSharedBus, settled, silent } from '../kit/chat.ts'

/** Keeps of each agent what the newest token said, as the store does. */
const openAgents = () => {
  const kept = new Map<string, Agent>()
  const met: (readonly NewAgent[])[] = []
  const meetAgents: ChatStore['meetAgents'] = async (agents) => {
    met.push(agents)
    for (const agent of agents) {
      const before = kept.get(agent.id)
      if (!before || before.tokenAt <= agent.tokenAt) kept.set(agent.id, { ...agent, availability: 'ONLINE', capacity: 5, active: 0, offered: 0, offeredAt: null })
    }
    return agents.map(({ id }) => kept.get(id) ?? assert.fail(id))
  }
  return { meetAgents, met }
}

const open = (agents: Pick<ChatStore, 'meetAgents'> = openAgents(), bus: Bus = openMemoryBus(silent), instance = 'one') => {
  const rights = openRights(agents, bus, instance)
  const changed: string[] = []
  rights.onChange((id) => changed.push(id))
  return { rights, changed }
}

const token = (issuedAt: number, departments: readonly string[], id = 'a-1') => callerOf('AGENT', id, { issuedAt, departments })

describe('an agent', () => {
  it('has what their token says, where there is no later one', async () => {
    const { rights } = open()
    const caller = token(10, ['sales', 'tech'])
    assert.equal(rights.narrow(caller), caller)
    await rights.meet(caller)
    assert.equal(rights.narrow(caller), caller)
  })

  it('who comes with a later token that names fewer departments has lost the others', async () => {
    const { rights, changed } = open()
    const before = token(10, ['sales', 'tech'])
    await rights.meet(before)
    await rights.meet(token(20, ['tech/backend']))
    assert.deepEqual([rights.narrow(before).departments, changed], [['tech/backend'], ['a-1']])
    await rights.meet(token(30, []))
    assert.deepEqual([rights.narrow(before).departments, changed], [[], ['a-1', 'a-1']])
  })

  it('wins nothing for an earlier token by a later one', async () => {
    const { rights } = open()
    const before = token(10, ['tech/backend'])
    await rights.meet(before)
    await rights.meet(token(20, ['tech', 'sales']))
    assert.deepEqual(rights.narrow(before).departments, ['tech/backend'])
  })

  it('loses nothing by an earlier token', async () => {
    const { rights, changed } = open()
    const later = token(20, ['sales'])
    await rights.meet(later)
    await rights.meet(token(10, ['tech']))
    assert.deepEqual([rights.narrow(later), rights.narrow(token(10, ['tech'])).departments, changed], [later, [], []])
  })

  it('is not told to have changed where another token says the same', async () => {
    const { rights, changed } = open()
    for (const at of [10, 20, 30]) await rights.meet(token(at, ['sales']))
    assert.deepEqual(changed, [])
  })

  it('may have a token that tells its time in parts of a second', async () => {
    const agents = openAgents()
    const { rights } = open(agents)
    for (const at of [10.25, 10.75]) await rights.meet(token(at, ['sales']))
    assert.deepEqual(agents.met.map(([agent]) => agent?.tokenAt), [10])
    assert.deepEqual(rights.narrow(token(9.5, ['tech'])).departments, [])
    assert.deepEqual(rights.narrow(token(10.5, ['tech'])).departments, [], 'nobody knows whether it is the later one')
    assert.deepEqual(rights.narrow(token(11.5, ['tech'])).departments, ['tech'])
  })

  it('is one by themselves', async () => {
    const { rights } = open()
    await rights.meet(token(20, ['tech'], 'a-2'))
    assert.deepEqual(rights.narrow(token(10, ['sales'])).departments, ['sales'])
  })

  it('is written down once for each token, and all who come at once together', async () => {
    const agents = openAgents()
    const { rights } = open(agents)
    const all = Array.from({ length: 100 }, (_, index) => token(10, ['sales'], `a-${index}`))
    await Promise.all(all.map((caller) => rights.meet(caller)))
    await Promise.all(all.map((caller) => rights.meet(caller)))
    assert.deepEqual(agents.met.map((batch) => batch.length), [100])
  })

  it('has departments as they are written elsewhere, and none that are no department', async () => {
    const agents = openAgents()
    const { rights } = open(agents)
    await rights.meet(token(10, ['/sales//eu/', '', '/']))
    assert.deepEqual(agents.met[0]?.[0]?.departments, ['sales/eu'])
    await rights.meet(token(20, ['sales']))
    assert.deepEqual(rights.narrow(token(10, ['/sales//eu/', ''])).departments, ['sales/eu'])
  })
})

describe('whoever is no agent', () => {
  it('is not written down, and is not narrowed, though an agent has the same id', async () => {
    const agents = openAgents()
    const { rights } = open(agents)
    await rights.meet(token(20, []))
    for (const role of ['VISITOR', 'ANALYST', 'NOBODY'] as const) {
      const caller = callerOf(role, 'a-1', { departments: ['sales'] })
      await rights.meet(caller)
      assert.equal(rights.narrow(caller), caller)
    }
    assert.equal(agents.met.length, 1)
  })
})

describe('another process', () => {
  it('learns what a later token says, and narrows what it has open', async () => {
    const [agents, bus] = [openAgents(), openSharedBus()]
    const [one, two] = [open(agents, bus, 'one'), open(agents, bus, 'two')]
    const before = token(10, ['sales', 'tech'])
    await two.rights.meet(before)
    await one.rights.meet(token(20, ['sales']))
    await settled()
    assert.deepEqual([two.rights.narrow(before).departments, two.changed, one.changed], [['sales'], ['a-1'], []])
  })

  it('that comes with an old token tells the others nothing that is older than what they know', async () => {
    const [agents, bus] = [openAgents(), openSharedBus()]
    const [one, two] = [open(agents, bus, 'one'), open(agents, bus, 'two')]
    await one.rights.meet(token(20, ['sales']))
    await settled()
    await two.rights.meet(token(10, ['sales', 'tech']))
    await settled()
    assert.deepEqual([one.rights, two.rights].map((rights) => rights.narrow(token(10, ['sales', 'tech'])).departments), [['sales'], ['sales']])
    assert.deepEqual([one.changed, two.changed], [[], []])
  })

  it('that says what can not be read changes nothing', async () => {
    const bus = openSharedBus()
    const { rights } = open(openAgents(), bus)
    await rights.meet(token(10, ['sales']))
    for (const message of [null, {}, { instance: 'two', id: 'a-1', tokenAt: '99', departments: [], name: 'a-1' }]) bus.publish('chat.rights', message)
    await settled()
    assert.deepEqual(rights.narrow(token(5, ['sales'])).departments, ['sales'])
  })
})

describe('a store that can not be asked', () => {
  it('fails the meeting, and is asked again at the next', async () => {
    const agents = openAgents()
    const state = { failing: true }
    const { rights } = open({ meetAgents: async (met) => (state.failing ? Promise.reject(new Unreachable('chat', 'gone')) : agents.meetAgents(met)) })
    await assert.rejects(rights.meet(token(10, ['sales'])), Unreachable)
    state.failing = false
    await rights.meet(token(10, ['sales']))
    assert.equal(agents.met.length, 1)
  })
})
