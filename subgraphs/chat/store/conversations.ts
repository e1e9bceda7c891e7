import { z } from 'zod'
import type { ChatStore, ConversationsQuery } from '../backend.ts'
import type { Whereabouts } from '../conversation.ts'
import { inOrder } from './people.ts'
import { conversationColumns, conversations, counts } from './rows.ts'
import { atOrBelow, inScope, openParameters, within } from './scope-sql.ts'
import type { Parameters } from './scope-sql.ts'
import { isId, isKeepable } from '../../sql.ts'
import type { Sql } from '../../sql.ts'

type Conversations = Pick<ChatStore, 'findConversations' | 'findWhereabouts' | 'listConversations' | 'countInbox' | 'listQueue' | 'findQueuePlaces' | 'countWaiting'>

const columns = conversationColumns.map((column) => `c.${column}`).join(', ')

export const openConversations = ({ select }: Sql): Conversations => ({
  findConversations: async (ids) => {
    const asked = [...new Set(ids.filter(isId))]
    if (asked.length === 0) return ids.map(() => null)
    return inOrder(ids, await select(conversations, `SELECT ${columns} FROM conversation c WHERE c.id = ANY($1::uuid[])`, asked), ({ id }) => id)
  },
  findWhereabouts: async (ids) => {
    const asked = [...new Set(ids.filter(isId))]
    if (asked.length === 0) return ids.map(() => null)
    const [found] = await select(whereabouts, whereaboutsStatement, asked)
    return inOrder(ids, found?.all ?? [], ({ id }) => id)
  },
  listConversations: (query) => {
    const parameters = openParameters()
    const activity = query.staff ? 'c.activity_at' : 'c.public_activity_at'
    const conditions = [inScope(query.scope, parameters), ...filtersOf(query, parameters)]
    if (query.after) {
      const [at, id] = [parameters.add(new Date(query.after.activityAt).toISOString()), parameters.add(query.after.id)]
      conditions.push(`(${activity}, c.id) < (${at}::timestamptz, ${id}::uuid)`)
    }
    const statement = `SELECT ${columns} FROM conversation c WHERE ${conditions.join(' AND ')} ORDER BY ${activity} DESC, c.id DESC LIMIT ${parameters.add(query.limit)}::int`
    return select(conversations, statement, ...parameters.values)
  },
  countInbox: async (scope, agentId) => {
    const parameters = openParameters(agentId)
    const inbox = z.array(z.object({ waiting: count, offered: count, mine: count, unread: count }))
    const [counted] = await select(inbox, countStatement(inScope(scope, parameters)), ...parameters.values)
    return counted ?? { waiting: 0, offered: 0, mine: 0, unread: 0 }
  },
  listQueue: async (departmentPath, limit) => {
    const statement = "SELECT id AS key, 0 AS count FROM conversation WHERE department_path = $1 AND status IN ('WAITING', 'OFFERED') AND routed_at IS NOT NULL ORDER BY queued_at, id LIMIT $2::int"
    return (await select(counts, statement, departmentPath, limit)).map(({ key }) => key)
  },
  findQueuePlaces: async (ids) => {
    const found = await select(counts, placesStatement, ids.filter(isId))
    return inOrder(ids, found, ({ key }) => key).map((row) => row?.count ?? null)
  },
  countWaiting: async (departmentPaths) => {
    const statement = "SELECT department_path AS key, count(*) AS count FROM conversation WHERE department_path = ANY($1::text[]) AND status = 'WAITING' AND routed_at IS NOT NULL GROUP BY 1"
    const found = await select(counts, statement, departmentPaths)
    return inOrder(departmentPaths, found, ({ key }) => key).map((row) => row?.count ?? 0)
  },
})

/** All rows as one text: the driver and Prisma take a tenth of the time for it that they take for as many rows. */
const whereaboutsStatement = `
  SELECT coalesce(json_agg(json_build_array(c.id, c.department_path, c.agent_id, c.offered_to, c.visitor_id, c.position, c.public_position)), '[]')::text AS rows
  FROM conversation c WHERE c.id = ANY($1::uuid[])`

const whereaboutsRow = z
  .tuple([z.string(), z.string(), z.string().nullable(), z.string().nullable(), z.string(), z.int(), z.int()])
  .transform(([id, departmentPath, agentId, offeredTo, visitorId, position, publicPosition]): Whereabouts => ({ id, departmentPath, agentId, offeredTo, visitorId, position, publicPosition }))

const whereabouts = z.array(z.object({ rows: z.string() }).transform(({ rows }) => ({ all: z.array(whereaboutsRow).parse(JSON.parse(rows)) })))

const count = z.union([z.bigint(), z.number()]).transform(Number)

const filtersOf = ({ filter, staff }: ConversationsQuery, parameters: Parameters): readonly string[] => {
  const texts = [filter.departmentPath, filter.agentId, filter.customerId, filter.label, ...filter.words]
  if (!texts.every((text) => text === null || isKeepable(text))) return ['false']
  const conditions: string[] = []
  if (filter.status) conditions.push(`c.status = ANY(${parameters.add(filter.status)}::text[])`)
  if (filter.departmentPath !== null) conditions.push(atOrBelow(filter.departmentPath, parameters))
  if (filter.agentId !== null) conditions.push(`${parameters.add(filter.agentId)} IN (c.agent_id, c.offered_to)`)
  if (filter.customerId !== null) conditions.push(`c.customer_id = ${parameters.add(filter.customerId)}`)
  if (filter.label !== null) conditions.push(`${parameters.add(filter.label)} = ANY(c.labels)`)
  for (const word of filter.words) {
    const seen = staff ? '' : 'AND m.seq IS NOT NULL '
    conditions.push(`EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id ${seen}AND m.body ILIKE ${parameters.add(within(word))})`)
  }
  return conditions
}

/** `$1`: the agent. Unread: messages of visitors after the agent's mark, in what is theirs. */
const countStatement = (scope: string): string => `
  SELECT
    (SELECT count(*) FROM conversation c WHERE c.status IN ('WAITING', 'OFFLINE') AND c.routed_at IS NOT NULL AND ${scope}) AS waiting,
    (SELECT count(*) FROM conversation c WHERE c.status = 'OFFERED' AND c.offered_to = $1) AS offered,
    (SELECT count(*) FROM conversation c WHERE c.status = 'ACTIVE' AND c.agent_id = $1) AS mine,
    (SELECT count(*) FROM conversation c
       LEFT JOIN read_mark r ON r.conversation_id = c.id AND r.participant_kind = 'AGENT' AND r.participant_id = $1
       JOIN message m ON m.conversation_id = c.id AND m.position > coalesce(r.position, 0) AND m.author_kind = 'VISITOR'
     WHERE c.status = 'ACTIVE' AND c.agent_id = $1) AS unread`

const placesStatement = `
  SELECT c.id AS key, (
    SELECT count(*) FROM conversation o
    WHERE o.department_path = c.department_path AND o.status IN ('WAITING', 'OFFERED') AND o.routed_at IS NOT NULL AND (o.queued_at, o.id) <= (c.queued_at, c.id)
  ) AS count
  FROM conversation c WHERE c.id = ANY($1::uuid[]) AND c.status = 'WAITING' AND c.routed_at IS NOT NULL`
