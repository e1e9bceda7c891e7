import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultRules } from '../../subgraphs/department-rules.ts'
import type { Learned } from '../../subgraphs/routing/learning.ts'
import { openRouter } from '../../subgraphs/routing/router.ts'
import { rulesOf } from '../kit/chat-placing.ts'

const question = { text: 'the API is down', asker: { kind: 'visitor' }, chosen: null, at: 5 } as const
const nothing = (why: string | null): Learned => ({ kind: 'nothing', why })

const book = { current: { rules: defaultRules, examples: [] } }

describe('a router', () => {
  it('goes the default route while nothing is learned, and says so', () => {
    const decision = openRouter(book, { learned: nothing('the examples are still being learned') })(question)
    assert.deepEqual([decision.departmentPath, decision.intent, decision.fallback, decision.decidedAt], ['support', null, true, 5])
    assert.match(decision.reasons.join(), /the examples are still being learned/)
  })

  it('says no such thing where there is nothing to be learned', () => {
    assert.deepEqual(openRouter(book, { learned: nothing(null) })(question).reasons, ['“the API is down” reads as nothing that is known', 'the default route takes it: support'])
  })

  it('decides by what is learned now, and by other rules where it is asked to, and tells which', () => {
    const model = { id: '0123456789abcdef', threshold: 0.5, intents: ['outage'], bytes: 1, classify: () => ({ best: { name: 'outage', score: 0.9 }, scores: [{ name: 'outage', score: 0.9 }] }) }
    const learning: { learned: Learned } = { learned: nothing('nothing yet') }
    const route = openRouter(book, learning)
    learning.learned = { kind: 'model', model }
    const other = rulesOf('{ default: a, departments: { a: {}, b: {} } }').rules
    const [present, edited] = [route(question), route(question, other)]
    assert.deepEqual([present.intent?.name, present.departmentPath, edited.departmentPath], ['outage', 'support', 'a'])
    assert.deepEqual([present.rulesVersion, edited.rulesVersion], [`${defaultRules.version}+0123456789ab`, `${other.version}+0123456789ab`])
    assert.ok(present.tookMicros > 0)
  })
})
