import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Database } from '../../prisma/client.ts'
import { placementColumns, toPlacement } from '../placement-row.ts'
import { isId, isKeepable, openSql } from '../sql.ts'
import type { Citation, Citations } from './citing.ts'

const placements = z.array(z.object(placementColumns).transform(toPlacement))

const rows = z.array(
  z
    .object({
      id: z.string(), conversation_id: z.string(), cited_by: z.string(), source: z.string(), article_id: z.string(), title: z.string(), revision: z.string(), cited_at: z.date(),
      digest: z.string(), version: z.string(), place: z.string(), is_restricted: z.boolean(), readers: z.array(z.string()),
      ...placementColumns,
    })
    .transform((row): Citation => ({
      ...{ id: row.id, conversationId: row.conversation_id, agentId: row.cited_by, source: row.source, articleId: row.article_id, title: row.title, revision: row.revision },
      placement: toPlacement(row),
      access: { place: row.place, readers: row.is_restricted ? row.readers : null },
      citedAt: row.cited_at.getTime(),
      state: row.version === row.digest ? 'CURRENT' : row.version === 'gone' ? 'GONE' : 'CHANGED',
      version: row.version,
    })),
)

/** What an article says, in a word. */
const digestOf = (article: string): string => `CASE WHEN ${article}.is_gone THEN 'gone' ELSE md5(${article}.title || E'\\n' || ${article}.body) END`

const citations = `
  SELECT k.id, k.conversation_id, k.agent_id AS cited_by, k.source, k.article_id, k.title, k.revision, k.cited_at, k.digest, ${digestOf('a')} AS version,
    a.place, a.is_restricted, a.readers, c.department_path, c.agent_id, c.offered_to, c.visitor_id
  FROM knowledge_citation k JOIN conversation c ON c.id = k.conversation_id JOIN knowledge_article a ON a.source = k.source AND a.id = k.article_id`

const unseenStatement = `
  SELECT * FROM (SELECT o.*, row_number() OVER (PARTITION BY o.cited_by ORDER BY o.cited_at DESC, o.id) AS place_of_its_agent
    FROM (${citations} WHERE k.agent_id = ANY($1::text[]) AND k.seen <> ${digestOf('a')}) o) n
  WHERE n.place_of_its_agent <= 1000 ORDER BY n.cited_at DESC, n.id`

const citeStatement = `
  INSERT INTO knowledge_citation (id, conversation_id, agent_id, source, article_id, title, revision, digest, seen, cited_at)
  SELECT $1::uuid, c.id, $3, a.source, a.id, a.title, a.revision, ${digestOf('a')}, ${digestOf('a')}, now()
  FROM conversation c, knowledge_article a WHERE c.id = $2::uuid AND a.source = $4 AND a.id = $5 AND NOT a.is_gone
  ON CONFLICT (conversation_id, agent_id, source, article_id)
  DO UPDATE SET title = excluded.title, revision = excluded.revision, digest = excluded.digest, seen = excluded.seen, cited_at = excluded.cited_at
  RETURNING id`

const seeStatement = `
  UPDATE knowledge_citation k SET seen = ${digestOf('a')} FROM knowledge_article a
  WHERE k.id = $1::uuid AND k.agent_id = $2 AND a.source = k.source AND a.id = k.article_id`

const placementStatement = 'SELECT department_path, agent_id, offered_to, visitor_id FROM conversation WHERE id = $1::uuid'

const keys = z.array(z.object({ id: z.string() }))

/** In the database of the chat, where conversations are. Does not own it. */
export const openCitations = (database: Database): Citations => {
  const { select } = openSql(database, { name: 'knowledge' })
  const find = async (ids: readonly string[]) => {
    const known = ids.filter(isId)
    const found = known.length === 0 ? [] : await select(rows, `${citations} WHERE k.id = ANY($1::uuid[])`, known)
    return ids.map((id) => found.find((one) => one.id === id) ?? null)
  }
  return {
    find,
    cite: async ({ conversationId, agentId, source, articleId }) => {
      if (!isId(conversationId) || !isKeepable(source) || !isKeepable(articleId)) return null
      const [kept] = await select(keys, citeStatement, randomUUID(), conversationId, agentId, source, articleId)
      return kept ? ((await find([kept.id]))[0] ?? null) : null
    },
    listIn: async (conversationIds) => {
      const all = await select(rows, `${citations} WHERE k.conversation_id = ANY($1::uuid[]) ORDER BY k.cited_at, k.id`, conversationIds.filter(isId))
      const byConversation = Map.groupBy(all, ({ conversationId }) => conversationId)
      return conversationIds.map((id) => byConversation.get(id) ?? [])
    },
    listUnseen: (agentIds) => select(rows, unseenStatement, agentIds),
    see: async (id, agentId) => {
      if (isId(id)) await select(z.unknown(), seeStatement, id, agentId)
    },
    findPlacement: async (conversationId) => (isId(conversationId) ? ((await select(placements, placementStatement, conversationId))[0] ?? null) : null),
  }
}
