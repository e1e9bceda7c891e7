import type { z } from 'zod'
import { checkTogether, findUnknown, outlineOf } from './department-rules-checks.ts'
import type { RuleMistake } from './department-rules-checks.ts'
import { departmentKeys, departmentSchema, fileSchema, hintFor, knownKeys, publicSchema } from './department-rules-schema.ts'
import type { DepartmentText, FileText, PermissionText } from './department-rules-schema.ts'
import { describeFound, valueAt } from './yaml-text.ts'
import type { Where } from './yaml-text.ts'

/** What the file says, once nothing in it is wrong. */
export type RulesText = {
  readonly file: Omit<FileText, 'departments'>
  /** Null where there is no rule of `public`. */
  readonly visitors: PermissionText | null
  readonly departments: readonly (readonly [path: string, rule: DepartmentText])[]
}

export type RulesReading = { readonly kind: 'read'; readonly rules: RulesText } | { readonly kind: 'refused'; readonly mistakes: readonly RuleMistake[] }

const maxDepartments = 20_000

type Entries = readonly (readonly [path: string, given: unknown])[]

/** From what `readYaml` makes of the text. All mistakes are told at once. */
export const readRules = (value: unknown, intents: readonly string[]): RulesReading => {
  const given = valueAt(value, ['departments'])
  const entries: Entries = given instanceof Map ? [...given].map(([path, rule]) => [String(path), rule]) : []
  if (entries.length > maxDepartments) return tooMany(entries.length)
  const file = fileSchema.safeParse(value)
  const own = readEach(entries, intents, value)
  const mistakes = [...(file.success ? [] : mistakesOf(file.error, [], value)), ...own.mistakes, ...checkFile(entries, value, own.unread)]
  if (!file.success || mistakes.length > 0) return { kind: 'refused', mistakes }
  return { kind: 'read', rules: { file: file.data, visitors: own.visitors, departments: own.departments } }
}

const tooMany = (count: number): RulesReading =>
  ({ kind: 'refused', mistakes: [{ where: ['departments'], isKey: true, message: `expected no more than ${maxDepartments} departments; found ${count}` }] })

const mistakesOf = (error: z.ZodError, above: Where, value: unknown): readonly RuleMistake[] => error.issues.flatMap((issue) => toMistakes(issue, above, value))

const toMistakes = (issue: z.core.$ZodIssue, above: Where, value: unknown): readonly RuleMistake[] => {
  const where = [...above, ...issue.path]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ where: [...where, key], isKey: true, message: unknownKey(key, where) }))
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? issue.message
    return [{ where, isKey: true, message: `${message}; found ${JSON.stringify(String(where.at(-1)).slice(0, 100))}` }]
  }
  const isWhole = issue.message.includes('; found ')
  return [{ where, isKey: false, message: isWhole ? issue.message : `${issue.message}; found ${describeFound(valueAt(value, where))}` }]
}

const unknownKey = (key: string, where: Where): string => {
  const found = JSON.stringify(key.slice(0, 100))
  if (where[1] === 'public' && departmentKeys.includes(key)) return `expected only may and mayNot, as no conversation can go to public; found ${found}`
  const known = knownKeys(where)
  const hint = hintFor(key, known)
  return hint === '' ? `expected one of ${known.join(', ')}; found ${found}` : `expected a known key; found ${found}${hint}`
}

type Own = Omit<RulesText, 'file'> & {
  readonly mistakes: readonly RuleMistake[]
  /** The departments whose rule is wrong. */
  readonly unread: ReadonlySet<string>
}

/** Each department by itself. */
const readEach = (entries: Entries, intents: readonly string[], value: unknown): Own => {
  const schema = departmentSchema(intents)
  const departments: [string, DepartmentText][] = []
  const mistakes: RuleMistake[] = []
  const unread = new Set<string>()
  for (const [path, given] of entries.filter(([one]) => one !== 'public')) {
    const parsed = schema.safeParse(given)
    if (parsed.success) departments.push([path, parsed.data])
    else {
      mistakes.push(...mistakesOf(parsed.error, ['departments', path], value))
      unread.add(path)
    }
  }
  const visitors = readVisitors(entries, intents, value)
  return { visitors: visitors.rule, departments, mistakes: [...mistakes, ...visitors.mistakes], unread }
}

const readVisitors = (entries: Entries, intents: readonly string[], value: unknown): { readonly rule: PermissionText | null; readonly mistakes: readonly RuleMistake[] } => {
  const entry = entries.find(([path]) => path === 'public')
  if (!entry) return { rule: null, mistakes: [] }
  const parsed = publicSchema(intents).safeParse(entry[1])
  return parsed.success ? { rule: parsed.data, mistakes: [] } : { rule: null, mistakes: mistakesOf(parsed.error, ['departments', 'public'], value) }
}

/** What the places of the file say of each other. */
const checkFile = (entries: Entries, value: unknown, unread: ReadonlySet<string>): readonly RuleMistake[] => {
  const all = entries.map(([path, given]) => outlineOf(path, given))
  const outlines = all.filter(({ path }) => path !== 'public')
  const named = valueAt(value, ['default'])
  const defaultPath = typeof named === 'string' ? named : ''
  const known = new Set(outlines.map(({ path }) => path))
  const below = [...known].filter((path) => path.startsWith('public/'))
  return [
    ...(defaultPath === '' ? [] : findUnknown(['default'], defaultPath, known)),
    ...findUnknownReaders(value, new Set([...known, 'public'])),
    ...below.map((path) => ({ where: ['departments', path], isKey: true, message: 'expected nothing below public, which stands for the visitors; found a department' })),
    ...checkTogether(outlines, all.find(({ path }) => path === 'public') ?? null, defaultPath, unread),
  ]
}

const findUnknownReaders = (value: unknown, known: ReadonlySet<string>): readonly RuleMistake[] => {
  const sources = valueAt(value, ['knowledge'])
  return [...(sources instanceof Map ? sources : [])].flatMap(([source, readers]: readonly [unknown, unknown]) =>
    Array.isArray(readers) ? readers.flatMap((reader: unknown, index) => (typeof reader === 'string' ? findUnknown(['knowledge', String(source), index], reader, known) : [])) : [],
  )
}
