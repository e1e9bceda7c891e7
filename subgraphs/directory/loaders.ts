import type { FetchContext } from '../context.ts'

/** The directory looks nothing up. */
export type Context = FetchContext<null>
