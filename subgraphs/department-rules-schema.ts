import { z } from 'zod'
import { departmentPattern } from './departments.ts'
import { nearest } from './nearest.ts'
import { hoursSchema } from './opening-hours-text.ts'
import { textThat } from './yaml-text.ts'

/* What `departments.yaml` may say. Maps come as `Map`s (`yaml-text.ts`); messages say what was expected. */

export const strategies = ['least-load', 'round-robin', 'last-agent', 'skills', 'manual'] as const

const strategyNames = { 'least-load': 'LEAST_LOAD', 'round-robin': 'ROUND_ROBIN', 'last-agent': 'LAST_AGENT', skills: 'SKILLS', manual: 'MANUAL' } as const

/** Languages count as skills beside the intents. */
const languages: readonly string[] = ['zh', 'en']

const fromMap = (given: unknown): unknown => (given instanceof Map ? Object.fromEntries<unknown>(given) : given)

/** A key without a value, as when what it had is commented out, is as if it were not there. */
const withoutEmpty = (given: unknown): unknown =>
  given instanceof Map ? fromMap(new Map([...given].filter(([, value]) => value !== null && value !== undefined))) : (given ?? {})

const text = z.string('expected text')
const department = textThat((path) => departmentPattern.test(path), 'expected a department such as tech/backend')
const sourceName = textThat((name) => /^[\p{L}\d_.-]{1,60}$/u.test(name), 'expected the name of a knowledge source')

const whole = (min: number, max: number) => {
  const expected = `expected a whole number from ${min} to ${max}`
  return z.int(expected).min(min, expected).max(max, expected)
}

/** What might have been meant; nothing where looking for it would take long. */
export const hintFor = (word: string, known: readonly string[]): string => {
  const near = word.length > 100 || known.length > 500 ? null : nearest(word, known)
  return near === null ? '' : `: did you mean ${near}?`
}

const oneOf = (known: readonly string[], what: string) =>
  text.superRefine((word, context) => {
    if (!known.includes(word)) context.addIssue({ code: 'custom', message: `expected ${what}; found ${JSON.stringify(word.slice(0, 100))}${hintFor(word, known)}` })
  })

const strategy = z.enum(strategies, `expected one of ${strategies.join(', ')}`).transform((name) => strategyNames[name])

const permissionShape = (intents: readonly string[]) => {
  const some = z.array(oneOf([...intents, '*'], 'an intent or *'), 'expected a list of intents')
  return { name: text.min(1, 'expected a name').max(200, 'expected no more than 200 characters').optional(), may: some.default(['*']), mayNot: some.default([]) }
}

export const departmentSchema = (intents: readonly string[]) =>
  z.preprocess(withoutEmpty, z.strictObject({
    ...permissionShape(intents),
    handles: z.array(oneOf(intents, 'an intent'), 'expected a list of intents').default([]),
    knowledge: z.array(sourceName, 'expected a list of knowledge sources').default([]),
    hours: hoursSchema.optional(),
    fallback: department.optional(),
    strategy: strategy.default('LEAST_LOAD'),
    capacity: whole(1, 1_000).optional(),
    offerSeconds: whole(5, 3_600).default(30),
    answerMinutes: whole(0, 1_440).default(10),
    absentSeconds: whole(5, 3_600).default(60),
    skills: z.map(text.min(1, 'expected the id of an agent'), z.array(oneOf([...intents, ...languages], 'an intent, zh or en'), 'expected a list of skills'), 'expected a map of agents').default(new Map()),
  }, 'expected a map'))

export type DepartmentText = z.output<ReturnType<typeof departmentSchema>>

/** The visitors' rule: no conversation can go to them. */
export const publicSchema = (intents: readonly string[]) => z.preprocess(withoutEmpty, z.strictObject(permissionShape(intents), 'expected a map'))

export type PermissionText = z.output<ReturnType<typeof publicSchema>>

/** The file but for each department's own rule. */
export const fileSchema = z.preprocess(fromMap, z.strictObject({
  default: department,
  knowledge: z.map(sourceName, z.array(department, 'expected a list of departments, or of public for everybody'), 'expected a map of knowledge sources').nullish(),
  departments: z.map(department, z.unknown(), 'expected a map of departments'),
}, 'expected a map of default, knowledge and departments'))

export type FileText = z.output<typeof fileSchema>

const unknownIntents = { department: departmentSchema([]), public: publicSchema([]) }

const keysOf = (schema: unknown): readonly string[] => {
  if (schema instanceof z.ZodPipe) return keysOf(schema.out)
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

/** The keys that are known at a place of the file. */
export const knownKeys = (where: readonly PropertyKey[]): readonly string[] => {
  if (where.length === 0) return keysOf(fileSchema)
  if (where[0] !== 'departments') return []
  if (where.length > 2) return ['zone', 'week', 'holidays']
  return keysOf(where[1] === 'public' ? unknownIntents.public : unknownIntents.department)
}

export const departmentKeys: readonly string[] = keysOf(unknownIntents.department)

/** Those that say how a department takes conversations, which only makes sense where something leads to it. */
export const takingKeys: readonly string[] = ['hours', 'strategy', 'capacity', 'knowledge', 'fallback', 'offerSeconds', 'answerMinutes', 'absentSeconds', 'skills']
