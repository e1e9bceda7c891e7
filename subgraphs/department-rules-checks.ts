import { hintFor, takingKeys } from './department-rules-schema.ts'
import type { Where } from './yaml-text.ts'

/* What only shows when the rules are seen together: fallbacks that lead nowhere or round in circles, departments that nothing leads to. */

export type RuleMistake = { readonly where: Where; readonly message: string; readonly isKey: boolean }

/** What of a department can be told, whatever else in its rule is wrong. */
export type Outline = {
  readonly path: string
  readonly fallback: string | null
  readonly handles: readonly string[]
  readonly may: readonly string[]
  readonly mayNot: readonly string[]
  /** Which of its keys say how it takes conversations. */
  readonly taking: readonly string[]
}

const textsIn = (given: unknown): readonly string[] | null => (Array.isArray(given) ? given.filter((one) => typeof one === 'string') : null)

export const outlineOf = (path: string, given: unknown): Outline => {
  const rule: ReadonlyMap<unknown, unknown> = given instanceof Map ? given : new Map()
  const fallback = rule.get('fallback')
  return {
    path,
    fallback: typeof fallback === 'string' ? fallback : null,
    handles: textsIn(rule.get('handles')) ?? [],
    may: textsIn(rule.get('may')) ?? ['*'],
    mayNot: textsIn(rule.get('mayNot')) ?? [],
    taking: takingKeys.filter((key) => rule.has(key) && rule.get(key) !== null),
  }
}

/** Whether a rule lets its own people raise an intent: what it may not counts more than what it may. */
export const allows = ({ may, mayNot }: Pick<Outline, 'may' | 'mayNot'>, intent: string): boolean => {
  const names = (list: readonly string[]) => list.includes(intent) || list.includes('*')
  return names(may) && !names(mayNot)
}

/** `public` stands for everybody in a list of readers, and for no department elsewhere. */
export const findUnknown = (where: Where, path: string, known: ReadonlySet<string>): readonly RuleMistake[] =>
  known.has(path) ? [] : [{ where, isKey: false, message: `expected a department of this file; found ${JSON.stringify(path.slice(0, 100))}${hintFor(path, [...known])}` }]

const findWrongFallback = ({ path, fallback }: Outline, known: ReadonlySet<string>): readonly RuleMistake[] => {
  const where = ['departments', path, 'fallback']
  if (fallback === null) return []
  if (fallback === path) return [{ where, isKey: false, message: `expected another department; found ${path} itself` }]
  if (fallback === 'public') return [{ where, isKey: false, message: 'expected a department that takes conversations; found public, which takes none' }]
  return findUnknown(where, fallback, known)
}

/** Each circle once, told at the first of its departments. */
const findCycles = (outlines: readonly Outline[]): readonly RuleMistake[] => {
  const fallbacks = new Map(outlines.map(({ path, fallback }) => [path, fallback]))
  const seen = new Set<string>()
  return outlines.flatMap(({ path }) => {
    const way: string[] = []
    const onTheWay = new Set<string>()
    for (let at: string | null = path; at !== null && !seen.has(at); at = fallbacks.get(at) ?? null) {
      seen.add(at)
      onTheWay.add(at)
      way.push(at)
    }
    const last = way.at(-1)
    const next = last === undefined ? null : (fallbacks.get(last) ?? null)
    if (next === null || next === last || !onTheWay.has(next)) return []
    return [cycleOf(way.slice(way.indexOf(next)), outlines)]
  })
}

const cycleOf = (members: readonly string[], outlines: readonly Outline[]): RuleMistake => {
  const inIt = new Set(members)
  const first = outlines.find(({ path }) => inIt.has(path))?.path ?? ''
  const start = members.indexOf(first)
  const circle = [...members.slice(start), ...members.slice(0, start), first]
  return { where: ['departments', first, 'fallback'], isKey: false, message: `expected fallbacks that end; found the cycle ${circle.join(' → ')}` }
}

/**
 * Nobody is an asker who has no rule: they could raise anything, and no department would ever be out of reach. Where no department handles anything, visitors choose, and can
 * choose each.
 */
const findUnreachable = (outlines: readonly Outline[], visitors: Outline | null, defaultPath: string): readonly RuleMistake[] => {
  const askers = [...outlines, visitors ?? outlineOf('public', null)]
  const handled = new Set(outlines.flatMap(({ handles }) => handles))
  if (handled.size === 0) return []
  const raised = new Set([...handled].filter((intent) => askers.some((asker) => allows(asker, intent))))
  const fallbacks = new Set(outlines.flatMap(({ path, fallback }) => (fallback === null || fallback === path ? [] : [fallback])))
  return outlines.flatMap(({ path, handles, taking }) => {
    if (taking.length === 0 || path === defaultPath || fallbacks.has(path) || handles.some((intent) => raised.has(intent))) return []
    const why = handles.length === 0 ? 'it handles nothing' : `nobody may raise ${handles.join(', ')}`
    return [{ where: ['departments', path], isKey: true, message: `expected something that leads here, as ${taking.join(', ')} would have it; found that ${why}, and that it is neither the default nor a fallback` }]
  })
}

/** `unread`: the departments whose own rule has mistakes. What they handle can't be told, and they are not called unreachable. */
export const checkTogether = (outlines: readonly Outline[], visitors: Outline | null, defaultPath: string, unread: ReadonlySet<string>): readonly RuleMistake[] => {
  const known = new Set(outlines.map(({ path }) => path))
  const unreachable = findUnreachable(outlines, visitors, defaultPath).filter(({ where }) => !unread.has(String(where[1])))
  return [...outlines.flatMap((outline) => findWrongFallback(outline, known)), ...findCycles(outlines), ...unreachable]
}
