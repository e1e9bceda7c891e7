/** One backend, as `fuseboard.yaml` configures it. Durations are in milliseconds, sizes in bytes. */
export type BackendSettings = {
  readonly name: string
  readonly protocol: string
  readonly url: string
  /** Sent with every call; credentials belong here, out of `${ENV}`. */
  readonly headers: Readonly<Record<string, string>>
  readonly maxResponseBytes: number
  /** Where the backend writes local times without a zone. An IANA name. */
  readonly timeZone: string
  /** Charset of what is sent and, where the answer does not say, of what comes back. */
  readonly charset: string
  /** What one protocol needs beside the rest, such as `wsdl`; each adapter parses its own. */
  readonly options: Readonly<Record<string, unknown>>
}

/** The fuse in front of one backend. */
export type FuseSettings = {
  /** Deadline of one attempt. */
  readonly timeoutMs: number
  /** Calls in the backend's hands at once; more wait in the queue. */
  readonly concurrency: number
  readonly queueSize: number
  readonly queueWaitMs: number
  /** For reads only; writes are never retried. */
  readonly retries: number
  readonly retryIntervalMs: number
  /** Retries may be at most this share of the calls (0 to 1). */
  readonly retryBudget: number
  readonly breaker: {
    readonly enabled: boolean
    /** The last so many calls are looked at. */
    readonly window: number
    readonly minimumCalls: number
    /** 1 to 99, in per cent. */
    readonly failureRate: number
    /** How long an open fuse waits before a probe. Longer than `timeoutMs`. */
    readonly openMs: number
    readonly probes: number
  }
}
