import { badInput } from '../errors.ts'
import { parseRules, RulesError } from '../department-rules.ts'
import type { Rules } from '../department-rules.ts'
import type { RoutingDecision } from '../routing-decision.ts'
import type { Question } from './decide.ts'
import type { Context } from './loaders.ts'
import type { Routing } from './resolvers.ts'
import type { QuerySimulateRoutesArgs } from './schema.generated.ts'

/** So many are decided twice for one request, at the most. */
const most = 1_000

/** Edited rules as they would be read from the file. Throws `BAD_USER_INPUT` with every mistake and its line. */
const readRules = (text: string, context: Context): Rules => {
  const { examples } = context.loaders.book.current
  try {
    return parseRules(text, { file: 'rules', intents: new Set(examples.map(({ intent }) => intent)) })
  } catch (error) {
    if (error instanceof RulesError) throw badInput(error.message, 'rules')
    throw error
  }
}

/** Given texts as if they came now, stored ones as they came. */
const listQuestions = async ({ texts, last }: QuerySimulateRoutesArgs, { loaders }: Context): Promise<readonly Question[]> => {
  const [given, latest] = [texts ?? [], last ?? 0]
  if (latest < 0 || given.length + latest > most) throw badInput(`texts and last are at most ${most} together`, 'last')
  const asker = { kind: 'visitor' } as const
  const stored = latest === 0 ? [] : await loaders.store.listLatest(latest)
  const at = Date.now()
  return [...given.map((text) => ({ text, chosen: null, asker, at })), ...stored.map(({ text, chosen, decidedAt }) => ({ text, chosen, asker, at: decidedAt }))]
}

const isSame = (some: RoutingDecision, other: RoutingDecision): boolean =>
  some.departmentPath === other.departmentPath && some.open === other.open && some.source === other.source && some.fallback === other.fallback && some.intent?.name === other.intent?.name

export type Difference = { readonly text: string; readonly before: Routing; readonly after: Routing }

/** What would be decided otherwise by the edited rules than by the present ones. */
export const simulateRoutes = async (args: QuerySimulateRoutesArgs, context: Context): Promise<readonly Difference[]> => {
  const { route } = context.loaders
  const rules = readRules(args.rules, context)
  const questions = await listQuestions(args, context)
  return questions.flatMap((question) => {
    const [before, after] = [route(question), route(question, rules)]
    const { text } = question
    return isSame(before, after) ? [] : [{ text, before: { id: null, text, ...before }, after: { id: null, text, ...after } }]
  })
}
