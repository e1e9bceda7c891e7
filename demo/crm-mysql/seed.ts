import { readFile } from 'node:fs/promises'
import iconv from 'iconv-lite'
import { createConnection } from 'mysql2/promise'
import type { Connection } from 'mysql2/promise'
import type { TheirCustomer, TheirTier } from '../company.ts'

export type CrmTables = {
  /** `mysql://user:password@host:port/database`. The account must be able to make the database and its tables. */
  readonly url: string
  readonly customers: readonly TheirCustomer[]
  /** What the tables say that they are in; `utf8mb4` unless told. */
  readonly charset?: 'utf8mb4' | 'latin1' | 'gbk'
  /** What an old PHP script really sent over a connection that said latin1. */
  readonly storedCharset?: 'utf-8' | 'gbk' | 'big5'
  /** Ids of customers whose date of registration does not exist. */
  readonly unreadable?: ReadonlySet<string>
}

/** Makes the database where it is missing, and the tables of `schema.sql` with the customers in them. Fails where the tables are there already. */
export const seedCrm = async ({ url, customers, charset = 'utf8mb4', storedCharset, unreadable = new Set() }: CrmTables): Promise<void> => {
  const { hostname, port, username, password, pathname } = new URL(url)
  const database = decodeURIComponent(pathname.slice(1))
  const connection = await createConnection({
    host: hostname, port: Number(port === '' ? 3306 : port), user: decodeURIComponent(username), password: decodeURIComponent(password), charset: 'utf8mb4',
  })
  try {
    await makeTables(connection, database, charset)
    await fill(connection, customers, (text) => (storedCharset === undefined ? text : misread(text, storedCharset)), unreadable)
  } finally {
    await connection.end()
  }
}

const makeTables = async (connection: Connection, database: string, charset: string) => {
  const name = `\`${database.replaceAll('`', '``')}\``
  // As old servers are set: dates that are none, and dates that no calendar has.
  await connection.query('SET SESSION sql_mode = \'ALLOW_INVALID_DATES\'')
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET ${charset}`)
  await connection.query(`USE ${name}`)
  const schema = await readFile(new URL('schema.sql', import.meta.url), 'utf8')
  for (const statement of schema.replaceAll(/^ *--.*$/gm, '').split(';').filter((one) => one.trim() !== '')) await connection.query(statement)
}

/** Each byte of a text as the character of MySQL's latin1 that it is taken for. */
export const misread = (text: string, charset: string): string =>
  [...iconv.encode(text, charset)].map((byte) => {
    const character = iconv.decode(Buffer.of(byte), 'windows-1252')
    return character === '\ufffd' ? String.fromCharCode(byte) : character
  }).join('')

const ranks: Readonly<Record<TheirTier, { readonly id: number; readonly name: string }>> = {
  STANDARD: { id: 1, name: '普通' }, SILVER: { id: 2, name: '银卡' }, GOLD: { id: 3, name: '金卡' }, PLATINUM: { id: 4, name: '白金' }, DIAMOND: { id: 5, name: '黑钻' },
}

/** Its clocks stand in Shanghai, where nobody has changed them since 1991. */
const localTime = (iso: string) => new Date(Date.parse(iso) + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')

const fill = async (connection: Connection, customers: readonly TheirCustomer[], write: (text: string) => string, unreadable: ReadonlySet<string>) => {
  const insert = async (into: string, rows: readonly (readonly unknown[])[]) => {
    if (rows.length > 0) await connection.query(`INSERT INTO ${into} VALUES ?`, [rows])
  }
  await insert('ecs_user_rank (rank_id, rank_name)', Object.values(ranks).map(({ id, name }) => [id, write(name)]))
  await insert('ecs_users (user_id, user_sn, user_name, email, mobile_phone, user_rank, reg_time)', customers.map((one, at) => [
    at + 1, one.id, write(one.name), write(one.email ?? ''), one.phone === null ? null : write(one.phone), ranks[one.tier].id,
    unreadable.has(one.id) ? '2019-02-30 12:00:00' : localTime(one.registeredAt),
  ]))
  await insert('ecs_user_note (user_id, content, admin_name, add_time)', customers.flatMap((one, at) =>
    one.notes.map(({ text, author, writtenAt }) => [at + 1, write(text), write(author), localTime(writtenAt)])))
}
