import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Bus } from '../../bus/bus.ts'
import { Unreachable } from '../../fuse/errors.ts'
import { assignmentOf, isOpen } from '../department-rules.ts'
import type { Rules } from '../department-rules.ts'
import type { ChatMeter } from '../environment.ts'
import { languageOf } from '../routing-decision.ts'
import type { RoutingDecision } from '../routing-decision.ts'
import type { RuleBook } from '../rule-book.ts'
import { routingDecided, routingWanted } from '../routing-subjects.ts'
import { openTurns } from '../turns.ts'
import { assign } from './assign.ts'
import type { Offer, Waiting } from './assign.ts'
import { forgetMs, openAttendance } from './attendance.ts'
import type { Guarded } from './attendance.ts'
import type { Agent, ChatStore, Decided, Lapsing } from './backend.ts'
import type { Actor, ChatEvent } from './conversation.ts'
import type { Offering, PlaceCommand } from './decide.ts'
import { closedNotice } from './notices.ts'
import { atInbox } from './presence.ts'
import type { Presence } from './presence.ts'

/**
 * Brings conversations to where they belong, and to whom: carries out what routing has decided, offers what waits, takes back what is not answered. Every process does so; who is
 * first wins, as each step is decided again over rows that are locked.
 */
export type Placing = AsyncDisposable & {
  /** To be called with each event that was committed. */
  observe(event: ChatEvent): void
  /** An agent can take more, or less, than before. */
  look(): void
}

export type PlacingOptions = {
  readonly store: Pick<ChatStore, 'write' | 'onCommitted' | 'findAgents' | 'seeAgents' | 'listDecided' | 'listUndecided' | 'listOffline' | 'listLapsing' | 'listWaiting'>
  readonly presence: Pick<Presence, 'isAt' | 'listAt' | 'listHere' | 'onChangeHere'>
  readonly bus: Bus
  readonly rules: RuleBook
  readonly log: Logger
  readonly meter: Pick<ChatMeter, 'placed'>
  readonly now?: () => number
  /** How often it is looked whether time alone has changed something. */
  readonly lookMs?: number
}

const lookEveryMs = 1_000
/** What nobody has decided by then goes the default route: routing may not run at all. */
const undecidedMs = 5_000

const router: Actor = { kind: 'BOT', id: 'routing', name: 'Routing' }
const asRouter = { by: router, scope: { kind: 'all' }, isAdmin: true } as const

type PlaceOf<C> = C extends PlaceCommand ? Omit<C, 'by' | 'scope' | 'isAdmin'> : never

export const openPlacing = (opt: PlacingOptions): Placing => {
  const { store, bus, rules, log, meter, now = Date.now } = opt
  const place = async (command: PlaceOf<PlaceCommand>) => {
    const written = await store.write({ ...command, ...asRouter })
    if (written.kind === 'done') meter.placed(command.kind)
  }
  const guarded = guardedBy(log)
  const attendance = openAttendance({ ...opt, guarded, told: () => assigning.ask() })
  const giveBack = openGivingBack(opt, place, attendance.sayAgain)
  const route = async (decided: readonly Decided[]) => {
    const routes = decided.map((one) => toRoute(one, rules.current.rules, now()))
    const offers = await chooseFor(opt, decided, routes, now())
    await Promise.all(routes.map((one) => place({ ...one, offer: offers.get(one.conversationId) ?? null })))
  }
  const routing = openTurns(guarded(async () => {
    const decided = await store.listDecided()
    await route(decided)
    // What is listed at most at once is not all that there is.
    if (decided.length > 0) routing.ask()
  }))
  const assigning = openTurns(guarded(async () => {
    await giveBack(false)
    await offerWaiting(opt, place, now())
  }))
  const looking = openTurns(guarded(async () => {
    await giveBack(true)
    await route(await store.listUndecided(undecidedMs))
    const offline = await store.listOffline(closedOnes(rules.current.rules, now()))
    await Promise.all(offline.map((conversationId) => place({ kind: 'open', conversationId })))
    routing.ask()
    assigning.ask()
  }))
  store.onCommitted(({ events }) => {
    if (events?.some(({ kind }) => kind === 'OPENED') !== false) bus.publish(routingWanted, {})
  })
  const endDecided = bus.subscribe(routingDecided, () => routing.ask())
  const timer = setInterval(looking.ask, opt.lookMs ?? lookEveryMs).unref()
  return {
    observe: (event) => {
      if (mayMatter(event)) assigning.ask()
    },
    look: assigning.ask,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      endDecided()
      for (const turns of [attendance, looking, routing, assigning]) await turns.done()
    },
  }
}

const guardedBy = (log: Logger): Guarded => (work) => () =>
  work().catch((error: unknown) => log[error instanceof Unreachable ? 'debug' : 'error']({ err: error }, 'conversations can not be placed now; that is tried again'))

/** Whether an event lets something wait, or gives an agent room. */
const mayMatter = ({ before, conversation: after }: ChatEvent): boolean =>
  before !== null && (['status', 'departmentPath', 'agentId', 'offeredTo', 'routedAt'] as const).some((what) => before[what] !== after[what])

const closedOnes = ({ departments }: Rules, now: number): readonly string[] => departments.filter((rule) => !isOpen(rule, now)).map(({ path }) => path)

/** Where nobody has decided: the department that the visitor chose, or the default one. */
const defaultRoute = ({ chosenPath }: Decided, rules: Rules, now: number): RoutingDecision => {
  const rule = rules.byPath.get(chosenPath ?? rules.defaultPath) ?? rules.byPath.get(rules.defaultPath)
  const departmentPath = rule?.path ?? rules.defaultPath
  const open = !rule || isOpen(rule, now)
  return {
    ...{ intent: null, alternatives: [], departmentPath, open, opensAt: open ? null : (rule.hours?.nextOpening(now) ?? null), source: null },
    ...{ fallback: true, reasons: ['routing did not answer in time, so the default route was taken'], rulesVersion: rules.version, decidedAt: now, tookMicros: 0 },
  }
}

type Route = PlaceOf<Extract<PlaceCommand, { readonly kind: 'route' }>>

const toRoute = (wanted: Decided, rules: Rules, now: number): Route => {
  const decision = wanted.decision ?? defaultRoute(wanted, rules, now)
  const language = languageOf(wanted.body)
  const { departmentPath, open, opensAt, intent, reasons } = decision
  const rule = rules.byPath.get(departmentPath)
  const body = closedNotice({ language, department: rule?.name ?? departmentPath, opensAt, zone: rule?.hours?.schedule.zone ?? 'UTC' })
  return {
    ...{ kind: 'route', conversationId: wanted.conversationId, decision, departmentPath, isOpen: open, reasons: reasons.join('; ') },
    needs: [...(intent ? [intent.name] : []), language],
    notice: open ? null : { messageId: randomUUID(), body },
    offer: null,
  }
}

type Place = (command: PlaceOf<PlaceCommand>) => Promise<void>

/** Agents who are there, and take what is offered to them. */
const findAvailable = async ({ store, presence }: PlacingOptions): Promise<readonly Agent[]> => {
  const found = await store.findAgents(presence.listAt(atInbox))
  return found.filter((agent) => agent !== null).filter(({ availability }) => availability === 'ONLINE')
}

/** Since when the least patient department's visitors would have to wait for an answer. */
const silentSince = ({ departments }: Rules, now: number): number => {
  const shortest = Math.min(...departments.flatMap(({ assignment: { answerMs } }) => answerMs ?? []))
  return Number.isFinite(shortest) ? now - shortest : 0
}

/** `sayAgain`: first, so that after a machine's sleep nobody who is here counts as gone. */
const openGivingBack = (opt: PlacingOptions, place: Place, sayAgain: (at: number) => Promise<void>) => {
  const { now = Date.now } = opt
  const beganAt = now()
  return async (ofAgents: boolean): Promise<void> => {
    const at = now()
    await sayAgain(at)
    await takeBack(opt, place, { now: at, beganAt, ofAgents })
  }
}

/** `beganAt`: when this process began. Agents need a while to come back to a hub that was started again. `ofAgents`: also what they have. */
type TakingBack = { readonly now: number; readonly beganAt: number; readonly ofAgents: boolean }

const takeBack = async (opt: PlacingOptions, place: Place, { now, beganAt, ofAgents }: TakingBack): Promise<void> => {
  const { rules } = opt.rules.current
  const unseenSince = now - beganAt < forgetMs ? 0 : now - forgetMs
  const lapsing = await opt.store.listLapsing({ now, unseenSince, silentSince: silentSince(rules, now), ofAgents })
  await Promise.all(lapsing.flatMap((one) => {
    const { conversationId, agentId, departmentPath } = one
    const { answerMs, absentMs } = assignmentOf(rules, departmentPath)
    const before = answerMs === null ? 0 : now - answerMs
    const why = reasonToReturn(one, now - absentMs, before)
    return why === null ? [] : [place({ kind: 'return', conversationId, agentId, why, before })]
  }))
}

/** An offer goes on at once; what an agent has stays with them for a while. Who never had an inbox open, and answers all the same, is not gone. */
const reasonToReturn = ({ status, isLate, isHere, seenAt, unansweredAt }: Lapsing, goneBefore: number, silentBefore: number) => {
  if (status === 'OFFERED') return isLate ? 'LAPSED' : isHere ? 'UNAVAILABLE' : 'ABSENT'
  if (!isHere && seenAt !== null && seenAt <= goneBefore) return 'ABSENT'
  return unansweredAt !== null && unansweredAt <= silentBefore ? 'SILENT' : null
}

const chooser = (opt: PlacingOptions, now: number) => {
  const { rules } = opt.rules.current
  const assignmentIn = (departmentPath: string) => assignmentOf(rules, departmentPath)
  const toOffering = ({ agentId, departmentPath }: Offer): Offering => {
    const { offerMs, capacity } = assignmentIn(departmentPath)
    return { agentId, until: now + offerMs, capacity: capacity ?? Number.MAX_SAFE_INTEGER }
  }
  return (waiting: readonly Waiting[], candidates: readonly Agent[]): ReadonlyMap<string, Offering> =>
    new Map(assign(waiting, candidates, assignmentIn).map((offer) => [offer.conversationId, toOffering(offer)]))
}

const offerWaiting = async (opt: PlacingOptions, place: Place, now: number): Promise<void> => {
  const candidates = await findAvailable(opt)
  const free = candidates.filter(({ active, offered, capacity }) => active + offered < capacity)
  const waiting = await opt.store.listWaiting([...new Set(free.flatMap(({ departments }) => departments))])
  const offers = chooser(opt, now)(waiting, candidates)
  await Promise.all([...offers].map(([conversationId, offering]) => place({ kind: 'offer', conversationId, ...offering })))
}

/** To whom what is routed now is offered at once, behind all that waits there already. */
const chooseFor = async (opt: PlacingOptions, decided: readonly Decided[], routes: readonly Route[], now: number): Promise<ReadonlyMap<string, Offering>> => {
  const candidates = routes.some(({ isOpen: open }) => open) ? await findAvailable(opt) : []
  if (candidates.length === 0) return new Map()
  const before = await opt.store.listWaiting([...new Set(routes.map(({ departmentPath }) => departmentPath))])
  const routed = routes.map(({ conversationId: id, departmentPath, needs }, index) => ({ id, departmentPath, needs, passedBy: [], lastAgentId: decided[index]?.lastAgentId ?? null }))
  return chooser(opt, now)([...before, ...routed], candidates)
}
