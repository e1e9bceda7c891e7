import type { Rules } from '../department-rules.ts'
import type { RoutingDecision } from '../routing-decision.ts'
import type { RuleBook } from '../rule-book.ts'
import { decide } from './decide.ts'
import type { Classify, Question } from './decide.ts'
import type { Learned, Learning } from './learning.ts'

/** Decides by the present rules, with what was learned from the present examples. `rules`: other ones than the present. */
export type Router = (question: Question, rules?: Rules) => RoutingDecision

/** What can't be read goes the default route, which then says why. */
const classifyBy = (learned: Learned): Classify => (text) => {
  if (learned.kind === 'model') return learned.model.classify(text)
  if (learned.why !== null) throw new Error(learned.why)
  return { best: null, scores: [] }
}

export const openRouter = (book: Pick<RuleBook, 'current'>, learning: Pick<Learning, 'learned'>): Router =>
  (question, rules = book.current.rules) => {
    const startedAt = performance.now()
    const { learned } = learning
    const decision = decide(question, rules, classifyBy(learned))
    const tookMicros = (performance.now() - startedAt) * 1_000
    // A decision is explained by the rules and by what was learned.
    const rulesVersion = `${decision.rulesVersion}+${learned.kind === 'model' ? learned.model.id.slice(0, 12) : 'none'}`
    return { ...decision, rulesVersion, decidedAt: question.at, tookMicros }
  }
