import type { Agent, ChatStore, NewAgent } from '../backend.ts'
import type { Visitor } from '../conversation.ts'
import { z } from 'zod'
import { agents } from './rows.ts'
import { isKeepable } from '../../sql.ts'
import type { Sql } from '../../sql.ts'

type People = Pick<ChatStore, 'meetAgents' | 'findAgents' | 'seeAgents' | 'listAgents' | 'setAvailability' | 'findVisitors'>

/** An agent's row with how many conversations they have now, and how many wait for their yes. */
export const agentSelection = `
  SELECT a.id, a.display_name, a.departments, a.availability, a.capacity, a.token_at, a.offered_at,
    (SELECT count(*) FROM conversation c WHERE c.agent_id = a.id AND c.status = 'ACTIVE') AS active,
    (SELECT count(*) FROM conversation c WHERE c.offered_to = a.id AND c.status = 'OFFERED') AS offered
  FROM agent a`

const visitors = z.array(
  z.object({ id: z.string(), display_name: z.string(), verified: z.boolean() }).transform(({ id, display_name, verified }): Visitor => ({ id, name: display_name, verified })),
)

/** What each id has, in the order of `ids`. */
export const inOrder = <T>(ids: readonly string[], rows: readonly T[], idOf: (row: T) => string): readonly (T | null)[] => {
  const byId = new Map(rows.map((row) => [idOf(row), row]))
  return ids.map((id) => byId.get(id) ?? null)
}

export const openPeople = ({ select }: Sql): People => {
  const findAgents = async (ids: readonly string[]) =>
    inOrder(ids, await select(agents, `${agentSelection} WHERE a.id = ANY($1::text[])`, ids.filter(isKeepable)), ({ id }) => id)
  return {
    findAgents,
    seeAgents: async (ids, isPresent, at) => {
      const statement = 'UPDATE agent SET is_present = $2::bool, seen_at = $3::timestamptz WHERE id = ANY($1::text[])'
      if (ids.length > 0) await select(z.unknown(), statement, ids.filter(isKeepable), isPresent, new Date(at).toISOString())
    },
    listAgents: () => select(agents, `${agentSelection} ORDER BY a.id`),
    meetAgents: async (met) => {
      await meet(select, met)
      const found = await findAgents(met.map(({ id }) => id))
      return found.map((agent) => agent ?? fail('an agent was written down and is not there'))
    },
    setAvailability: async (id, availability, capacity): Promise<Agent | null> => {
      await select(z.unknown(), 'UPDATE agent SET availability = $2, capacity = coalesce($3::int, capacity), updated_at = now() WHERE id = $1', id, availability, capacity)
      return (await findAgents([id]))[0] ?? null
    },
    findVisitors: async (ids) =>
      inOrder(ids, await select(visitors, 'SELECT id, display_name, verified FROM visitor WHERE id = ANY($1::text[])', ids.filter(isKeepable)), ({ id }) => id),
  }
}

/** An older token than the one that was seen last changes nothing. */
const meet = (select: Sql['select'], met: readonly NewAgent[]): Promise<unknown> =>
  select(
    z.unknown(),
    `INSERT INTO agent (id, display_name, departments, token_at)
     SELECT DISTINCT ON (n.id) n.* FROM jsonb_to_recordset($1::jsonb) AS n(id text, display_name text, departments text[], token_at bigint) ORDER BY n.id, n.token_at DESC
     ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, departments = excluded.departments, token_at = excluded.token_at, updated_at = now()
     WHERE agent.token_at <= excluded.token_at AND
       (agent.token_at, agent.display_name, agent.departments) IS DISTINCT FROM (excluded.token_at, excluded.display_name, excluded.departments)`,
    JSON.stringify(met.map(({ id, name, departments, tokenAt }) => ({ id, display_name: name, departments, token_at: tokenAt }))),
  )

const fail = (message: string): never => {
  throw new Error(message)
}
