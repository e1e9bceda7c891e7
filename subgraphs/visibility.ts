import type { Caller } from './context.ts'
import { isAtOrBelowAny, normalizeDepartment, upwards } from './departments.ts'

/*
 * The one place that says what a caller may see beyond their role. A visitor sees what is their own; whoever works here
 * sees every customer. Another's row answers exactly as one that does not exist.
 */

const worksHere = ({ role }: Caller): boolean => role === 'AGENT' || role === 'ANALYST' || role === 'ADMIN'

export const maySeeCustomer = (caller: Caller, customerId: string): boolean =>
  worksHere(caller) || (caller.role === 'VISITOR' && caller.customerId !== null && caller.customerId === customerId)

/** An order, a shipment: what belongs to a customer. Null: nobody knows whose it is, so it is no visitor's. */
export const maySeeOwned = (caller: Caller, owned: { readonly customerId: string | null }): boolean =>
  worksHere(caller) || (owned.customerId !== null && maySeeCustomer(caller, owned.customerId))

/** What of a conversation decides who may see it. */
export type Placement = {
  readonly departmentPath: string
  readonly agentId: string | null
  readonly offeredTo: string | null
  readonly visitorId: string
}

/**
 * The conversations that a caller may see, as data: lists and searches turn it into a condition on rows, look-ups and events ask
 * `isInScope`. A test holds the two together.
 */
export type ConversationScope =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'own'; readonly visitorId: string }
  /** At or below one of the departments, or given to that agent. */
  | { readonly kind: 'departments'; readonly departments: readonly string[]; readonly agentId: string | null }

/** Departments that are none, such as an empty path, give no right to anything. */
const departmentsOf = ({ departments }: Caller): readonly string[] => departments.flatMap((path) => normalizeDepartment(path) ?? [])

/** An analyst who is bound to no department sees every conversation, as an analyst sees every customer. */
export const conversationScope = (caller: Caller): ConversationScope => {
  const departments = departmentsOf(caller)
  switch (caller.role) {
    case 'VISITOR':
      return { kind: 'own', visitorId: caller.id }
    case 'AGENT':
      return { kind: 'departments', departments, agentId: caller.id }
    case 'ANALYST':
      return caller.departments.length === 0 ? { kind: 'all' } : { kind: 'departments', departments, agentId: null }
    case 'ADMIN':
      return { kind: 'all' }
    case 'NOBODY':
      return { kind: 'none' }
  }
}

export const isInScope = (scope: ConversationScope, { departmentPath, agentId, offeredTo, visitorId }: Placement): boolean => {
  switch (scope.kind) {
    case 'none':
      return false
    case 'all':
      return true
    case 'own':
      return visitorId === scope.visitorId
    case 'departments': {
      const isTheirs = scope.agentId !== null && (agentId === scope.agentId || offeredTo === scope.agentId)
      return isTheirs || isAtOrBelowAny(departmentPath, scope.departments)
    }
  }
}

/**
 * Who may read an article: departments, with those above and below them, `staff` for whoever works here, `public` for everybody. Nobody where the list is empty, but
 * admins, and analysts who are bound to no department.
 */
export type Readership = readonly string[]

/** Two sets of keys that have one in common where a caller may read: so that an index can look for it before it counts. */
export const keysOfReadership = (readers: Readership): readonly string[] => [
  ...new Set(['all', ...readers.flatMap((one) => (one === 'public' || one === 'staff' ? [one] : keysOfDepartment(one)))]),
]

/** Whoever is at it or below it reads as `at`, whoever is above it as `below`. */
const keysOfDepartment = (path: string): readonly string[] => [`at ${path}`, ...upwards(path).slice(1).map((above) => `below ${above}`)]

export const keysOfReader = (caller: Caller): readonly string[] => {
  if (caller.role === 'NOBODY' || caller.role === 'VISITOR') return ['public']
  if (conversationScope(caller).kind === 'all') return ['all']
  return ['public', 'staff', ...departmentsOf(caller).flatMap((path) => [...upwards(path).map((one) => `at ${one}`), `below ${path}`])]
}

export const mayRead = (caller: Caller, readers: Readership): boolean => {
  const keys = new Set(keysOfReadership(readers))
  return keysOfReader(caller).some((key) => keys.has(key))
}

/** Notes, and changes that only concern those who work on a conversation. For everybody else it is as if they were not there. */
export const maySeeNotes = ({ role }: Caller): boolean => role === 'AGENT' || role === 'ADMIN'
