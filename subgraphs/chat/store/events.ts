import { z } from 'zod'
import type { ChatStore } from '../backend.ts'
import { eventColumns, events, ordinals, outboxRows } from './rows.ts'
import type { Sql } from '../../sql.ts'

type Events = Pick<ChatStore, 'lastOrdinal' | 'listEvents' | 'listEventsOf' | 'listUnannounced'> & { forget(outboxIds: readonly bigint[]): Promise<void> }

const selection = `
  SELECT ${eventColumns.map((column) => `e.${column}`).join(', ')}, CASE WHEN m.id IS NULL THEN NULL ELSE to_jsonb(m) END AS message
  FROM event e LEFT JOIN message m ON m.conversation_id = e.conversation_id AND m.position = e.position AND e.kind = 'MESSAGE'`

export const openEvents = ({ select }: Sql): Events => ({
  lastOrdinal: async () => (await select(ordinals, 'SELECT last FROM feed WHERE id = 1'))[0]?.last ?? 0,
  listEvents: (after, limit) => select(events, `${selection} WHERE e.ordinal > $1::bigint ORDER BY e.ordinal LIMIT $2::int`, after, limit),
  listEventsOf: (conversationId, staff, after, limit) => {
    const later = staff ? 'e.position > $2::int' : 'e.is_public AND e.public_position > $2::int'
    return select(events, `${selection} WHERE e.conversation_id = $1::uuid AND ${later} ORDER BY e.position LIMIT $3::int`, conversationId, after, limit)
  },
  listUnannounced: async (olderThanMs) => {
    const statement = "SELECT id, first, last FROM outbox WHERE at <= now() - $1::int * interval '1 millisecond' ORDER BY id LIMIT 1000"
    const rows = await select(outboxRows, statement, olderThanMs)
    return rows.map(({ id, first, last }) => ({ outboxId: id, first, last, events: null }))
  },
  forget: async (outboxIds) => {
    if (outboxIds.length > 0) await select(z.unknown(), 'DELETE FROM outbox WHERE id = ANY($1::bigint[])', outboxIds)
  },
})
