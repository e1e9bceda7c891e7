import { randomUUID } from 'node:crypto'
import type { Caller } from '../context.ts'
import { become } from '../context.ts'
import { intersectDepartments, isAtOrBelow, normalizeDepartment } from '../departments.ts'
import { badInput } from '../errors.ts'
import type { Agent, CannedReply } from './backend.ts'
import type { Actor } from './conversation.ts'
import { refuse } from './decide.ts'
import type { Refusal } from './decide.ts'
import type { Context } from './loaders.ts'
import { atInbox } from './presence.ts'
import type { Availability, MutationOpenVisitorSessionArgs, MutationSetAvailabilityArgs, SaveCannedReplyInput } from './schema.generated.ts'
import { actorOf } from './seeing.ts'
import { cleanLine, cleanText, isTooLong, nameOf } from './words.ts'

/* Who takes part: visitors' sessions, agents and whether they are there, what they have ready to say. */

const maxName = 80
const anonymous = 'Visitor'

/** An anonymous visitor's own session goes on under the same id; anybody else begins a new one. */
export const openVisitorSession = async ({ site, displayName }: MutationOpenVisitorSessionArgs, context: Context) => {
  const { settings, signVisitor } = context.loaders.desk
  const cleanSite = cleanLine(site, 100)
  if (cleanSite === null || (settings.sites.length > 0 && !settings.sites.includes(cleanSite))) throw badInput('there is no such site', 'site')
  const { caller } = context
  const isContinued = caller.role === 'VISITOR' && !caller.verified
  const name = cleanLine(displayName ?? (isContinued ? caller.name : ''), maxName) ?? anonymous
  const id = isContinued ? caller.id : `anonymous-${randomUUID()}`
  const { token, expiresAt } = await signVisitor({ id, name, site: cleanSite }, settings.visitorTokenHours)
  // Whoever has a session is who it is for, also for the rest of this request.
  if (caller.role === 'NOBODY') become(context, { id, name, role: 'VISITOR', departments: [], customerId: null, verified: false, issuedAt: 0 })
  return { visitor: { kind: 'VISITOR', id, name, verified: false } as const, token, expiresAt: new Date(expiresAt).toISOString() }
}

/** An agent is there while an inbox of theirs is open; then they are what they chose to be. */
export const availabilityOf = async ({ id }: Pick<Actor, 'id'>, { loaders }: Context): Promise<Availability> => {
  if (!loaders.desk.presence.isAt(atInbox, id)) return 'OFFLINE'
  return (await loaders.agent.load(id))?.availability ?? 'OFFLINE'
}

export const toActor = ({ id, name }: Agent): Actor => ({ kind: 'AGENT', id, name })

const isNear = (some: string, other: string) => isAtOrBelow(some, other) || isAtOrBelow(other, some)

/** `departmentPath`: those who answer for it, or for a part of it. */
export const listAgents = async (departmentPath: string | null, onlineOnly: boolean, { loaders }: Context): Promise<readonly Actor[]> => {
  const path = departmentPath === null ? null : normalizeDepartment(departmentPath)
  if (departmentPath !== null && path === null) throw badInput('departmentPath is no department', 'departmentPath')
  const { presence } = loaders.desk
  const all = await loaders.agents()
  return all
    .filter(({ departments }) => path === null || departments.some((one) => isNear(one, path)))
    .filter(({ id, availability }) => !onlineOnly || (presence.isAt(atInbox, id) && availability !== 'OFFLINE'))
    .map((agent) => {
      loaders.agent.prime(agent.id, agent)
      return toActor(agent)
    })
}

export const countOnline = async (departmentPath: string, { loaders }: Context): Promise<number> => {
  const online = new Set(loaders.desk.presence.listAt(atInbox))
  if (online.size === 0) return 0
  const agents = await loaders.agents()
  return agents.filter(({ id, availability, departments }) => online.has(id) && availability === 'ONLINE' && departments.some((one) => isAtOrBelow(departmentPath, one))).length
}

const maxCapacity = 1_000

export const setAvailability = async ({ availability, capacity = null }: MutationSetAvailabilityArgs, context: Context): Promise<Actor | null> => {
  if (capacity !== null && (capacity < 0 || capacity > maxCapacity)) throw badInput(`capacity is 0 to ${maxCapacity}, not ${capacity}`, 'capacity')
  const { caller, loaders } = context
  const { placing, rights, store, signals } = loaders.desk
  await rights.meet(caller)
  const agent = await store.setAvailability(caller.id, availability, capacity)
  if (!agent) return null
  loaders.agent.clear(agent.id).prime(agent.id, agent)
  signals.agentChanged(toActor(agent))
  placing.look()
  return toActor(agent)
}

const departmentsOf = ({ departments }: Caller): readonly string[] => departments.flatMap((path) => normalizeDepartment(path) ?? [])

/** Those of every department, and of those that the caller answers for. */
export const listCannedReplies = async (search: string | null, { caller, loaders }: Context): Promise<readonly CannedReply[]> => {
  const replies = await loaders.desk.store.listCannedReplies(cleanLine(search ?? '', 100))
  const departments = departmentsOf(caller)
  return replies.filter(({ departmentPath }) => departmentPath === null || caller.role === 'ADMIN' || departments.some((one) => isNear(one, departmentPath)))
}

const maxShortcut = 40

export const saveCannedReply = async (input: SaveCannedReplyInput, context: Context) => {
  const saved = await trySaving(input, context)
  if (!('kind' in saved)) return { cannedReply: saved, userErrors: [] }
  return { cannedReply: null, userErrors: [{ code: saved.code, message: saved.message, field: saved.field === null ? null : ['input', saved.field] }] }
}

const trySaving = async (input: SaveCannedReplyInput, context: Context): Promise<CannedReply | Refusal> => {
  const { caller, loaders } = context
  const { rules, settings, store } = loaders.desk
  const shortcut = cleanLine(input.shortcut, maxShortcut)
  if (shortcut === null || /\s/u.test(shortcut)) return refuse('INVALID', `shortcut is one word of 1 to ${maxShortcut} characters`, 'shortcut')
  const body = isTooLong(input.body, settings.messageLength) ? null : cleanText(input.body)
  if (body === null) return refuse('INVALID', `body is 1 to ${settings.messageLength} characters`, 'body')
  const departmentPath = input.departmentPath == null ? null : normalizeDepartment(input.departmentPath)
  if (input.departmentPath != null && (departmentPath === null || !rules.current.rules.byPath.has(departmentPath))) return refuse('INVALID', 'there is no such department', 'departmentPath')
  const before = input.id == null ? null : await store.findCannedReply(input.id)
  if (input.id != null && before === null) return refuse('NOT_FOUND', 'there is no such reply', 'id')
  const concerned = [departmentPath, ...(before ? [before.departmentPath] : [])]
  if (!concerned.every((path) => mayWriteFor(path, caller))) return refuse('FORBIDDEN', 'only an admin writes for every department, and an agent for their own', 'departmentPath')
  const saved = await store.saveCannedReply({ id: before?.id ?? null, shortcut, body, departmentPath, by: caller.id })
  if (saved === 'TAKEN') return refuse('CONFLICT', 'another reply has this shortcut', 'shortcut')
  return saved ?? refuse('NOT_FOUND', 'there is no such reply', 'id')
}

const mayWriteFor = (departmentPath: string | null, caller: Caller): boolean =>
  caller.role === 'ADMIN' || (departmentPath !== null && intersectDepartments([departmentPath], departmentsOf(caller)).includes(departmentPath))

export const toCaller = async (context: Context) => {
  const { caller, loaders } = context
  if (caller.role === 'NOBODY') return null
  await loaders.desk.rights.meet(caller)
  const agent = caller.role === 'AGENT' || caller.role === 'ADMIN' ? actorOf(context) : null
  return { id: caller.id, displayName: nameOf(caller), role: caller.role, departmentPaths: departmentsOf(caller), agent }
}
