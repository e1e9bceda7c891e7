import { Malformed } from '../../fuse/errors.ts'

/** The most rows that a page of `listChanges` and `listIds` may have. */
export const mostRows = 1_000

/** Throws RangeError for a limit that the port does not take: a defect of the caller's. */
export const checkLimit = (limit: number): void => {
  if (!Number.isInteger(limit) || limit < 1 || limit > mostRows) throw new RangeError(`limit is 1 to ${mostRows}, not ${limit}`)
}

type Told = { readonly marker: string; readonly more: boolean }

/** For a source that writes its own markers. Throws `Malformed` for a page of more rows than `limit`, and for one after which the next would be the same. */
export const checkPage = (backend: string, after: string | null, limit: number, rows: number, { marker, more }: Told): void => {
  if (rows > limit) throw new Malformed(backend, `${rows} rows where ${limit} were asked for`)
  if (more && marker === after) throw new Malformed(backend, 'a page that does not advance, and says that there is more')
}
