import type { IncomingHttpHeaders } from 'node:http'

export const faultNames = ['hang', 'slow', 'error', 'garbage', 'refuse', 'flap', 'off'] as const

/**
 * hang: accepts and never answers. slow: answers `ms` later (300 by default). error: the wire's own error. garbage: an
 * answer that can't be read. refuse: nothing listens. flap: fails (connection reset) and works by turns of `ms` (1000 by
 * default), failing first. off: well again.
 */
export type FaultName = (typeof faultNames)[number]

export type LegacyRequest = {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export type LegacyAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** One that throws or rejects gives the system's `errorAnswer`. */
export type LegacyHandler = (request: LegacyRequest) => LegacyAnswer | Promise<LegacyAnswer>

/** Fixed, or made from the request where the wire wants something of it back (JSON-RPC: the ids). */
export type CannedAnswer = LegacyAnswer | ((request: LegacyRequest) => LegacyAnswer)

export type LegacyOptions = {
  readonly name: string
  /** 0 takes any free port. */
  readonly port: number
  /** The address of the system's own port; loopback where nothing is said. Its control listener is on loopback in any case. */
  readonly host?: string | undefined
  readonly handle: LegacyHandler
  /** What the fault `error` gives, and what a handler that throws gives. */
  readonly errorAnswer: CannedAnswer
  /** What the fault `garbage` gives. */
  readonly garbageAnswer: CannedAnswer
}

export type LegacySystem = AsyncDisposable & {
  readonly name: string
  /** Without a slash at its end, such as `http://127.0.0.1:4101`. */
  readonly url: string
  readonly port: number
  /** `GET` tells the fault and the count of calls; `POST` of `{ fault, ms?, loseNextAnswer? }` as JSON sets them. */
  readonly controlUrl: string
  /**
   * Resolves once the fault holds. `ms` is for `slow` and `flap`: rejects with a RangeError where it is no duration up to ten
   * minutes. What hangs is not released but destroyed.
   */
  setFault(fault: FaultName, ms?: number): Promise<void>
  /** The next request is carried out, and its connection is destroyed before the answer. */
  loseNextAnswer(): void
  readonly fault: FaultName
  /** Requests that arrived, the failed ones too. */
  readonly calls: number
  /** What was done to the system, oldest first; the last 100. */
  readonly notes: readonly string[]
}
