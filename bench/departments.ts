import { parseRules } from '../subgraphs/department-rules.ts'
import type { Rules } from '../subgraphs/department-rules.ts'
import { growTree } from '../subgraphs/departments.ts'
import { openingHours } from '../subgraphs/opening-hours.ts'
import { loadCasbin, openKeyMatch, openRoles } from './departments/casbin.ts'
import type { Checks, Policy } from './departments/casbin.ts'
import { deepPath, growForest, nearestIn, writeRaw } from './departments/forest.ts'
import type { Report, Row } from './report.ts'

/* `npm run bench -- departments`: what finding a department's rule costs, and whether it is open. */

const ruleCount = 10_000
const casbinRules = 100
const batchSize = 1_000
const casbinBatch = 50
const rounds = 10
const batches = 100
const casbinBatches = 20

/** Hours of some offices, which the departments share: some are open now, some are closed. */
const zones = ['Asia/Shanghai', 'America/New_York', 'Europe/Berlin', 'UTC'] as const
const offices = Array.from({ length: 96 }, (_, index) => {
  const from = String(index % 24).padStart(2, '0')
  const to = String((index + 8) % 24).padStart(2, '0')
  return `  o${index}: { handles: [ask], hours: &h${index} { zone: ${zones[index % zones.length] ?? 'UTC'}, week: { mon-sat: ['${from}:00-${to}:00'] } } }\n`
})

/** The rules as an operator writes them, and as the hub reads them. */
const readForest = (paths: readonly string[]): Rules => {
  const lines = paths.map((path, index) => `  ${path}: { handles: [ask], hours: *h${index % offices.length} }\n`)
  const text = `default: o0\ndepartments:\n${[...offices, ...lines].join('')}`
  return parseRules(text, { file: 'departments.yaml', intents: new Set(['ask']) })
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN

/** Microseconds a call. */
const time = (calls: number, run: () => void): number => {
  const started = performance.now()
  run()
  return ((performance.now() - started) * 1_000) / calls
}

const anyBatch = (paths: readonly string[], size: number): readonly string[] => {
  const start = Math.floor(Math.random() * (paths.length - size))
  return paths.slice(start, start + size)
}

let opened = 0

const lookUp = ({ asker }: Rules, paths: readonly string[], now: number): void => {
  for (const path of paths) if (asker.longestPrefix(path)?.hours?.isOpenAt(now) === true) opened += 1
}

const countWrong = ({ asker }: Rules, departments: readonly string[], paths: readonly string[], now: number): number => {
  const held = new Set(departments)
  return paths.filter((path) => {
    const rule = asker.longestPrefix(path)
    if (!rule?.hours || rule.path !== nearestIn(held, path)) return true
    return rule.hours.isOpenAt(now) !== openingHours(rule.hours.schedule).isOpenAt(now)
  }).length
}

type Rival = { readonly roles: Checks; readonly keyMatch: Checks; readonly askers: readonly string[]; readonly wrong: number }

const openRival = async (): Promise<Rival | null> => {
  const library = loadCasbin()
  if (!library) return null
  const departments = growForest(casbinRules)
  const policies: readonly Policy[] = departments.map((path, index) => ({ path, isAllowed: index % 3 !== 0 }))
  const askers = Array.from({ length: 2_000 }, () => deepPath(departments))
  const [roles, keyMatch] = [await openRoles(library, policies, askers), await openKeyMatch(library, policies)]
  const tree = growTree(policies.map(({ path, isAllowed }) => [path, isAllowed]))
  const wrong = askers.filter((path) => [roles, keyMatch].some(({ check }) => check(path) !== tree.longestPrefix(path))).length
  return { roles, keyMatch, askers, wrong }
}

const timeLater = async ({ roles, askers }: Rival): Promise<number> => {
  const batch = anyBatch(askers, casbinBatch)
  const started = performance.now()
  for (const path of batch) await roles.checkLater(path)
  return ((performance.now() - started) * 1_000) / casbinBatch
}

const timeChecks = ({ check }: Checks, askers: readonly string[]): number => {
  const batch = anyBatch(askers, casbinBatch)
  return time(casbinBatch, () => batch.forEach(check))
}

type Times = { readonly ours: number; readonly roles: number; readonly later: number; readonly keyMatch: number }

const casbinRows = ({ ours, roles, later, keyMatch }: Times): readonly Row[] => [
  { measure: `casbin, ${casbinRules} such rules, enforceSync`, value: roles, unit: 'µs' },
  { measure: 'times faster', value: roles / ours, unit: '×', mark: '≥ 150 ×', met: roles / ours >= 150 },
  { measure: 'casbin, the same with enforce', value: later, unit: 'µs' },
  { measure: 'casbin, keyMatch instead of roles, enforceSync', value: keyMatch, unit: 'µs' },
]

/** In blocks and in turn, so that what else the machine does meets all of them. The first round warms up. */
const measure = async (rules: Rules, asked: readonly string[], now: number, rival: Rival | null) => {
  const [ours, roles, later, keyMatch]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 0; round <= rounds; round += 1) {
    if (round === 1) for (const times of [ours, roles, later, keyMatch]) times.length = 0
    for (let count = 0; count < batches; count += 1) {
      const batch = anyBatch(asked, batchSize)
      ours.push(time(batchSize, () => lookUp(rules, batch, now)))
    }
    if (!rival) continue
    for (let count = 0; count < casbinBatches; count += 1) roles.push(timeChecks(rival.roles, rival.askers))
    for (let count = 0; count < casbinBatches; count += 1) later.push(await timeLater(rival))
    for (let count = 0; count < casbinBatches; count += 1) keyMatch.push(timeChecks(rival.keyMatch, rival.askers))
  }
  return { ours: median(ours), roles: median(roles), later: median(later), keyMatch: median(keyMatch) }
}

export const departments = async (): Promise<Report> => {
  const paths = growForest(ruleCount - offices.length)
  const rules = readForest(paths)
  const asked = Array.from({ length: 50_000 }, (_, index) => writeRaw(deepPath(paths), index))
  const now = Date.now()
  const rival = await openRival()
  const wrong = countWrong(rules, paths, asked, now) + (rival?.wrong ?? 0)
  const times = await measure(rules, asked, now, rival)
  return {
    title: `departments: ${asked.length} raw paths ten levels deep; ${opened} look-ups met a department that is open${rival ? '' : '; casbin is not installed: npm ci --prefix bench'}`,
    rows: [
      { measure: 'answers that differ', value: wrong, unit: '', mark: '= 0', met: wrong === 0 },
      { measure: `look-up among ${rules.departments.length} rules, hours included`, value: times.ours, unit: 'µs', mark: '≤ 0.5 µs', met: times.ours <= 0.5 },
      ...(rival ? casbinRows(times) : []),
    ],
    broken: wrong > 0,
  }
}
