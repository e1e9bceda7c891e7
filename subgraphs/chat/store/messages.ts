import { isId } from '../../sql.ts'
import type { Sql } from '../../sql.ts'
import type { ChatStore, MessagesQuery } from '../backend.ts'
import { inOrder } from './people.ts'
import { counts, messageColumns, messages, readMarks } from './rows.ts'
import { openParameters } from './scope-sql.ts'

type Messages = Pick<ChatStore, 'listMessages' | 'findLastMessages' | 'countUnread' | 'listReadMarks' | 'markRead'>

const columns = messageColumns.map((column) => `m.${column}`).join(', ')

/** The position as those count it who ask, and what they see. */
const counted = (staff: boolean) => (staff ? { position: 'position', seen: 'true' } : { position: 'public_position', seen: 'm.seq IS NOT NULL' })

export const openMessages = ({ select }: Sql): Messages => ({
  listMessages: async (query) => {
    const { statement, values } = pageStatement(query)
    const rows = await select(messages, statement, ...values)
    return query.from === 'newest' ? rows.toReversed() : rows
  },
  findLastMessages: async (ids, staff) => {
    const statement = `SELECT DISTINCT ON (m.conversation_id) ${columns} FROM message m
      WHERE m.conversation_id = ANY($1::uuid[]) AND ${counted(staff).seen} ORDER BY m.conversation_id, m.position DESC`
    return inOrder(ids, await select(messages, statement, ids.filter(isId)), ({ conversationId }) => conversationId)
  },
  countUnread: async (ids, { kind, id }, staff) => {
    const statement = `SELECT m.conversation_id AS key, count(*) AS count FROM message m
      LEFT JOIN read_mark r ON r.conversation_id = m.conversation_id AND r.participant_kind = $2 AND r.participant_id = $3
      WHERE m.conversation_id = ANY($1::uuid[]) AND ${counted(staff).seen} AND m.position > coalesce(r.position, 0)
        AND NOT (m.author_kind = $2 AND m.author_id = $3)
      GROUP BY 1`
    return inOrder(ids, await select(counts, statement, ids.filter(isId), kind, id), ({ key }) => key).map((row) => row?.count ?? 0)
  },
  listReadMarks: async (ids) => {
    const statement = `SELECT ${markColumns} FROM read_mark WHERE conversation_id = ANY($1::uuid[]) ORDER BY participant_kind, participant_id`
    const found = Map.groupBy(await select(readMarks, statement, ids.filter(isId)), ({ conversationId }) => conversationId)
    return ids.map((id) => found.get(id) ?? [])
  },
  markRead: async (conversationId, { kind, id, name }, position, staff) => {
    const [mark] = await select(readMarks, markStatement(staff), conversationId, kind, id, name, position)
    return mark ?? null
  },
})

const pageStatement = ({ conversationId, staff, after, before, limit, from }: MessagesQuery) => {
  const parameters = openParameters(conversationId)
  const { position, seen } = counted(staff)
  const conditions = ['m.conversation_id = $1::uuid', seen]
  if (after !== null) conditions.push(`m.${position} > ${parameters.add(after)}::int`)
  if (before !== null) conditions.push(`m.${position} < ${parameters.add(before)}::int`)
  const order = from === 'newest' ? 'DESC' : 'ASC'
  const statement = `SELECT ${columns} FROM message m WHERE ${conditions.join(' AND ')} ORDER BY m.position ${order} LIMIT ${parameters.add(limit)}::int`
  return { statement, values: parameters.values }
}

const markColumns = 'conversation_id, participant_kind, participant_id, participant_name, position, public_position'

/** The event at that position says how the others count it; where visitors count, the newest event that they may know of up to it. */
const markStatement = (staff: boolean): string => `
  INSERT INTO read_mark AS r (${markColumns}, at)
  SELECT e.conversation_id, $2, $3, $4, e.position, e.public_position, now() FROM event e
  WHERE e.conversation_id = $1::uuid AND ${staff ? 'e.position' : 'e.is_public AND e.public_position'} = $5::int
  ON CONFLICT (conversation_id, participant_kind, participant_id) DO UPDATE SET
    position = greatest(r.position, excluded.position), public_position = greatest(r.public_position, excluded.public_position),
    participant_name = excluded.participant_name, at = now()
  RETURNING ${markColumns}`
