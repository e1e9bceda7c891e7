import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { badInput } from './errors.ts'

/**
 * Opaque cursors: a place in one list, signed, and bound to that list and its filters. One that was forged, cut, or
 * taken from another list is `BAD_USER_INPUT`.
 */
export type Cursors = {
  /** `place` counts from the list's beginning: an offset, a position. */
  seal(list: readonly unknown[], place: number): string
  open(list: readonly unknown[], cursor: string): number
  /** The key of the row that a page ended with, for lists that change while they are read. */
  sealKey(list: readonly unknown[], key: SortKey): string
  openKey(list: readonly unknown[], cursor: string): SortKey
}

/** What a list is sorted by, and the id that decides between equals. */
export type SortKey = { readonly sort: number; readonly id: string }

const tagBytes = 12
const contents = z.tuple([z.literal(1), z.int().min(0)])
const keyContents = z.tuple([z.literal(2), z.number(), z.string()])

export const openCursors = (secret: string): Cursors => {
  const sign = (list: readonly unknown[], body: Buffer) =>
    createHmac('sha256', secret).update(JSON.stringify(list)).update('\0').update(body).digest().subarray(0, tagBytes)
  const sealContents = (list: readonly unknown[], sealed: readonly unknown[]) => {
    const body = Buffer.from(JSON.stringify(sealed))
    return Buffer.concat([sign(list, body), body]).toString('base64url')
  }
  const openContents = <T>(list: readonly unknown[], cursor: string, schema: z.ZodType<T>): T => {
    const bytes = Buffer.from(cursor.slice(0, 200), 'base64url')
    const body = bytes.subarray(tagBytes)
    const genuine = bytes.length > tagBytes && timingSafeEqual(sign(list, body), bytes.subarray(0, tagBytes))
    const sealed = genuine ? schema.safeParse(JSON.parse(body.toString())) : null
    if (!sealed?.success) throw badInput('this cursor was not given for this list', 'after')
    return sealed.data
  }
  return {
    seal: (list, place) => sealContents(list, [1, place]),
    open: (list, cursor) => openContents(list, cursor, contents)[1],
    sealKey: (list, { sort, id }) => sealContents(list, [2, sort, id]),
    openKey: (list, cursor) => {
      const [, sort, id] = openContents(list, cursor, keyContents)
      return { sort, id }
    },
  }
}
