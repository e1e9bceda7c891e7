import { isOpen } from '../department-rules.ts'
import type { DepartmentRule } from '../department-rules.ts'
import { isAtOrBelow, normalizeDepartment } from '../departments.ts'
import { badInput } from '../errors.ts'
import type { RoutingDecision } from '../routing-decision.ts'
import { conversationScope, isInScope } from '../visibility.ts'
import type { Context } from './loaders.ts'
import type { Resolvers } from './schema.generated.ts'
import { simulateRoutes } from './simulate.ts'

/** A decision, of a conversation where it has an id. */
export type Routing = RoutingDecision & { readonly id: string | null; readonly text: string }

export type DepartmentRef = { readonly path: string }

const iso = (at: number): string => new Date(at).toISOString()

/** A path that a client named. Throws `BAD_USER_INPUT` for one that can be none. */
const readDepartment = (path: string | null | undefined, argument: string): string | null => {
  if (path == null) return null
  const normalized = normalizeDepartment(path)
  if (normalized === null) throw badInput(`${argument} is no department`, argument)
  return normalized
}

const decideNow = (text: string, departmentPath: string | null | undefined, { loaders }: Context): Routing => {
  const path = readDepartment(departmentPath, 'departmentPath')
  const asker = path === null ? ({ kind: 'visitor' } as const) : ({ kind: 'department', path } as const)
  return { id: null, text, ...loaders.route({ text, asker, chosen: null, at: Date.now() }) }
}

/** Null: it was not routed yet, or is not the caller's to see, which is the same to them. */
const findRouting = async (id: string, { caller, loaders }: Context): Promise<Routing | null> => {
  const routed = await loaders.routed.load(id)
  if (!routed?.decision || !isInScope(conversationScope(caller), routed.placement)) return null
  return { id, text: routed.text, ...routed.decision }
}

const listDepartments = (below: string | null | undefined, { loaders }: Context): readonly DepartmentRef[] => {
  const root = readDepartment(below, 'below')
  return loaders.book.current.rules.departments.filter(({ path }) => root === null || isAtOrBelow(path, root)).map(({ path }) => ({ path }))
}

const ruleOf = ({ path }: DepartmentRef, { loaders }: Context): DepartmentRule | null => loaders.book.current.rules.byPath.get(path) ?? null

const opensAt = (rule: DepartmentRule | null): string | null => {
  const now = Date.now()
  const at = rule?.hours && !isOpen(rule, now) ? rule.hours.nextOpening(now) : null
  return at === null ? null : iso(at)
}

export const resolvers: Resolvers = {
  Query: {
    routingDecision: (_, { text, departmentPath }, context) => decideNow(text, departmentPath, context),
    departments: (_, { below }, context) => listDepartments(below, context),
    simulateRoutes: (_, args, context) => simulateRoutes(args, context),
  },
  RoutingDecision: {
    department: ({ departmentPath }) => ({ path: departmentPath }),
    passages: ({ source, text }) => (source === null ? null : { source, text }),
    decidedAt: ({ decidedAt }) => iso(decidedAt),
  },
  Department: {
    __resolveReference: async ({ path }) => ({ path }),
    name: (department, _, context) => ruleOf(department, context)?.name ?? null,
    handles: (department, _, context) => ruleOf(department, context)?.handles ?? null,
    open: (department, _, context) => {
      const rule = ruleOf(department, context)
      return rule && isOpen(rule, Date.now())
    },
    opensAt: (department, _, context) => opensAt(ruleOf(department, context)),
  },
  Conversation: {
    __resolveReference: async ({ id }) => ({ id }),
    routing: ({ id }, _, context) => findRouting(id, context),
  },
}
