import iconv from 'iconv-lite'
import { z } from 'zod'
import type { Malformed } from '../../fuse/errors.ts'
import { parseRow } from '../parsing.ts'
import type { Customer } from './backend.ts'
import { instant, isNoDate, orNull, ourTiers } from './decode.ts'
import type { Source } from './decode.ts'

/** What columns called latin1 really hold, by the name that iconv has for it; the value is MySQL's. */
export const storedCharsets = { 'utf-8': 'utf8mb4', gbk: 'gbk', big5: 'big5' } as const

export type StoredCharset = keyof typeof storedCharsets

/** `storedCharset`: null where the columns hold what they say. */
export type MysqlSource = Source & { readonly storedCharset: StoredCharset | null }

/**
 * MySQL's latin1, character → byte: Windows-1252 with its five holes filled, so that every byte is a character
 * (https://dev.mysql.com/doc/refman/8.4/en/charset-we-sets.html).
 */
const latin1Bytes: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 256 }, (_, byte) => {
    const character = iconv.decode(Buffer.of(byte), 'windows-1252')
    return [character === '\ufffd' ? String.fromCharCode(byte) : character, byte]
  }),
)

/** Text that was taken for latin1 → what its bytes say in `charset`. Null where they say nothing: another charset, or cut in the midst of a character. */
export const storedText = (text: string, charset: StoredCharset): string | null => {
  const bytes = [...text].map((character) => latin1Bytes.get(character))
  if (!bytes.every((byte) => byte !== undefined)) return null
  const decoded = iconv.decode(Buffer.from(bytes), charset, { stripBOM: false })
  return decoded.includes('\ufffd') ? null : decoded
}

/** A text column, as its bytes are meant. */
const openText = ({ storedCharset }: MysqlSource) =>
  z.string().transform((text, ctx): string => {
    const meant = storedCharset === null ? text : storedText(text, storedCharset)
    if (meant !== null) return meant
    ctx.addIssue({ code: 'custom', message: `not ${storedCharset ?? 'text'}` })
    return z.NEVER
  })

/** A number is Unix seconds, of which 0 is none; a text is a local time. */
const openTime = (source: MysqlSource) =>
  z.union([
    z.int().min(0).transform((seconds) => (seconds === 0 ? null : new Date(seconds * 1000).toISOString())),
    z.string().transform((text, ctx) => (isNoDate(text) ? null : instant(text, source, ctx))),
  ])

const openSchema = (source: MysqlSource) => {
  const text = openText(source)
  const note = z
    .object({ content: text, admin_name: text, add_time: openTime(source).pipe(z.string()) })
    .transform(({ content, admin_name, add_time }) => ({ text: content, author: admin_name, writtenAt: add_time }))
  return z
    .object({
      user_sn: z.string().min(1),
      user_name: text.pipe(z.string().min(1)),
      email: text.nullable(),
      mobile_phone: text.nullable(),
      rank_name: text.nullable(),
      reg_time: openTime(source).nullable(),
      notes: z.array(note),
    })
    .transform((their): Customer => ({
      id: their.user_sn,
      name: their.user_name,
      email: orNull(their.email ?? ''),
      phone: orNull(their.mobile_phone ?? ''),
      tier: ourTiers.get(their.rank_name ?? '') ?? 'UNKNOWN',
      tierText: orNull(their.rank_name ?? ''),
      registeredAt: their.reg_time,
      notes: their.notes,
    }))
}

/** A row of `ecs_users` with its rank and its notes → a customer. One cell that can't be read costs the row. */
export const mysqlCustomers = (source: MysqlSource): ((row: unknown) => Customer | Malformed) => {
  const schema = openSchema(source)
  return (row) => parseRow(schema, row, source.name, 'a customer')
}

/** Numbers of 64 bits come as text. */
const number = z.union([z.int().min(0), z.string().regex(/^\d+$/)]).transform(String)

/** What every row must have, whatever else is in it: whose it is. */
export const mysqlUsers = z.array(z.looseObject({ user_id: number, user_sn: z.string() }))

/** Whose row it is; null where it does not say. */
export const mysqlCustomerId = (row: unknown): string | null => named.safeParse(row).data?.user_sn ?? null

const named = z.object({ user_sn: z.string().min(1) })

export const mysqlNotes = z.array(z.looseObject({ user_id: number }))

export const mysqlCount = z.tuple([z.object({ total: number.transform(Number) })])
