import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { badInput } from './errors.ts'

/**
 * Opaque cursors: an offset into one list, signed, and bound to that list and its filters. One that was forged, cut, or
 * taken from another list is `BAD_USER_INPUT`.
 */
export type Cursors = {
  seal(list: readonly unknown[], offset: number): string
  open(list: readonly unknown[], cursor: string): number
}

const tagBytes = 12
const contents = z.tuple([z.literal(1), z.int().min(0).max(2 ** 31)])

export const openCursors = (secret: string): Cursors => {
  const sign = (list: readonly unknown[], body: Buffer) =>
    createHmac('sha256', secret).update(JSON.stringify(list)).update('\0').update(body).digest().subarray(0, tagBytes)
  return {
    seal: (list, offset) => {
      const body = Buffer.from(JSON.stringify([1, offset]))
      return Buffer.concat([sign(list, body), body]).toString('base64url')
    },
    open: (list, cursor) => {
      const bytes = Buffer.from(cursor.slice(0, 200), 'base64url')
      const body = bytes.subarray(tagBytes)
      const genuine = bytes.length > tagBytes && timingSafeEqual(sign(list, body), bytes.subarray(0, tagBytes))
      if (!genuine) throw badInput('this cursor was not given for this list', 'after')
      return contents.parse(JSON.parse(body.toString()))[1]
    },
  }
}
