import type { Window } from '../../fuse/call.ts'

/** Whole pages, numbered from 0 and all of one size, and how many rows of the first one lie before the window. */
export type Pages = { readonly size: number; readonly numbers: readonly number[]; readonly skip: number }

/**
 * The pages that cover a window exactly: one where `offset` is a multiple of `limit`, two where it is not, more where `limit` is
 * above `maxSize`. Of an empty window one row is asked for, so that the list's length is known.
 */
export function pagesOf({ offset, limit }: Window, maxSize: number): Pages {
  const size = Math.min(Math.max(limit, 1), maxSize)
  const first = Math.floor(offset / size)
  const last = Math.floor((offset + Math.max(limit, 1) - 1) / size)
  return { size, numbers: Array.from({ length: last - first + 1 }, (_, index) => first + index), skip: offset - first * size }
}
