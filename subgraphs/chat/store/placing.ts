import { z } from 'zod'
import { routingDecision } from '../../routing-decision.ts'
import type { ChatStore, Decided, Lapsing } from '../backend.ts'
import type { Waiting } from '../assign.ts'
import { openParameters, atOrBelow } from './scope-sql.ts'
import type { Sql } from '../../sql.ts'

type Placing = Pick<ChatStore, 'listDecided' | 'listUndecided' | 'listOffline' | 'listLapsing' | 'listWaiting'>

const some = 200
/** Of one department; nobody is there to take more of it at once. */
const perDepartment = 50

const iso = (at: number): string => new Date(at).toISOString()
const ids = z.array(z.object({ id: z.string() }).transform(({ id }) => id))

/** What can't be read is no decision, and the default route takes the conversation. */
const decided = z.array(
  z.object({ conversation_id: z.string(), body: z.string(), chosen_path: z.string().nullable(), decision: z.unknown(), last_agent: z.string().nullable() }).transform((row): Decided => ({
    conversationId: row.conversation_id, body: row.body, chosenPath: row.chosen_path, decision: routingDecision.safeParse(row.decision).data ?? null,
    lastAgentId: row.last_agent,
  })),
)

const lapsing = z.array(
  z
    .object({
      id: z.string(), status: z.enum(['OFFERED', 'ACTIVE']), agent: z.string(), department_path: z.string(), is_late: z.boolean(), is_here: z.boolean(),
      seen_at: z.date().nullable(), unanswered_at: z.date().nullable(),
    })
    .transform((row): Lapsing => ({
      conversationId: row.id, status: row.status, agentId: row.agent, departmentPath: row.department_path, isLate: row.is_late, isHere: row.is_here,
      seenAt: row.seen_at?.getTime() ?? null, unansweredAt: row.unanswered_at?.getTime() ?? null,
    })),
)

const waiting = z.array(
  z
    .object({ id: z.string(), department_path: z.string(), passed_by: z.array(z.string()), needs: z.array(z.string()), last_agent: z.string().nullable() })
    .transform((row): Waiting => ({ id: row.id, departmentPath: row.department_path, passedBy: row.passed_by, needs: row.needs, lastAgentId: row.last_agent })),
)

/** Who is there is read from what each process writes down, not from the bus: where that fails, nobody loses what they have. */
const lapsingStatement = `
  SELECT o.id, o.status, o.agent, o.department_path, o.is_late, o.is_here, o.seen_at, o.unanswered_at
  FROM (
    SELECT c.id, c.status, a.id AS agent, c.department_path, c.queued_at, c.unanswered_at, a.seen_at,
      c.status = 'OFFERED' AND coalesce(c.offer_until <= $1::timestamptz, true) AS is_late,
      a.is_present AND coalesce(a.seen_at > $2::timestamptz, false) AS is_here,
      a.availability = 'ONLINE' AND a.capacity > (SELECT count(*) FROM conversation t WHERE t.agent_id = a.id AND t.status = 'ACTIVE') AS is_taking
    FROM conversation c JOIN agent a ON a.id = CASE c.status WHEN 'OFFERED' THEN c.offered_to ELSE c.agent_id END
    WHERE c.status = ANY($4::text[])) o
  WHERE CASE o.status WHEN 'OFFERED' THEN o.is_late OR NOT o.is_here OR NOT o.is_taking ELSE (NOT o.is_here AND o.seen_at IS NOT NULL) OR o.unanswered_at <= $3::timestamptz END
  ORDER BY o.queued_at, o.id LIMIT ${some}`

/** Who had the conversation of the same visitor before that of `row`. */
const lastAgentOf = (row: string): string =>
  `(SELECT p.agent_id FROM conversation p WHERE p.visitor_id = ${row}.visitor_id AND p.id <> ${row}.id AND p.agent_id IS NOT NULL ORDER BY p.activity_at DESC LIMIT 1) AS last_agent`

const routingStatement = (condition: string): string => `
  SELECT r.conversation_id, r.body, r.chosen_path, r.decision, ${lastAgentOf('c')}
  FROM routing r JOIN conversation c ON c.id = r.conversation_id WHERE ${condition} ORDER BY r.wanted_at LIMIT ${some}`

/** Each department's longest waiting ones, all of them longest first; beside each who had the same visitor before. */
const waitingStatement = (condition: string): string => `
  SELECT w.id, w.department_path, w.passed_by, w.needs, ${lastAgentOf('w')}
  FROM (
    SELECT c.id, c.department_path, c.passed_by, c.needs, c.visitor_id, c.queued_at, row_number() OVER (PARTITION BY c.department_path ORDER BY c.queued_at, c.id) AS place
    FROM conversation c WHERE c.status = 'WAITING' AND c.routed_at IS NOT NULL AND (${condition})) w
  WHERE w.place <= ${perDepartment} ORDER BY w.queued_at, w.id`

export const openPlacingStore = ({ select }: Sql): Placing => {
  const listRouting = (condition: string, ...values: readonly unknown[]) =>
    select(decided, routingStatement(condition), ...values)
  return {
    listDecided: () => listRouting("r.state = 'DECIDED'"),
    listUndecided: (olderThanMs) => listRouting("r.state = 'WANTED' AND r.wanted_at <= now() - $1::int * interval '1 millisecond'", olderThanMs),
    listOffline: (closed) =>
      select(ids, `SELECT id FROM conversation WHERE status = 'OFFLINE' AND NOT department_path = ANY($1::text[]) ORDER BY queued_at, id LIMIT ${some}`, closed),
    listLapsing: ({ now, unseenSince, silentSince, ofAgents }) =>
      select(lapsing, lapsingStatement, iso(now), iso(unseenSince), iso(silentSince), ofAgents ? ['OFFERED', 'ACTIVE'] : ['OFFERED']),
    listWaiting: async (departments) => {
      if (departments.length === 0) return []
      const parameters = openParameters()
      const condition = departments.map((path) => atOrBelow(path, parameters)).join(' OR ')
      return select(waiting, waitingStatement(condition), ...parameters.values)
    },
  }
}
