/** What becomes of the sockets of a process. Whoever has a part in it counts it here, as a counter with a name would cost each event more. */
export type SocketFigures = {
  open: number
  /** Subscriptions. */
  running: number
  /** Events sent, each to one listener. */
  events: number
  readonly closed: Map<number, number>
}

export const openFigures = (): SocketFigures => ({ open: 0, running: 0, events: 0, closed: new Map() })
