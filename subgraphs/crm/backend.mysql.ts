import { z } from 'zod'
import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { CallOptions, Page, Row } from '../../fuse/call.ts'
import { Refused } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { mysqlOptions, openMysqlWire } from '../../fuse/wires/mysql.ts'
import type { MysqlParam, MysqlWire } from '../../fuse/wires/mysql.ts'
import { atTheirPlaces, inBatches, parseWhole } from '../parsing.ts'
import type { CrmBackend, Customer, CustomerSearch } from './backend.ts'
import { mysqlCount, mysqlCustomerId, mysqlCustomers, mysqlNotes, mysqlUsers, storedCharsets } from './decode.mysql.ts'
import type { StoredCharset } from './decode.mysql.ts'

type Api = {
  readonly wire: MysqlWire
  readonly name: string
  readonly storedCharset: StoredCharset | null
  readonly decode: ReturnType<typeof mysqlCustomers>
}

/** `storedCharset`: what text columns really hold that call themselves latin1, or were filled over a connection that did. */
const crmOptions = mysqlOptions.extend({ storedCharset: z.enum(['utf-8', 'gbk', 'big5']).optional() })

/**
 * The CRM's own database, read over MySQL's protocol; `demo/crm-mysql/schema.sql` has the tables. It is only read: the server refuses every write
 * on these connections, and a note is refused here. Throws where `settings.options` are none of its own.
 */
export const openCrmOverMysql: OpenAdapter<CrmBackend> = (settings) => {
  const { storedCharset = null, ...options } = readOptions(settings)
  const wire = openMysqlWire(settings, options)
  const { name, timeZone } = settings
  const api: Api = { wire, name, storedCharset, decode: mysqlCustomers({ name, timeZone, storedCharset }) }
  return {
    findCustomers: async (ids, opt) => (await Promise.all(inBatches(ids, batchSize).map((batch) => findBatch(api, batch, opt)))).flat(),
    searchCustomers: (query, opt) => searchCustomers(api, query, opt),
    addNote: async () => {
      throw new Refused(name, 'read-only access')
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

const readOptions = ({ name, options }: BackendSettings) => {
  const parsed = crmOptions.safeParse(options)
  if (!parsed.success) throw new Error(`backends.${name}.options: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

/** As many ids as one statement may name. A power of two: see `inList`. */
const batchSize = 128

/** A list of parameters, its last repeated up to a power of two: eight statements to prepare, and not one for each number of ids. */
const inList = (values: readonly MysqlParam[]): { readonly marks: string; readonly params: readonly MysqlParam[] } => {
  const size = 2 ** Math.ceil(Math.log2(values.length))
  const params = Array.from({ length: size }, (_, at) => values[Math.min(at, values.length - 1)] ?? null)
  return { marks: params.map(() => '?').join(', '), params }
}

/** Customers that are there; where they are needed, `WHERE` goes on. */
const selectUsers = `
  SELECT u.user_id, u.user_sn, u.user_name, u.email, u.mobile_phone, u.reg_time, r.rank_name
  FROM ecs_users u LEFT JOIN ecs_user_rank r ON r.rank_id = u.user_rank
  WHERE u.is_deleted = 0`

type User = z.infer<typeof mysqlUsers>[number] & { readonly notes: readonly unknown[] }

const readUsers = async (api: Api, sql: string, params: readonly MysqlParam[], opt: CallOptions): Promise<readonly User[]> => {
  const users = parseWhole(mysqlUsers, await api.wire.query(sql, params, opt), api.name, 'customers')
  const batches = inBatches(users.map(({ user_id }) => user_id), batchSize)
  const notes = (await Promise.all(batches.map((batch) => readNotes(api, batch, opt)))).flat()
  const byUser = Map.groupBy(notes, ({ user_id }) => user_id)
  return users.map((user) => ({ ...user, notes: byUser.get(user.user_id) ?? [] }))
}

const readNotes = async ({ wire, name }: Api, users: readonly string[], opt: CallOptions): Promise<z.infer<typeof mysqlNotes>> => {
  const { marks, params } = inList(users)
  const sql = `SELECT user_id, content, admin_name, add_time FROM ecs_user_note WHERE user_id IN (${marks}) ORDER BY add_time, note_id`
  return parseWhole(mysqlNotes, await wire.query(sql, params, opt), name, 'notes')
}

/** No number of a customer is anything else, and only these compare with the column by its index. */
const isAskable = (id: string) => /^[\x21-\x7e]{1,64}$/.test(id)

const findBatch = async (api: Api, ids: readonly string[], opt: CallOptions): Promise<readonly Row<Customer>[]> => {
  const askable = ids.filter(isAskable)
  if (askable.length === 0) return ids.map(() => null)
  const { marks, params } = inList(askable)
  const users = await readUsers(api, `${selectUsers} AND u.user_sn IN (${marks})`, params, opt)
  // The column's collation may take another number for the same; here only the same is.
  return atTheirPlaces(ids, users, mysqlCustomerId, api.decode, api.name)
}

/** A longer text stands in no name, email or phone. */
const longestSearch = 1_000

/** `LIKE` with an escape of its own: what a backslash means depends on the server's SQL mode. */
const escapeLike = (text: string) => text.replaceAll(/[|%_]/g, '|$&')

/**
 * Whether a column contains the parameter, in either case. By code points: the server's own collations take characters for the same that are not,
 * such as all of those beyond the Basic Multilingual Plane. `stored` is what the bytes of the column really are.
 */
const contains = (column: string, stored: StoredCharset | null) => {
  const text = stored === null ? column : `CONVERT(CAST(CONVERT(${column} USING latin1) AS BINARY) USING ${storedCharsets[stored]})`
  return `LOWER(CONVERT(${text} USING utf8mb4)) COLLATE utf8mb4_bin LIKE CONCAT('%', LOWER(CONVERT(? USING utf8mb4)), '%') ESCAPE '|'`
}

const matching = (stored: StoredCharset | null) =>
  `(${['u.user_name', 'u.email', 'u.mobile_phone'].map((column) => contains(column, stored)).join(' OR ')})`

const searchCustomers = async (api: Api, { text, offset, limit }: CustomerSearch, opt: CallOptions): Promise<Page<Customer>> => {
  if (text.length > longestSearch || !text.isWellFormed()) return { rows: [], hasMore: false, totalCount: 0 }
  const pattern = escapeLike(text)
  const params = [pattern, pattern, pattern]
  const where = matching(api.storedCharset)
  const users = await readUsers(api, `${selectUsers} AND ${where} ORDER BY u.user_sn LIMIT ? OFFSET ?`, [...params, limit, offset], opt)
  const isLast = users.length < limit && (users.length > 0 || offset === 0)
  const total = isLast ? offset + users.length : await countUsers(api, where, params, opt)
  return { rows: users.map(api.decode), hasMore: offset + users.length < total, totalCount: total }
}

const countUsers = async ({ wire, name }: Api, where: string, params: readonly MysqlParam[], opt: CallOptions): Promise<number> => {
  const rows = await wire.query(`SELECT COUNT(*) AS total FROM ecs_users u WHERE u.is_deleted = 0 AND ${where}`, params, opt)
  return parseWhole(mysqlCount, rows, name, 'a number of customers')[0].total
}
