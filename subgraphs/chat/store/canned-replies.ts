import { randomUUID } from 'node:crypto'
import { isId } from '../../sql.ts'
import type { Sql } from '../../sql.ts'
import type { ChatStore } from '../backend.ts'
import { cannedReplies } from './rows.ts'
import { within } from './scope-sql.ts'

type CannedReplies = Pick<ChatStore, 'listCannedReplies' | 'saveCannedReply' | 'findCannedReply'>

const columns = 'id, shortcut, body, department_path'
const maxListed = 1_000

export const openCannedReplies = ({ select, transaction }: Sql): CannedReplies => {
  const findCannedReply: CannedReplies['findCannedReply'] = async (id) =>
    isId(id) ? ((await select(cannedReplies, `SELECT ${columns} FROM canned_reply WHERE id = $1::uuid`, id))[0] ?? null) : null
  return {
    findCannedReply,
    listCannedReplies: (search) =>
      select(cannedReplies, `SELECT ${columns} FROM canned_reply WHERE shortcut ILIKE $1 OR body ILIKE $1 ORDER BY shortcut, id LIMIT ${maxListed}`, within(search ?? '')),
    saveCannedReply: (reply) =>
      transaction(async (select) => {
        const id = reply.id ?? randomUUID()
        // One at a time: of two that take the same shortcut the second is to learn that it is taken.
        await select(cannedReplies, "SELECT gen_random_uuid()::text AS id, '' AS shortcut, '' AS body, NULL::text AS department_path FROM pg_advisory_xact_lock(727275)")
        const taken = await select(
          cannedReplies, `SELECT ${columns} FROM canned_reply WHERE shortcut = $1 AND department_path IS NOT DISTINCT FROM $2 AND id <> $3::uuid`, reply.shortcut, reply.departmentPath, id,
        )
        if (taken.length > 0) return 'TAKEN'
        const statement = reply.id === null
          ? `INSERT INTO canned_reply (${columns}, updated_by, updated_at) VALUES ($1::uuid, $2, $3, $4, $5, now()) RETURNING ${columns}`
          : `UPDATE canned_reply SET shortcut = $2, body = $3, department_path = $4, updated_by = $5, updated_at = now() WHERE id = $1::uuid RETURNING ${columns}`
        return (await select(cannedReplies, statement, id, reply.shortcut, reply.body, reply.departmentPath, reply.by))[0] ?? null
      }),
  }
}
