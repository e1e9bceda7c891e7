import type { Rules } from '../department-rules.ts'
import type { RoutingDecision } from '../routing-decision.ts'
import type { RuleBook } from '../rule-book.ts'
import { decide } from './decide.ts'
import type { Classify, Question } from './decide.ts'
import type { Learning } from './learning.ts'

/** Decides by the present rules, with what was learned from the present examples. `rules`: other ones than the present. */
export type Router = (question: Question, rules?: Rules) => RoutingDecision

const nothingLearned: Classify = () => ({ best: null, scores: [] })

const classifyBy = ({ model }: Pick<Learning, 'model'>): Classify => (model ? (text) => model.classify(text) : nothingLearned)

export const openRouter = (book: Pick<RuleBook, 'current'>, learning: Pick<Learning, 'model'>): Router =>
  (question, rules = book.current.rules) => {
    const startedAt = performance.now()
    const decision = decide(question, rules, classifyBy(learning))
    const tookMicros = (performance.now() - startedAt) * 1_000
    // A decision is explained by the rules and by what was learned.
    const rulesVersion = `${decision.rulesVersion}+${learning.model?.id.slice(0, 12) ?? 'none'}`
    return { ...decision, rulesVersion, decidedAt: question.at, tookMicros }
  }
