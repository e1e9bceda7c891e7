import { z } from 'zod'
import type { Malformed } from '../../fuse/errors.ts'
import { parseLocalTime } from '../local-time.ts'
import { parseRow } from '../parsing.ts'
import type { Customer, CustomerTier, NoteOutcome, NoteRefusal } from './backend.ts'

/** Whose rows are read, and where its clocks stand. */
export type Source = { readonly name: string; readonly timeZone: string }

// ── The PHP CRM's words ──

/** What the shop's own words for a tier are to us. */
export const ourTiers: ReadonlyMap<string, CustomerTier> = new Map([
  ['普通', 'STANDARD'], ['银卡', 'SILVER'], ['金卡', 'GOLD'], ['白金', 'PLATINUM'],
])

/** MySQL's word for no date at all. */
export const isNoDate = (text: string) => text === '' || text.startsWith('0000-00-00')

export const orNull = (text: string) => (text === '' ? null : text)

/** A local time in UTC; an issue where it is none. */
export const instant = (text: string, { timeZone }: Source, ctx: z.RefinementCtx): string => {
  const iso = parseLocalTime(text, timeZone)
  if (iso !== null) return iso
  ctx.addIssue({ code: 'custom', message: 'not a local time' })
  return z.NEVER
}

/** An empty element is an empty text, and a list without elements too. */
const list = <T extends z.ZodType>(element: string, item: T) => z.union([z.literal(''), z.object({ [element]: z.array(item) })]).transform((found) => (found === '' ? [] : (found[element] ?? [])))

const openSchema = (source: Source) => {
  const note = z
    .object({ nr: z.string(), zz: z.string(), sj: z.string() })
    .transform(({ nr, zz, sj }, ctx) => ({ text: nr, author: zz, writtenAt: instant(sj, source, ctx) }))
  return z
    .object({
      cid: z.string().min(1),
      xm: z.string().min(1),
      dh: z.string(),
      yx: z.string(),
      dj: z.string(),
      zcsj: z.string(),
      bz: list('note', note),
    })
    .transform((their, ctx): Customer => ({
      id: their.cid,
      name: their.xm,
      email: orNull(their.yx),
      phone: orNull(their.dh),
      tier: ourTiers.get(their.dj) ?? 'UNKNOWN',
      tierText: orNull(their.dj),
      registeredAt: isNoDate(their.zcsj) ? null : instant(their.zcsj, source, ctx),
      notes: their.bz,
    }))
}

/** Rows of the PHP CRM → customers. */
export const formCustomers = (source: Source): ((row: unknown) => Customer | Malformed) => {
  const schema = openSchema(source)
  return (row) => parseRow(schema, row, source.name, 'a customer')
}

const named = z.object({ cid: z.string().min(1) })

/** Whose row it is; null where it does not say. */
export const formCustomerId = (row: unknown): string | null => named.safeParse(row).data?.cid ?? null

/** What every answer looks like; `code` 0 is success. */
export const formEnvelope = z.object({ response: z.object({ code: z.string().regex(/^\d+$/), msg: z.string().optional(), data: z.unknown().optional() }) })

export const formPage = z.object({
  total: z.string().regex(/^\d+$/).transform(Number),
  rows: z.union([z.literal(''), z.object({ row: z.array(z.unknown()) })]).transform((found) => (found === '' ? [] : found.row)),
})

type Refused = Extract<NoteOutcome, { readonly kind: 'refused' }>

export const refuseNote = (code: NoteRefusal): Refused => ({ kind: 'refused', code, ...refusals[code] })

const refusals = {
  NOT_FOUND: { message: 'there is no such customer', field: 'customerId' },
  INVALID: { message: 'the CRM does not take this text', field: 'text' },
  IDEMPOTENCY_CONFLICT: { message: 'this key has been used for another note', field: 'idempotencyKey' },
} as const satisfies Record<NoteRefusal, Pick<Refused, 'message' | 'field'>>

const formRefusals: ReadonlyMap<string, NoteRefusal> = new Map([
  ['1404', 'NOT_FOUND'], ['1422', 'INVALID'], ['1409', 'IDEMPOTENCY_CONFLICT'],
])

/** What a note's code means; null where it is none of a note's. */
export const formNoteOutcome = (code: string): NoteOutcome | null => {
  if (code === '0') return { kind: 'written' }
  const refusal = formRefusals.get(code)
  return refusal ? refuseNote(refusal) : null
}

// ── Our own words, over JSON-RPC ──

const text = z.string().nullable().default(null)

const time = z.iso.datetime({ offset: true }).transform((iso) => new Date(iso).toISOString())

const tiers = ['STANDARD', 'SILVER', 'GOLD', 'PLATINUM', 'UNKNOWN'] as const
const isTier = (word: string): word is CustomerTier => tiers.some((tier) => tier === word)

export const rpcCustomer: z.ZodType<Customer> = z
  .object({
    id: z.string().min(1),
    name: z.string(),
    email: text,
    phone: text,
    tier: z.string(),
    tierText: text,
    registeredAt: time.nullable().default(null),
    notes: z.array(z.object({ text: z.string(), author: z.string(), writtenAt: time })).default([]),
  })
  .transform((row) => ({ ...row, tier: isTier(row.tier) ? row.tier : 'UNKNOWN', tierText: row.tierText ?? row.tier }))

export const rpcPage = z.object({ rows: z.array(z.unknown()), hasMore: z.boolean(), totalCount: z.int().min(0).nullable() })

export const rpcNoteOutcome = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('written') }),
    z.object({ kind: z.literal('refused'), code: z.enum(['NOT_FOUND', 'INVALID', 'IDEMPOTENCY_CONFLICT']) }),
  ])
  .transform((outcome): NoteOutcome => (outcome.kind === 'written' ? outcome : refuseNote(outcome.code)))
