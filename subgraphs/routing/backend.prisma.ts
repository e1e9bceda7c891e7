import { z } from 'zod'
import type { Database } from '../../prisma/client.ts'
import { placementColumns, toPlacement } from '../placement-row.ts'
import { routingDecision } from '../routing-decision.ts'
import { isId, openSql } from '../sql.ts'
import type { DecidedText, Routed, RoutingStore, Wanted } from './backend.ts'

/** So many are decided in one transaction. */
const atOnce = 64

const time = z.date().transform((date) => date.getTime())

const wantedRows = z.array(
  z
    .object({ conversation_id: z.string(), body: z.string(), chosen_path: z.string().nullable(), wanted_at: time })
    .transform((row) => ({ id: row.conversation_id, wanted: { text: row.body, chosen: row.chosen_path, wantedAt: row.wanted_at } satisfies Wanted })),
)

const routedRows = z.array(
  z
    .object({
      conversation_id: z.string(), body: z.string(), state: z.string(), decision: z.unknown(),
      ...placementColumns,
    })
    .transform((row) => ({
      id: row.conversation_id,
      routed: {
        text: row.body,
        placement: toPlacement(row),
        decision: row.state === 'DONE' ? (routingDecision.safeParse(row.decision).data ?? null) : null,
      } satisfies Routed,
    })),
)

const latestRows = z.array(
  z.object({ body: z.string(), chosen_path: z.string().nullable(), decided_at: time })
    .transform((row): DecidedText => ({ text: row.body, chosen: row.chosen_path, decidedAt: row.decided_at })),
)

/** Whoever holds a row decides it; the others take the next ones. */
const claimStatement = `
  SELECT conversation_id, body, chosen_path, wanted_at FROM routing WHERE state = 'WANTED' ORDER BY wanted_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED`

const decidedStatement = `
  UPDATE routing r SET state = 'DECIDED', decision = d.decision, decided_at = now(), decided_by = $2
  FROM jsonb_to_recordset($1::jsonb) AS d(conversation_id uuid, decision jsonb) WHERE r.conversation_id = d.conversation_id`

const routedStatement = `
  SELECT r.conversation_id, r.body, r.state, r.decision, c.department_path, c.agent_id, c.offered_to, c.visitor_id
  FROM routing r JOIN conversation c ON c.id = r.conversation_id WHERE r.conversation_id = ANY($1::uuid[])`

const latestStatement = 'SELECT body, chosen_path, decided_at FROM routing WHERE decided_at IS NOT NULL ORDER BY decided_at DESC LIMIT $1::int'

export type RoutingStoreOptions = { readonly database: Database; /** This process, as it signs what it decided. */ readonly instance: string }

/** In the database of the chat, where conversations are. Does not own it. */
export const openRoutingStore = ({ database, instance }: RoutingStoreOptions): RoutingStore => {
  const sql = openSql(database, { name: 'routing' })
  return {
    claim: (decide) =>
      sql.transaction(async (select) => {
        const rows = await select(wantedRows, claimStatement)
        if (rows.length === 0) return 0
        const decided = rows.map(({ id, wanted }) => ({ conversation_id: id, decision: decide(wanted) }))
        await select(z.unknown(), decidedStatement, JSON.stringify(decided), instance)
        return rows.length
      }),
    findRouted: async (ids) => {
      const found = new Map((await sql.select(routedRows, routedStatement, ids.filter(isId))).map(({ id, routed }) => [id, routed]))
      return ids.map((id) => found.get(id) ?? null)
    },
    listLatest: (limit) => sql.select(latestRows, latestStatement, limit),
  }
}
