import { badInput, forbidden } from '../errors.ts'
import type { Context } from './loaders.ts'
import type { FuseReport, OperatorCommand } from './report.ts'
import type { Resolvers } from './schema.generated.ts'

const maxHoldMs = 24 * 60 * 60 * 1000
const maxReasonLength = 500

const iso = (at: number) => new Date(at).toISOString()

/** Operators' commands go to the log with who and why: the audit of what was done by hand. */
const command = async (id: string, order: OperatorCommand, { loaders, caller, log, signal, requestId }: Context): Promise<FuseReport> => {
  const fuse = await loaders.command(id, order, signal)
  log.info({ audit: true, requestId, by: caller.id, fuse: id, command: order, found: fuse !== null }, 'an operator commands a fuse')
  if (!fuse) throw badInput('there is no such fuse', 'id')
  return fuse
}

const hold = (reason: string, forMs: number): OperatorCommand => {
  if (forMs < 1 || forMs > maxHoldMs) throw badInput(`forMs is 1 to ${maxHoldMs}, not ${forMs}`, 'forMs')
  if (reason.trim() === '' || reason.length > maxReasonLength) throw badInput(`reason is 1 to ${maxReasonLength} characters`, 'reason')
  return { kind: 'hold', reason, forMs }
}

export const resolvers: Resolvers = {
  Query: {
    fuses: (_, __, { loaders }) => loaders.listFuses(),
  },
  Mutation: {
    tryFuse: (_, { id }, context) => command(id, { kind: 'try' }, context),
    holdFuse: (_, { id, reason, forMs }, context) => command(id, hold(reason, forMs), context),
    releaseFuse: (_, { id }, context) => command(id, { kind: 'release' }, context),
    injectFault: async (_, { backend, fault, ms }, { loaders, signal }) => {
      if (!loaders.injectFault) throw forbidden('faults are for the demo company alone')
      if (ms != null && (ms < 0 || ms > 60_000)) throw badInput(`ms is 0 to 60000, not ${ms}`, 'ms')
      if (await loaders.injectFault(backend, fault, ms ?? undefined, signal)) return true
      throw badInput('the demo company has no such system', 'backend')
    },
  },
  Subscription: {
    fuseChanged: { subscribe: (_, __, { loaders }) => loaders.watchFuses() },
  },
  Fuse: {
    since: ({ since }) => iso(since),
    heldUntil: ({ heldUntil }) => (heldUntil === null ? null : iso(heldUntil)),
    retryAfterMs: ({ retryAfterMs }) => (retryAfterMs === null ? null : Math.ceil(retryAfterMs)),
    samples: ({ samples }, { seconds }) => {
      if (seconds < 1 || seconds > 120) throw badInput(`seconds is 1 to 120, not ${seconds}`, 'seconds')
      return samples.slice(-seconds)
    },
  },
  FuseSample: { at: ({ at }) => iso(at) },
  FuseTrip: {
    openedAt: ({ openedAt }) => iso(openedAt),
    closedAt: ({ closedAt }) => (closedAt === null ? null : iso(closedAt)),
  },
}
