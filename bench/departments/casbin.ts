import { createRequire } from 'node:module'
import { z } from 'zod'

/*
 * The same question put to casbin: may this asker, ten levels deep, raise it? The nearest rule decides, so policies have priorities, the deepest
 * first, and departments inherit as roles do, as casbin's own pages on priority and on role hierarchies have it. `enforceSync`, as it is the
 * quicker one; no cache, as paths are random.
 */

type Enforcer = { enforceSync(...request: readonly string[]): boolean; enforce(...request: readonly string[]): Promise<boolean> }

const isFunction = (given: unknown): boolean => typeof given === 'function'

const casbin = z.object({
  newEnforcer: z.custom<(model: unknown, adapter: unknown) => Promise<Enforcer>>(isFunction),
  newModelFromString: z.custom<(text: string) => unknown>(isFunction),
  StringAdapter: z.custom<new (policies: string) => unknown>(isFunction),
})

type Casbin = z.output<typeof casbin>

/** Its CommonJS build, which is the quicker one. Null where it is not installed: it belongs to the bench's own package, `npm ci --prefix bench`. */
export const loadCasbin = (): Casbin | null => {
  try {
    return casbin.parse(createRequire(import.meta.url)('casbin'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return null
    throw error
  }
}

const model = (roles: string, matcher: string) => `
[request_definition]
r = sub, act
[policy_definition]
p = priority, sub, act, eft
${roles}
[policy_effect]
e = priority(p.eft) || deny
[matchers]
m = ${matcher} && r.act == p.act
`

export type Policy = { readonly path: string; readonly isAllowed: boolean }
export type Checks = { readonly check: (path: string) => boolean; readonly checkLater: (path: string) => Promise<boolean> }

const depthOf = (path: string) => path.split('/').length

const policyLines = (policies: readonly Policy[], suffix: string) =>
  policies.toSorted((a, b) => depthOf(b.path) - depthOf(a.path)).map(({ path, isAllowed }) => `p, ${11 - depthOf(path)}, ${path}${suffix}, ask, ${isAllowed ? 'allow' : 'deny'}`)

const upTo = (path: string) => path.split('/').map((_, index, segments) => segments.slice(0, index + 1).join('/'))

const open = async ({ newEnforcer, newModelFromString, StringAdapter }: Casbin, text: string, lines: readonly string[], suffix: string): Promise<Checks> => {
  const enforcer = await newEnforcer(newModelFromString(text), new StringAdapter(lines.join('\n')))
  return { check: (path) => enforcer.enforceSync(path + suffix, 'ask'), checkLater: (path) => enforcer.enforce(path + suffix, 'ask') }
}

/** Each department inherits from the one above it. It has to know all askers. */
export const openRoles = (library: Casbin, policies: readonly Policy[], askers: readonly string[]): Promise<Checks> => {
  const known = [...new Set([...askers, ...policies.map(({ path }) => path)].flatMap(upTo))]
  const roles = known.filter((path) => path.includes('/')).map((path) => `g, ${path}, ${path.slice(0, path.lastIndexOf('/'))}`)
  return open(library, model('[role_definition]\ng = _, _', 'g(r.sub, p.sub)'), [...policyLines(policies, ''), ...roles], '')
}

/** Without roles: paths compared by `keyMatch`, which casbin has for URLs. */
export const openKeyMatch = (library: Casbin, policies: readonly Policy[]): Promise<Checks> =>
  open(library, model('', 'keyMatch(r.sub, p.sub)'), policyLines(policies, '/*'), '/')
