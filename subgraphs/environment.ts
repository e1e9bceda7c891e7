import type { Logger } from 'pino'
import type { FuseRegistry } from '../fuse/registry.ts'
import type { Cursors } from './cursors.ts'
import type { BackendSettings, FuseSettings } from '../fuse/settings.ts'

/** A backend as it is configured: how to speak to it, and the fuse in front of it. */
export type ConfiguredBackend = { readonly backend: BackendSettings; readonly fuse: FuseSettings; readonly subgraph: string }

export type FaultName = 'OFF' | 'HANG' | 'SLOW' | 'ERROR' | 'GARBAGE' | 'REFUSE' | 'FLAP'

/** Makes one of the demo company's systems misbehave; false where it has no such system. */
export type FaultInjector = (backend: string, fault: FaultName, ms: number | undefined, signal: AbortSignal) => Promise<boolean>

/** What a subgraph is given when it is opened; it imports no setting. */
export type Environment = {
  readonly backends: readonly ConfiguredBackend[]
  readonly registry: FuseRegistry
  readonly cursors: Cursors
  readonly log: Logger
  /** Null but where the demo company runs. */
  readonly faults: FaultInjector | null
  /** The other processes of this hub, whose fuses `status` gathers. */
  readonly peers: readonly string[]
  readonly internalKey: string
}
