import { z } from 'zod'
import { parseLocalTime } from '../local-time.ts'

/** Whose rows are read, and where its clocks stand. */
export type Source = { readonly name: string; readonly timeZone: string }

/** .NET's DateTime.MinValue is its word for none. */
export const isNoTime = (text: string) => text.startsWith('0001-01-01')

const zoned = z.iso.datetime({ offset: true })

/** As .NET writes a time: with its zone, else on the clocks of the source. To ISO 8601 in UTC; what is no time is an issue of `ctx`. */
export const instant = (text: string, { timeZone }: Source, ctx: z.RefinementCtx): string => {
  const iso = zoned.safeParse(text).success ? new Date(text).toISOString() : parseLocalTime(text, timeZone)
  if (iso !== null) return iso
  ctx.addIssue({ code: 'custom', message: 'not a time' })
  return z.NEVER
}
