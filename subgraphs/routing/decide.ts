import { isOpen, mayRaise, sourceOf } from '../department-rules.ts'
import type { Asker, DepartmentRule, Rules } from '../department-rules.ts'
import { departmentPattern, normalizeDepartment, sharedDepth } from '../departments.ts'
import { quote, shareOf, timeOf } from './reason-words.ts'

/*
 * Where a question goes: its intent, the rule of whoever asks, the department that handles it, and, where it is closed, the one that takes
 * its place. Pure, and each step says why. Nothing fails: what can't be decided takes the default route.
 */

export type { Asker } from '../department-rules.ts'

/** `chosen`: the department that the asker picked; null where none was. `at`: when, in Unix milliseconds. */
export type Question = { readonly text: string; readonly asker: Asker; readonly chosen: string | null; readonly at: number }

/** `score`: 0 to 1. */
export type IntentScore = { readonly name: string; readonly score: number }

/** `best` is null where nothing scored above the threshold. */
export type Classify = (text: string) => { readonly best: IntentScore | null; readonly scores: readonly IntentScore[] }

export type Decision = {
  readonly intent: IntentScore | null
  /** What else it might be, the likeliest first. */
  readonly alternatives: readonly IntentScore[]
  readonly departmentPath: string
  readonly open: boolean
  /** Of a department that is closed; null where that is not foreseen. */
  readonly opensAt: number | null
  readonly source: string | null
  /** No rule matched, and the default route was taken. */
  readonly fallback: boolean
  /** First to last, in words an agent understands. */
  readonly reasons: readonly string[]
  readonly rulesVersion: string
}

const maxAlternatives = 3
const maxSteps = 8

export const decide = (question: Question, rules: Rules, classify: Classify): Decision => {
  const reading = read(question.text, classify)
  try {
    return place(question, rules, reading, aim(question, rules, reading.intent))
  } catch (error) {
    return defaultDecision(rules, question.at, `the rules could not be followed (${whyOf(error)}), so the default route takes it`)
  }
}

/** The default route, where there is no question to read: it has failed, or nobody may see it. */
export const defaultDecision = (rules: Rules, at: number, reason: string): Decision => {
  const nothing = { intent: null, alternatives: [], reasons: [] }
  try {
    const rule = ruleAt(rules, rules.defaultPath)
    return place({ asker: { kind: 'visitor' }, at }, rules, nothing, { rule, fallback: true, reasons: [reason] })
  } catch (error) {
    const reasons = [reason, `whether ${rules.defaultPath} is open can't be told (${whyOf(error)})`]
    return { ...nothing, departmentPath: rules.defaultPath, open: true, opensAt: null, source: null, fallback: true, reasons, rulesVersion: rules.version }
  }
}

const whyOf = (error: unknown): string => quote(error instanceof Error ? error.message : 'for an unknown reason')

type Reading = Pick<Decision, 'intent' | 'alternatives' | 'reasons'>

const read = (text: string, classify: Classify): Reading => {
  try {
    if (text.trim() === '') return { intent: null, alternatives: [], reasons: ['there is no text to read'] }
    const { best, scores } = classify(text)
    const alternatives = scores.filter(({ name }) => name !== best?.name).toSorted((a, b) => b.score - a.score).slice(0, maxAlternatives)
    const reason = best ? `${quote(text)} reads as ${best.name} (${shareOf(best.score)})` : `${quote(text)} reads as nothing that is known`
    return { intent: best, alternatives, reasons: [reason] }
  } catch (error) {
    return { intent: null, alternatives: [], reasons: [`the text could not be read (${whyOf(error)})`] }
  }
}

/** The department that the question is for, open or not. */
type Aim = { readonly rule: DepartmentRule; readonly fallback: boolean; readonly reasons: readonly string[] }

const ruleAt = (rules: Rules, path: string): DepartmentRule => {
  const rule = rules.byPath.get(path)
  if (!rule) throw new RangeError(`there is no department ${path}`)
  return rule
}

const aim = (question: Question, rules: Rules, intent: IntentScore | null): Aim => {
  const chosen = question.chosen === null ? null : normalizeDepartment(question.chosen)
  const chosenRule = chosen === null ? undefined : rules.byPath.get(chosen)
  const unknown = question.chosen !== null && !chosenRule ? [`there is no department ${nameOf(question.chosen)}`] : []
  if (intent === null) {
    const by = chosenRule ? `${chosenRule.path}, which was chosen, takes it` : `the default route takes it: ${rules.defaultPath}`
    return { rule: chosenRule ?? ruleAt(rules, rules.defaultPath), fallback: true, reasons: [...unknown, by] }
  }
  const permission = permit(question.asker, rules, intent.name)
  const toDefault = (reasons: readonly string[]): Aim => ({ rule: ruleAt(rules, rules.defaultPath), fallback: true, reasons: [...unknown, ...reasons] })
  if (!permission.isAllowed) return toDefault([`${permission.reason}, so the default route takes it: ${rules.defaultPath}`])
  const target = nearestHandler(rules.handlers.get(intent.name) ?? [], chosen)
  if (!target) return toDefault([permission.reason, `no department handles ${intent.name}, so the default route takes it: ${rules.defaultPath}`])
  return { rule: target.rule, fallback: false, reasons: [...unknown, permission.reason, target.reason] }
}

type Permission = { readonly isAllowed: boolean; readonly reason: string }

/** The rule with the longest prefix of the asker's path decides; a visitor asks as `public`. */
const permit = (asker: Asker, rules: Rules, intent: string): Permission => {
  const who = asker.kind === 'visitor' ? 'visitors' : nameOf(asker.path)
  const rule = rules.asker.longestPrefix(asker.kind === 'visitor' ? 'public' : asker.path)
  if (!rule) return { isAllowed: true, reason: `no rule covers ${who}, so they may raise anything` }
  const isAllowed = mayRaise(rule, intent)
  return { isAllowed, reason: `${who} ${isAllowed ? 'may raise it' : `may not raise ${intent}`} (rule of ${rule.path})` }
}

const nameOf = (path: string): string => (departmentPattern.test(path) ? path : quote(path))

type Target = { readonly rule: DepartmentRule; readonly reason: string }

const depthOf = (path: string): number => sharedDepth(path, path)

/** The nearest to the chosen department, then the deepest, then the first in the file. */
const nearestHandler = (handlers: readonly DepartmentRule[], chosen: string | null): Target | null => {
  const ranked = handlers
    .map((rule) => ({ rule, near: chosen === null ? 0 : sharedDepth(rule.path, chosen), depth: depthOf(rule.path) }))
    .toSorted((a, b) => b.near - a.near || b.depth - a.depth)
  const [best, next] = ranked
  if (!best) return null
  if (!next) return { rule: best.rule, reason: `${best.rule.path} handles it` }
  const why = best.near > next.near ? `nearest to ${nameOf(chosen ?? '')}, which was chosen` : best.depth > next.depth ? 'the deepest' : 'the first in the file'
  return { rule: best.rule, reason: `${best.rule.path} handles it: of ${ranked.length} departments that do, it is ${why}` }
}

type Taker = { readonly rule: DepartmentRule; readonly open: boolean; readonly opensAt: number | null; readonly reasons: readonly string[] }

const closedWords = ({ path, hours }: DepartmentRule, at: number): string => {
  const opensAt = hours?.nextOpening(at) ?? null
  return opensAt === null || !hours ? `${path} is closed, and nobody knows until when` : `${path} is closed until ${timeOf(opensAt, at, hours.schedule.zone)}`
}

/** The department and its fallbacks, up to the first that is open; none of them twice. */
const wayFrom = (target: DepartmentRule, rules: Rules, at: number): readonly DepartmentRule[] => {
  const way = [target]
  let rule = target
  while (!isOpen(rule, at) && way.length <= maxSteps) {
    const next = rule.fallback === null ? undefined : rules.byPath.get(rule.fallback)
    if (!next || way.includes(next)) break
    way.push(next)
    rule = next
  }
  return way
}

/** The first on the way that is open; where none is, the department itself as soon as it opens. */
const takerOf = (target: DepartmentRule, rules: Rules, at: number): Taker => {
  const way = wayFrom(target, rules, at)
  const last = way.at(-1) ?? target
  const open = isOpen(last, at)
  const reasons = way.slice(1).map((next, index) => `${closedWords(way[index] ?? target, at)}, so its fallback ${next.path} ${next === last && open ? 'takes it' : 'is asked'}`)
  if (open) return { rule: last, open, opensAt: null, reasons }
  const wait = last === target ? `it waits for ${target.path} to open` : `none of them is open, so it waits for ${target.path} to open`
  return { rule: target, open, opensAt: target.hours?.nextOpening(at) ?? null, reasons: [...reasons, closedWords(last, at), wait] }
}

const knowledgeWords = ({ path, knowledge }: DepartmentRule, source: string | null): readonly string[] => {
  if (source !== null) return [`knowledge: ${source}`]
  return knowledge.length === 0 ? [] : [`knowledge: none that the asker may read of ${path}'s ${knowledge.join(', ')}`]
}

const place = ({ asker, at }: Pick<Question, 'asker' | 'at'>, rules: Rules, reading: Reading, { rule, fallback, reasons }: Aim): Decision => {
  const taker = takerOf(rule, rules, at)
  const source = sourceOf(rule, asker, rules)
  return {
    intent: reading.intent,
    alternatives: reading.alternatives,
    departmentPath: taker.rule.path,
    open: taker.open,
    opensAt: taker.opensAt,
    source,
    fallback,
    reasons: [...reading.reasons, ...reasons, ...taker.reasons, ...knowledgeWords(rule, source)],
    rulesVersion: rules.version,
  }
}
