import { z } from 'zod'
import type { Database } from '../../prisma/client.ts'

/** A conversation that waits in a department's queue, and nothing was said in it yet. */
export type Seeded = { readonly id: string; readonly visitor: string }

const rows = z.array(z.object({ id: z.string(), visitor: z.string() }))

/* Straight into the database, as thousands by the front door would take longer than what is measured. */

const insertVisitors = `INSERT INTO visitor (id, display_name, verified) SELECT 'v-' || n, 'v-' || n, true FROM generate_series(1, $1::int) AS n ON CONFLICT DO NOTHING`

const insertConversations = `
  INSERT INTO conversation (
    id, status, department_path, visitor_id, visitor_name, visitor_verified, opened_at, activity_at, public_activity_at, queued_at, routed_at,
    position, public_position, seq, start_client_message_id, start_fingerprint
  )
  SELECT gen_random_uuid(), 'WAITING', $2, 'v-' || n, 'v-' || n, true, now(), now(), now(), now(), now(), 0, 0, 0, 'seed', 'seed'
  FROM generate_series(1, $1::int) AS n
  RETURNING id::text AS id, visitor_id AS visitor`

/** One conversation for each of `count` visitors, `v-1` and so on. */
export const seedConversations = async (database: Database, count: number, department: string): Promise<readonly Seeded[]> => {
  const client = await database.client()
  await client.$executeRawUnsafe(insertVisitors, count)
  return rows.parse(await client.$queryRawUnsafe(insertConversations, count, department))
}
