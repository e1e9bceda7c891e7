import { z } from 'zod'

/** A fuse as one process tells another of it. Times are Unix milliseconds. */
export type FuseReport = z.infer<typeof fuseReport>

const sample = z.object({
  at: z.number(),
  calls: z.int(),
  failures: z.int(),
  rejected: z.int(),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
})

const trip = z.object({
  openedAt: z.number(),
  closedAt: z.number().nullable(),
  errorCode: z.string(),
  rejected: z.int(),
  servedStale: z.int(),
})

export type SampleReport = z.infer<typeof sample>
export type TripReport = z.infer<typeof trip>

export const fuseReport = z.object({
  id: z.string(),
  backend: z.string(),
  instance: z.string(),
  protocol: z.string(),
  state: z.enum(['CLOSED', 'OPEN', 'HALF_OPEN']),
  since: z.number(),
  retryAfterMs: z.number().nullable(),
  calls: z.number(),
  failures: z.number(),
  rejected: z.number(),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  timeoutMs: z.number(),
  lastErrorCode: z.string().nullable(),
  heldUntil: z.number().nullable(),
  samples: z.array(sample).readonly(),
  trips: z.array(trip).readonly(),
})

const operatorCommand = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('try') }),
  z.object({ kind: z.literal('hold'), reason: z.string(), forMs: z.int() }),
  z.object({ kind: z.literal('release') }),
])

export type OperatorCommand = z.infer<typeof operatorCommand>

export const fuseCommand = z.object({ id: z.string(), command: operatorCommand })
