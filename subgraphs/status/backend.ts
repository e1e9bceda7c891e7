import type { FuseReport, OperatorCommand } from './report.ts'

/** The fuses of one process, or of several. A process that does not answer is left out, as its fuses are unknown. */
export type FuseOwner = {
  listFuses(signal: AbortSignal): Promise<readonly FuseReport[]>
  /** Null where the fuse is none of this owner's. */
  command(id: string, command: OperatorCommand, signal: AbortSignal): Promise<FuseReport | null>
}
