import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { openFigures } from './figures.ts'
import type { Figures } from './figures.ts'
import { openFuse } from './fuse.ts'
import type { Fuse, FuseLog } from './fuse.ts'
import type { FuseSettings } from './settings.ts'
import type { FuseSnapshot } from './snapshot.ts'
import { openStaleStore } from './stale.ts'

export type { FuseSample, FuseSnapshot, FuseState, FuseTrip } from './snapshot.ts'

export type NewFuse = { readonly backend: string; readonly protocol: string; readonly settings: FuseSettings }

/** Every fuse of this process. Disposing it disposes them. */
export type FuseRegistry = AsyncDisposable & {
  readonly instance: string
  /** Throws where the settings can't hold, or the backend has a fuse already. */
  open(fuse: NewFuse): Fuse
  /** By id, `<instance>/<backend>`. */
  find(id: string): Fuse | null
  /** In the order in which they were opened. */
  list(): readonly Fuse[]
  /** Told of each change of state at once, and of figures at most once a second. Returns what ends it. */
  subscribe(listener: (fuse: FuseSnapshot) => void): () => void
  /** What the process keeps of the backends' answers takes about so many bytes. */
  readonly staleBytes: number
}

export type RegistryOptions = {
  readonly instance: string
  /** Bound of the kept values, in bytes; 0 keeps none. */
  readonly staleBytes: number
  /** Told of each attempt that ended, well or failed, and how long it took. */
  readonly onAnswered?: (backend: string, ms: number) => void
  readonly clock?: Clock
  readonly log?: FuseLog
}

const sampleMs = 1_000

type Entry = { readonly fuse: Fuse; readonly figures: Figures }

/** One timer, unref'ed, takes a sample of every fuse each second. */
export const openRegistry = (opt: RegistryOptions): FuseRegistry => {
  const { instance, clock = systemClock } = opt
  const entries = new Map<string, Entry>()
  const listeners = new Set<(fuse: FuseSnapshot) => void>()
  const stale = openStaleStore(opt.staleBytes)
  const tell = ({ fuse }: Entry) => {
    if (listeners.size === 0) return
    const snapshot = fuse.snapshot()
    for (const listener of [...listeners]) listener(snapshot)
  }
  const tick = () => {
    for (const entry of entries.values()) if (entry.figures.sample()) tell(entry)
  }
  const timer = setInterval(tick, sampleMs).unref()
  const open = ({ backend, protocol, settings }: NewFuse): Fuse => {
    const id = `${instance}/${backend}`
    if (entries.has(id)) throw new Error(`there is a fuse for ${backend} already`)
    const figures = openFigures(clock, (ms) => opt.onAnswered?.(backend, ms))
    const fuse = openFuse({
      ...{ backend, protocol, settings, instance, stale, clock, figures },
      ...(opt.log ? { log: opt.log } : {}),
      changed: () => tell({ fuse, figures }),
      disposed: () => entries.delete(id),
    })
    entries.set(id, { fuse, figures })
    return fuse
  }
  return {
    instance,
    open,
    find: (id) => entries.get(id)?.fuse ?? null,
    list: () => [...entries.values()].map(({ fuse }) => fuse),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    get staleBytes() {
      return stale.bytes
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      listeners.clear()
      await Promise.all([...entries.values()].map(({ fuse }) => fuse[Symbol.asyncDispose]()))
    },
  }
}
