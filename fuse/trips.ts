import type { Clock } from './clock.ts'
import type { FuseTrip } from './snapshot.ts'

const rememberedMs = 3_600_000
/** A fuse that flaps for an hour is remembered by its last so many trips. */
const maxTrips = 500

type Trip = { openedAt: number; closedAt: number | null; errorCode: string; rejected: number; servedStale: number }

/** The trips of the last hour. A fuse that opens again before it closed is still in the same one. */
export type Trips = {
  opened(errorCode: string): void
  closed(): void
  rejected(): void
  servedStale(): void
  /** Newest first. */
  list(): readonly FuseTrip[]
}

export const openTrips = (clock: Clock): Trips => {
  let ended: Trip[] = []
  let present: Trip | null = null
  return {
    opened: (errorCode) => {
      present ??= { openedAt: clock.now(), closedAt: null, errorCode, rejected: 0, servedStale: 0 }
    },
    closed: () => {
      if (!present) return
      const recent = ended.filter(({ closedAt }) => (closedAt ?? 0) > clock.now() - rememberedMs)
      ended = [{ ...present, closedAt: clock.now() }, ...recent].slice(0, maxTrips)
      present = null
    },
    rejected: () => {
      if (present) present.rejected += 1
    },
    servedStale: () => {
      if (present) present.servedStale += 1
    },
    list: () => {
      const recent = ended.filter(({ closedAt }) => (closedAt ?? 0) > clock.now() - rememberedMs)
      return [...(present ? [{ ...present }] : []), ...recent]
    },
  }
}
