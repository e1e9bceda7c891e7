/** CLOSED: calls pass. OPEN: none does. HALF_OPEN: probes alone do, and decide. */
export type FuseState = 'CLOSED' | 'OPEN' | 'HALF_OPEN'

/** One second of a fuse. Quantiles are null where nothing was asked. */
export type FuseSample = {
  /** When the second ended; Unix milliseconds. */
  readonly at: number
  readonly calls: number
  readonly failures: number
  readonly rejected: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

/** From the moment a fuse opened until it closed (null: it has not yet). Times are Unix milliseconds. */
export type FuseTrip = {
  readonly openedAt: number
  readonly closedAt: number | null
  /** The failure that opened it; HELD where an operator did. */
  readonly errorCode: string
  readonly rejected: number
  /** Values, not calls: a batch may be answered with many. */
  readonly servedStale: number
}

/** A fuse at one moment. Times are Unix milliseconds. */
export type FuseSnapshot = {
  /** `<instance>/<backend>`. */
  readonly id: string
  readonly backend: string
  readonly instance: string
  readonly protocol: string
  readonly state: FuseState
  readonly since: number
  /** Until the next probe, or the end of a hold; null unless open. */
  readonly retryAfterMs: number | null
  /** Attempts that reached for the backend, retries and probes included. */
  readonly calls: number
  /** Those of them that count against the backend. */
  readonly failures: number
  /** Calls that were turned away: the fuse was open, or the queue full. */
  readonly rejected: number
  /** Values handed out as STALE. */
  readonly servedStale: number
  /** Of the attempts of the last minute, and at most the last 1,024 of them. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly timeoutMs: number
  readonly lastErrorCode: string | null
  readonly heldUntil: number | null
  /** Calls in the backend's hands now, probes not counted. */
  readonly inFlight: number
  readonly queued: number
  /** One a second, oldest first, of the last 120 s. */
  readonly samples: readonly FuseSample[]
  /** Newest first, of the last hour. */
  readonly trips: readonly FuseTrip[]
}
