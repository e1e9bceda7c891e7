import { isAtOrBelow } from '../departments.ts'
import type { Assignment } from '../department-rules.ts'
import type { Agent } from './backend.ts'
import type { AgentLoad } from './decide.ts'

/* Who is offered which of the conversations that wait: a pure decision over what was read a moment ago. The store looks again before it carries one out. */

/** One that waits for an agent. */
export type Waiting = {
  readonly id: string
  readonly departmentPath: string
  /** Agents who let it pass, the last one last. */
  readonly passedBy: readonly string[]
  /** An intent, a language. */
  readonly needs: readonly string[]
  /** Who had the visitor's conversation before this one. */
  readonly lastAgentId: string | null
}

/** Somebody who is there. */
export type Candidate = Pick<Agent, 'id' | 'departments' | 'availability' | 'capacity' | 'active' | 'offered' | 'offeredAt'>

export type Offer = { readonly conversationId: string; readonly departmentPath: string; readonly agentId: string }

/** Whether an agent can be offered one more: they are there to take any, answer for the department, and have room, offers counted. `most`: what the department lets one agent have. */
export const hasRoom = ({ departments, availability, capacity, active, offered }: Omit<AgentLoad, 'id' | 'name'>, departmentPath: string, most: number): boolean =>
  availability === 'ONLINE' && active + offered < Math.min(capacity, most) && departments.some((path) => isAtOrBelow(departmentPath, path))

/** What each conversation, the longest waiting first, is offered; those that nobody can take now are not in the answer. */
export const assign = (waiting: readonly Waiting[], candidates: readonly Candidate[], assignmentOf: (departmentPath: string) => Assignment): readonly Offer[] => {
  const loads = new Map(candidates.map((candidate) => [candidate.id, candidate]))
  return waiting.flatMap((conversation, index) => {
    const chosen = choose(conversation, [...loads.values()], assignmentOf(conversation.departmentPath))
    if (!chosen) return []
    // Of those who are chosen now, the first is longer ago than the last, and all of them are later than whoever was chosen before.
    loads.set(chosen.id, { ...chosen, offered: chosen.offered + 1, offeredAt: Number.MAX_SAFE_INTEGER - waiting.length + index })
    return [{ conversationId: conversation.id, departmentPath: conversation.departmentPath, agentId: chosen.id }]
  })
}

const choose = (waiting: Waiting, candidates: readonly Candidate[], assignment: Assignment): Candidate | null => {
  const most = assignment.capacity ?? Number.POSITIVE_INFINITY
  const able = candidates.filter((candidate) => hasRoom(candidate, waiting.departmentPath, most))
  const pool = notPassed(waiting, able)
  switch (assignment.strategy) {
    case 'MANUAL':
      return null
    case 'ROUND_ROBIN':
      return best(pool, longestWithout)
    case 'LEAST_LOAD':
      return best(pool, byLoad, longestWithout)
    case 'LAST_AGENT':
      return pool.find(({ id }) => id === waiting.lastAgentId) ?? best(pool, byLoad, longestWithout)
    case 'SKILLS':
      return bySkill(waiting, pool, candidates, assignment)
  }
}

/** Those who have not let it pass; where all have, the one who did so longest ago: it goes round again. */
const notPassed = ({ passedBy }: Waiting, able: readonly Candidate[]): readonly Candidate[] => {
  const fresh = able.filter(({ id }) => !passedBy.includes(id))
  return fresh.length > 0 ? fresh : able.toSorted((a, b) => passedBy.indexOf(a.id) - passedBy.indexOf(b.id)).slice(0, 1)
}

/** Whoever knows most of what it takes. It waits for somebody who knows anything of it as long as such a one is there at all. */
const bySkill = ({ needs, departmentPath }: Waiting, pool: readonly Candidate[], candidates: readonly Candidate[], { skills }: Assignment): Candidate | null => {
  const skillOf = ({ id }: Candidate) => needs.reduce((sum, need) => sum + (skills.get(id)?.includes(need) === true ? weightOf(need) : 0), 0)
  const chosen = best(pool, (candidate) => -skillOf(candidate), byLoad, longestWithout)
  if (!chosen || skillOf(chosen) > 0) return chosen
  const isThere = candidates.some((one) => skillOf(one) > 0 && hasRoom({ ...one, active: 0, offered: 0 }, departmentPath, Number.POSITIVE_INFINITY))
  return isThere ? null : chosen
}

/** To know what it is about counts more than to speak the language. */
const weightOf = (need: string): number => (need === 'zh' || need === 'en' ? 1 : 2)

/** Of what they can take. */
const byLoad = ({ active, offered, capacity }: Candidate): number => (active + offered) / Math.max(1, capacity)
const longestWithout = ({ offeredAt }: Candidate): number => offeredAt ?? 0

/** The one with the least of the first measure, of equals the least of the next; in the end by id, so that every process chooses the same. */
const best = (pool: readonly Candidate[], ...measures: readonly ((candidate: Candidate) => number)[]): Candidate | null => {
  const order = (a: Candidate, b: Candidate): number => {
    for (const measure of measures) {
      const difference = measure(a) - measure(b)
      if (difference !== 0) return difference
    }
    return a.id < b.id ? -1 : 1
  }
  const [first = null] = pool.toSorted(order)
  return first
}
