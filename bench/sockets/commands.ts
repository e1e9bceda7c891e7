import { z } from 'zod'

/* What the bench asks of a generator's process, and what it is told. Times are milliseconds; instants nanoseconds of the machine's monotonic clock, which all processes share. */

const address = z.object({ host: z.string(), port: z.int() })

export const command = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('open'),
    address,
    /** Ours, in turn. */
    localAddresses: z.array(z.string()),
    secret: z.string(),
    role: z.enum(['visitor', 'agent', 'admin']),
    departments: z.array(z.string()),
    /** Each with the conversation that it listens to, if any. */
    clients: z.array(z.object({ name: z.string(), conversation: z.string().nullable() })),
    /** How many are being opened at any time. */
    window: z.int(),
  }),
  z.object({ kind: z.literal('start'), departmentPath: z.string(), window: z.int() }),
  z.object({ kind: z.literal('closedLoop'), inFlight: z.int(), warmUpMs: z.int(), ms: z.int() }),
  z.object({ kind: z.literal('openLoop'), perSecond: z.number(), seconds: z.number() }),
  /** Waits until so many have received a message with this body, or the time is over. */
  z.object({ kind: z.literal('arrivals'), body: z.string(), count: z.int(), timeoutMs: z.int() }),
  z.object({ kind: z.literal('close') }),
])

export type Command = z.output<typeof command>
export type CommandOf<K extends Command['kind']> = Extract<Command, { kind: K }>

export const request = z.object({ id: z.int(), command })
export const reply = z.object({ id: z.int(), result: z.unknown().optional(), error: z.string().optional() })

export const opened = z.object({ opened: z.int(), refused: z.int(), reasons: z.array(z.string()), tookMs: z.number() })
export const started = z.object({ started: z.int(), reasons: z.array(z.string()) })
export const loop = z.object({ answered: z.int(), failed: z.int(), reasons: z.array(z.string()), perSecond: z.number(), p50: z.number(), p99: z.number() })
export const arrivals = z.object({ arrived: z.int(), lastAt: z.string() })
/** What was received besides: refusals and closings since the sockets were opened. */
export const closed = z.object({ lost: z.int(), reasons: z.array(z.string()) })

export type Opened = z.output<typeof opened>
export type Loop = z.output<typeof loop>
