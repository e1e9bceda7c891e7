import { createHash } from 'node:crypto'
import { allows } from './department-rules-checks.ts'
import type { RuleMistake } from './department-rules-checks.ts'
import { readRules } from './department-rules-reading.ts'
import type { RulesText } from './department-rules-reading.ts'
import { departmentSchema } from './department-rules-schema.ts'
import type { DepartmentText } from './department-rules-schema.ts'
import { growTree } from './departments.ts'
import type { DepartmentTree } from './departments.ts'
import { openingHours } from './opening-hours.ts'
import type { OpeningHours, Schedule } from './opening-hours.ts'
import { readYaml } from './yaml-text.ts'
import type { TextMistake, Where, YamlText } from './yaml-text.ts'

/*
 * The rules by which conversations find their department. `routing/README.md` explains the file. Rules are taken whole or not at all:
 * whatever is wrong with a text is told at once, with its place.
 */

export type Strategy = 'LEAST_LOAD' | 'ROUND_ROBIN' | 'LAST_AGENT' | 'SKILLS' | 'MANUAL'

/** How a conversation finds its agent. */
export type Assignment = {
  readonly strategy: Strategy
  /** How many conversations one agent has of it at most; null: only the agent's own limit counts. */
  readonly capacity: number | null
  readonly offerMs: number
  /** How long the visitor may wait for an answer before it goes back; null: for ever. */
  readonly answerMs: number | null
  readonly absentMs: number
  /** By the agent's id: intents and languages. */
  readonly skills: ReadonlyMap<string, readonly string[]>
}

export type DepartmentRule = {
  readonly path: string
  readonly name: string | null
  readonly handles: readonly string[]
  readonly may: readonly string[]
  readonly mayNot: readonly string[]
  /** The sources to look in, the best first. */
  readonly knowledge: readonly string[]
  /** Null: always open. */
  readonly hours: OpeningHours | null
  readonly fallback: string | null
  readonly assignment: Assignment
}

export type SourceReaders = { readonly everybody: boolean; readonly departments: DepartmentTree<true> }

export type Rules = {
  /** The beginning of a hash of what they say: comments and spaces don't count. */
  readonly version: string
  readonly defaultPath: string
  /** In the file's order, without `public`. */
  readonly departments: readonly DepartmentRule[]
  readonly byPath: ReadonlyMap<string, DepartmentRule>
  /** All rules, that of `public` among them, where there is one. */
  readonly asker: DepartmentTree<DepartmentRule>
  /** By intent: who handles it, in the file's order. */
  readonly handlers: ReadonlyMap<string, readonly DepartmentRule[]>
  /** Who may read a knowledge source; one that is not here is for everybody who works here. */
  readonly sources: ReadonlyMap<string, SourceReaders>
}

export type Asker = { readonly kind: 'visitor' } | { readonly kind: 'department'; readonly path: string }

export type RulesMistake = TextMistake & { readonly file: string }

/** One line for each mistake. */
export const describeMistakes = (mistakes: readonly RulesMistake[]): string =>
  mistakes.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n')

export class RulesError extends Error {
  override name = 'RulesError'
  readonly mistakes: readonly RulesMistake[]

  constructor(mistakes: readonly RulesMistake[]) {
    super(describeMistakes(mistakes))
    this.mistakes = mistakes
  }
}

/** Whether a department takes conversations. `at`: Unix milliseconds. */
export const isOpen = ({ hours }: Pick<DepartmentRule, 'hours'>, at: number): boolean => hours === null || hours.isOpenAt(at)

export const mayRaise = (rule: DepartmentRule, intent: string): boolean => allows(rule, intent)

/** The first of a department's knowledge sources that the asker may read; null where there is none. */
export const sourceOf = ({ knowledge }: DepartmentRule, asker: Asker, { sources }: Rules): string | null =>
  knowledge.find((source) => {
    const readers = sources.get(source)
    if (!readers) return asker.kind === 'department'
    return readers.everybody || (asker.kind === 'department' && readers.departments.longestPrefix(asker.path) !== null)
  }) ?? null

const maxBytes = 1_000_000

export type RulesOptions = {
  /** As mistakes call it. */
  readonly file: string
  readonly intents: ReadonlySet<string>
}

/** `departments.yaml` → rules. Throws `RulesError`, with every mistake in the order of the text. */
export const parseRules = (text: string, { file, intents }: RulesOptions): Rules => {
  const refuse = (mistakes: readonly TextMistake[]): RulesError =>
    new RulesError(mistakes.map((mistake) => ({ file, ...mistake, message: onOneLine(mistake.message) })).toSorted((a, b) => a.line - b.line || a.column - b.column))
  const bytes = Buffer.byteLength(text)
  if (bytes > maxBytes) throw refuse([{ line: 1, column: 1, message: `expected no more than ${maxBytes} bytes; found ${bytes}` }])
  const yaml = readYaml(text)
  if (yaml.kind === 'unreadable') throw refuse(yaml.mistakes)
  const reading = readRules(yaml.value ?? new Map(), [...intents])
  if (reading.kind === 'refused') throw refuse(reading.mistakes.map((mistake) => place(mistake, yaml)))
  return assemble(reading.rules)
}

const place = ({ where, message, isKey }: RuleMistake, yaml: YamlText & { readonly kind: 'read' }): TextMistake =>
  ({ ...(isKey ? yaml.placeOfKey(where) : yaml.placeOf(where)), message: `${nameOf(where)}${message}` })

/** Names and the reader's own words may have anything in them. */
const onOneLine = (message: string): string => message.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')

const nameOf = (where: Where): string => (where.length === 0 ? '' : `${where.map(String).join('.')}: `)

const secondMs = 1_000
const minuteMs = 60_000

const toAssignment = ({ strategy, capacity, offerSeconds, answerMinutes, absentSeconds, skills }: DepartmentText): Assignment => ({
  strategy,
  capacity: capacity ?? null,
  offerMs: offerSeconds * secondMs,
  answerMs: answerMinutes === 0 ? null : answerMinutes * minuteMs,
  absentMs: absentSeconds * secondMs,
  skills,
})

/** Equal hours are kept once: whether they are open now is then known for all departments that have them. */
const shareHours = () => {
  const known = new Map<string, OpeningHours>()
  return (schedule: Schedule): OpeningHours => {
    const key = JSON.stringify(schedule)
    const hours = known.get(key) ?? openingHours(schedule)
    known.set(key, hours)
    return hours
  }
}

const toRule = (path: string, text: DepartmentText, hoursOf: (schedule: Schedule) => OpeningHours): DepartmentRule => ({
  path,
  name: text.name ?? null,
  handles: text.handles,
  may: text.may,
  mayNot: text.mayNot,
  knowledge: text.knowledge,
  hours: text.hours ? hoursOf(text.hours) : null,
  fallback: text.fallback ?? null,
  assignment: toAssignment(text),
})

const sorted = <T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] => [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))

/** What the rules say, written in one way. The order of the departments counts. */
const canonical = ({ file, visitors, departments }: RulesText): string =>
  JSON.stringify([file.default, sorted(file.knowledge ?? new Map()), visitors, departments.map(([path, rule]) => [path, { ...rule, skills: sorted(rule.skills) }])])

const handlersOf = (departments: readonly DepartmentRule[]): ReadonlyMap<string, readonly DepartmentRule[]> => {
  const handlers = new Map<string, DepartmentRule[]>()
  for (const rule of departments) {
    for (const intent of new Set(rule.handles)) {
      const known = handlers.get(intent)
      if (known) known.push(rule)
      else handlers.set(intent, [rule])
    }
  }
  return handlers
}

const readersOf = (departments: readonly string[]): SourceReaders =>
  ({ everybody: departments.includes('public'), departments: growTree(departments.map((path) => [path, true])) })

const assemble = (text: RulesText): Rules => {
  const hoursOf = shareHours()
  const departments = text.departments.map(([path, rule]) => toRule(path, rule, hoursOf))
  const all = text.visitors ? [...departments, toRule('public', { ...nothingSaid, ...text.visitors }, hoursOf)] : departments
  return {
    version: createHash('sha256').update(canonical(text)).digest('hex').slice(0, 12),
    defaultPath: text.file.default,
    departments,
    byPath: new Map(departments.map((rule) => [rule.path, rule])),
    asker: growTree(all.map((rule) => [rule.path, rule])),
    handlers: handlersOf(departments),
    sources: new Map([...(text.file.knowledge ?? [])].map(([source, readers]) => [source, readersOf(readers)])),
  }
}

/** A department of which the file says nothing. */
const nothingSaid = departmentSchema([]).parse(new Map())

const usualAssignment = toAssignment(nothingSaid)

/** How a conversation of a department finds its agent: as the department or the nearest one above it says, as it may have left the file while conversations were in it. */
export const assignmentOf = ({ asker }: Rules, departmentPath: string): Assignment => asker.longestPrefix(departmentPath)?.assignment ?? usualAssignment

/** Where no file is configured: one department, which takes everything. */
export const defaultRules: Rules = assemble({ file: { default: 'support' }, visitors: null, departments: [['support', nothingSaid]] })
