import type { Bus } from '../../bus/bus.ts'
import type { FuseRegistry } from '../../fuse/registry.ts'
import { fuseSubject } from '../announce.ts'
import { SourceLost } from '../event-source.ts'
import type { EventSource } from '../event-source.ts'
import { openNewestSource } from '../queue-source.ts'
import type { QueueSource } from '../queue-source.ts'
import { fuseReport } from './report.ts'
import type { FuseReport } from './report.ts'

/** The same object for all who listen. */
export type FuseEvent = { readonly fuseChanged: FuseReport }

/** The fuses of one owner, as they are now; never rejects. */
export type AskPresent = () => Promise<readonly FuseReport[]>

export type FuseFeed = Disposable & {
  /** Each fuse as its owner has it now, then each change. A slow listener gets the newest of each fuse, and no history. */
  listen(owners: readonly AskPresent[]): EventSource<FuseEvent>
}

type Listener = {
  readonly source: QueueSource<FuseEvent>
  /** The fuses that changed since it listens: what an owner says of them at first may be older. */
  readonly changed: Set<string>
}

/** Hears of this process's fuses from its registry, and of every other process's from the bus. */
export const openFuseFeed = (registry: FuseRegistry, bus: Bus): FuseFeed => {
  const listeners = new Set<Listener>()
  const tell = (fuse: FuseReport) => {
    const event: FuseEvent = { fuseChanged: fuse }
    for (const { source, changed } of listeners) {
      changed.add(fuse.id)
      source.push(event)
    }
  }
  const endRegistry = registry.subscribe(tell)
  const endBus = bus.subscribe(fuseSubject, (message) => {
    const report = listeners.size === 0 ? null : fuseReport.parse(message)
    // This process has told of its own already, and would where nobody else can be reached.
    if (report && report.instance !== registry.instance) tell(report)
  })
  return {
    listen: (owners) => {
      const listener: Listener = { source: openNewestSource(keyOf, () => void listeners.delete(listener)), changed: new Set() }
      listeners.add(listener)
      for (const askPresent of owners) void tellPresent(listener, askPresent)
      return listener.source
    },
    [Symbol.dispose]: () => {
      endRegistry()
      endBus()
      for (const { source } of listeners) source.fail(new SourceLost('status'))
      listeners.clear()
    },
  }
}

const keyOf = ({ fuseChanged: { id } }: FuseEvent) => id

const tellPresent = async ({ source, changed }: Listener, askPresent: AskPresent): Promise<void> => {
  for (const fuse of await askPresent()) if (!changed.has(fuse.id)) source.push({ fuseChanged: fuse })
}
