import type { FetchContext } from '../context.ts'
import type { FaultInjector } from '../environment.ts'
import type { FuseOwner } from './backend.ts'
import type { FuseReport } from './report.ts'

export type Loaders = {
  listFuses(): Promise<readonly FuseReport[]>
  command: FuseOwner['command']
  /** Null but where the demo company runs. */
  readonly injectFault: FaultInjector | null
}

export type Context = FetchContext<Loaders>

/** A process that takes longer is left out, so that a dead one does not hold up the others' fuses. */
const patienceMs = 1_000

/** Gathers the fuses of all processes; one that does not answer is named in the log and left out. */
export const openLoaders = (owners: readonly FuseOwner[], injectFault: FaultInjector | null, { log, signal }: Pick<Context, 'log' | 'signal'>): Loaders => {
  const patience = () => AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  return {
    listFuses: async () => {
      const gathered = await Promise.allSettled(owners.map((owner) => owner.listFuses(patience())))
      return gathered.flatMap((one) => {
        if (one.status === 'fulfilled') return one.value
        log.warn({ err: one.reason }, 'a process of this hub does not tell of its fuses')
        return []
      })
    },
    command: async (id, command) => {
      const found = await Promise.allSettled(owners.map((owner) => owner.command(id, command, patience())))
      return found.map((one) => (one.status === 'fulfilled' ? one.value : null)).find((report) => report !== null) ?? null
    },
    injectFault,
  }
}
