import { z } from 'zod'

export const texts = z.array(z.string()).max(1_000)
export const nullableText = z.string().nullable()
export const window = z.object({ offset: z.int().min(0), limit: z.int().min(0).max(1_000) })

/** A window of `all` as the protocol writes it. */
export const pageOf = <T>(all: readonly T[], { offset, limit }: z.infer<typeof window>, row: (one: T) => object): object => ({
  rows: all.slice(offset, offset + limit).map(one => row(one)),
  hasMore: offset + limit < all.length,
  totalCount: all.length,
})

/** What `find` answers: one place per key, null where there is none. */
export const findIn = <T>(rows: ReadonlyMap<string, T>, keys: readonly string[], write: (row: T) => object): readonly (object | null)[] =>
  keys.map((key) => {
    const row = rows.get(key)
    return row === undefined ? null : write(row)
  })
