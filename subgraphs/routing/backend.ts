import type { RoutingDecision } from '../routing-decision.ts'
import type { Placement } from '../visibility.ts'

/** What conversations were opened with, and where they belong. Each rejects with `Unreachable` of the backend `routing` where the database can't be asked now. */
export type RoutingStore = {
  /**
   * Takes some of what nobody has decided yet, longest first, decides each and writes it down, all or nothing: no two processes decide one, and what a process that dies had taken is
   * anybody's again. `decide` may not throw. Gives how many there were; 0 when nothing is left.
   */
  claim(decide: (wanted: Wanted) => RoutingDecision): Promise<number>
  /** One place per conversation, in the order of `ids`; null where there is none. */
  findRouted(ids: readonly string[]): Promise<readonly (Routed | null)[]>
  /** The newest decisions, newest first. */
  listLatest(limit: number): Promise<readonly DecidedText[]>
}

/** What a visitor wrote, and the department that they chose. Unix milliseconds. */
export type Wanted = { readonly text: string; readonly chosen: string | null; readonly wantedAt: number }

/** `decision` is null until the conversation is where it belongs. */
export type Routed = { readonly text: string; readonly placement: Placement; readonly decision: RoutingDecision | null }

export type DecidedText = { readonly text: string; readonly chosen: string | null; readonly decidedAt: number }
