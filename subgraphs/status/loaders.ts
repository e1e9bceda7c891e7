import type { FetchContext } from '../context.ts'
import type { FaultInjector } from '../environment.ts'
import type { EventSource } from '../event-source.ts'
import type { FuseOwner } from './backend.ts'
import type { FuseEvent, FuseFeed } from './feed.ts'
import type { FuseReport } from './report.ts'

export type Loaders = {
  listFuses(): Promise<readonly FuseReport[]>
  /** Every fuse as it is now, then each change. */
  watchFuses(): EventSource<FuseEvent>
  command: FuseOwner['command']
  /** Null but where the demo company runs. */
  readonly injectFault: FaultInjector | null
}

export type Context = FetchContext<Loaders>

/** A process that takes longer is left out, so that a dead one does not hold up the others' fuses. */
const patienceMs = 1_000

export type Sources = {
  readonly owners: readonly FuseOwner[]
  readonly feed: FuseFeed
  readonly injectFault: FaultInjector | null
}

/** Gathers the fuses of all processes; one that does not answer is named in the log and left out. */
export const openLoaders = ({ owners, feed, injectFault }: Sources, { log, signal }: Pick<Context, 'log' | 'signal'>): Loaders => {
  const patience = () => AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  const listOf = async (owner: FuseOwner): Promise<readonly FuseReport[]> => {
    try {
      return await owner.listFuses(patience())
    } catch (error) {
      log.warn({ err: error }, 'a process of this hub does not tell of its fuses')
      return []
    }
  }
  return {
    listFuses: async () => (await Promise.all(owners.map(listOf))).flat(),
    watchFuses: () => feed.listen(owners.map((owner) => () => listOf(owner))),
    command: async (id, command) => {
      const found = await Promise.allSettled(owners.map((owner) => owner.command(id, command, patience())))
      return found.map((one) => (one.status === 'fulfilled' ? one.value : null)).find((report) => report !== null) ?? null
    },
    injectFault,
  }
}
