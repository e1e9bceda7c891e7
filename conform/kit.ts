import type { Adapters } from '../fuse/adapters.ts'
import type { CallOptions } from '../fuse/call.ts'
import { failurePledges } from './failures.ts'
import type { Read } from './failures.ts'
import { listingPledges } from './listings.ts'
import type { Listing } from './listings.ts'
import { lookupPledges } from './lookups.ts'
import type { Lookup } from './lookups.ts'
import type { Pledge, Samples } from './pledge.ts'
import { valuePledges } from './values.ts'
import type { Glance } from './values.ts'

/** All that one port promises, and how to find something to try it with. */
export type PortKit<P> = {
  readonly port: string
  readonly adapters: Adapters<P>
  /** The same without the methods that write: they throw. */
  readonly readOnly: (backend: P) => P
  /** Keys of rows that are there: those that were named, and what a list gives where the port has one. */
  readonly discover: (backend: P, named: readonly string[], opt: CallOptions) => Promise<Samples>
  readonly pledges: readonly Pledge<P>[]
}

export type PortDescription<P> = Pick<PortKit<P>, 'port' | 'adapters' | 'readOnly' | 'discover'> & {
  readonly lookups: readonly Lookup<P>[]
  readonly listings?: readonly Listing<P>[]
  readonly glance: Glance<P>
  readonly read: Read<P>
  /** What this port promises beside what all of them do. */
  readonly own?: readonly Pledge<P>[]
}

export const describeKit = <P>({ lookups, listings = [], glance, read, own = [], ...port }: PortDescription<P>): PortKit<P> => ({
  ...port,
  pledges: [
    ...lookups.flatMap((lookup) => lookupPledges(lookup)),
    ...listings.flatMap((listing) => listingPledges(listing)),
    ...valuePledges(glance),
    ...own,
    ...failurePledges(read),
  ],
})

/** A method of a port that must not be called. */
export const refuseToWrite = (): Promise<never> => Promise.reject(new Error('the kit was not allowed to write, and tried to'))

/** The field of a row that was read by an adapter; null where it has none. */
export const fieldOf = (row: unknown, name: string): string | null => {
  if (typeof row !== 'object' || row === null || row instanceof Error) return null
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(row))
  const value = fields.get(name)
  return typeof value === 'string' ? value : null
}
