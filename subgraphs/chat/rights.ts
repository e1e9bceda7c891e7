import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Bus } from '../../bus/bus.ts'
import type { Caller } from '../context.ts'
import { intersectDepartments, normalizeDepartment } from '../departments.ts'
import { Unreachable } from '../../fuse/errors.ts'
import type { Agent, ChatStore, NewAgent } from './backend.ts'
import { openBatcher } from './batcher.ts'
import { nameOf } from './words.ts'

/**
 * What agents' newest tokens say of them. An agent who comes with a later token that names fewer departments has lost the others: what is still open with an
 * earlier token, in whichever process, sees no more than both allow.
 */
export type Rights = AsyncDisposable & {
  /** Writes an agent down, or what has changed of them. Does nothing where all of it is known. */
  meet(caller: Caller): Promise<void>
  /** The caller with the departments that they have now. */
  narrow(caller: Caller): Caller
  /** Told whose rights may have changed. */
  onChange(listener: (agentId: string) => void): void
}

type Known = { readonly tokenAt: number; readonly departments: readonly string[]; readonly name: string }

const subject = 'chat.rights'
const told = z.object({ instance: z.string(), id: z.string(), tokenAt: z.number(), departments: z.array(z.string()), name: z.string() })

const remembered = 100_000

export const openRights = (store: Pick<ChatStore, 'meetAgents'>, bus: Bus, instance: string): Rights => {
  const known = new LRUCache<string, Known>({ max: remembered })
  const listeners: ((agentId: string) => void)[] = []
  // Thousands come at once when a hub is started anew.
  const meeting = openBatcher((agents: readonly NewAgent[]) => store.meetAgents(agents), { maxBatch: 500, isNobodysFault: (error) => error instanceof Unreachable })
  const learn = (id: string, latest: Known) => {
    const before = known.get(id)
    if (before && before.tokenAt > latest.tokenAt) return
    known.set(id, latest)
    if (before && !isSame(before.departments, latest.departments)) for (const listener of listeners) listener(id)
  }
  const end = bus.subscribe(subject, (message) => {
    const { instance: from, id, ...latest } = told.parse(message)
    if (from !== instance) learn(id, latest)
  })
  return {
    meet: async (caller) => {
      if (caller.role !== 'AGENT' && caller.role !== 'ADMIN') return
      const departments = caller.departments.flatMap((path) => normalizeDepartment(path) ?? [])
      const name = nameOf(caller)
      const latest = known.get(caller.id)
      const tokenAt = tokenAtOf(caller)
      const isSameToken = latest?.tokenAt === tokenAt && latest.name === name && isSame(latest.departments, departments)
      if (latest && (isSameToken || latest.tokenAt > tokenAt)) return
      const kept = toKnown(await meeting.run({ id: caller.id, name, departments, tokenAt }))
      learn(caller.id, kept)
      if (bus.reachesOthers) bus.publish(subject, { instance, id: caller.id, ...kept })
    },
    narrow: (caller) => {
      const latest = caller.role === 'AGENT' ? known.get(caller.id) : undefined
      // Tokens count in seconds: of two of the same one, nobody knows which is the later.
      if (!latest || latest.tokenAt < tokenAtOf(caller) || isSame(latest.departments, caller.departments)) return caller
      return { ...caller, departments: intersectDepartments(caller.departments.flatMap((path) => normalizeDepartment(path) ?? []), latest.departments) }
    },
    onChange: (listener) => void listeners.push(listener),
    [Symbol.asyncDispose]: async () => end(),
  }
}

/** A token may tell its time in parts of a second (RFC 7519, section 2), which nobody keeps. */
const tokenAtOf = ({ issuedAt }: Caller): number => Math.floor(issuedAt)

const toKnown = ({ tokenAt, departments, name }: Agent): Known => ({ tokenAt, departments, name })

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((one, index) => one === others[index])
