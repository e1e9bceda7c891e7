import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { openFailureLog } from './failure-log.ts'
import type { FuseLog } from './failure-log.ts'
import { openFigures } from './figures.ts'
import type { Figures } from './figures.ts'
import { openFuse } from './fuse.ts'
import type { Fuse } from './fuse.ts'
import type { FuseSettings } from './settings.ts'
import type { FuseSnapshot } from './snapshot.ts'
import { openStaleStore } from './stale.ts'

export type { FuseSample, FuseSnapshot, FuseState, FuseTrip } from './snapshot.ts'

export type NewFuse = {
  readonly backend: string
  readonly protocol: string
  readonly settings: FuseSettings
  /** The backend's; its host and port are told in traces. */
  readonly url?: string
  /** What the values come from, such as an address and what is sent along; the backend's name where nothing is said. */
  readonly source?: string
}

/** Every fuse of this process. Disposing it disposes them. */
export type FuseRegistry = AsyncDisposable & {
  readonly instance: string
  /**
   * Throws where the settings can't hold. Where the backend has a fuse already, the new one takes its place: it is held as the earlier one
   * is, and shares its kept values where their source is the same. The earlier one works on until it is disposed.
   */
  open(fuse: NewFuse): Fuse
  /** By id, `<instance>/<backend>`. */
  find(id: string): Fuse | null
  /** In the order in which the backends were first opened. */
  list(): readonly Fuse[]
  /** Told of each change of state at once, and of figures at most once a second. Returns what ends it. */
  subscribe(listener: (fuse: FuseSnapshot) => void): () => void
  /** What the process keeps of the backends' answers takes about so many bytes. */
  readonly staleBytes: number
  /** And at most so many. */
  readonly staleMaxBytes: number
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

/** The fuses of each backend, of which the newest is the one that is spoken of. */
const openEntries = () => {
  const byId = new Map<string, readonly Entry[]>()
  return {
    add: (id: string, entry: Entry) => void byId.set(id, [...(byId.get(id) ?? []), entry]),
    remove: (id: string, fuse: Fuse) => {
      const others = (byId.get(id) ?? []).filter((entry) => entry.fuse !== fuse)
      if (others.length > 0) byId.set(id, others)
      else byId.delete(id)
    },
    newest: (id: string): Entry | undefined => byId.get(id)?.at(-1),
    present: (): readonly Entry[] => [...byId.values()].flatMap((ofOne) => ofOne.at(-1) ?? []),
    all: (): readonly Entry[] => [...byId.values()].flat(),
  }
}

/** One timer, unref'ed, takes a sample of every fuse each second. */
export const openRegistry = (opt: RegistryOptions): FuseRegistry => {
  const { instance, clock = systemClock } = opt
  const entries = openEntries()
  const listeners = new Set<(fuse: FuseSnapshot) => void>()
  const stale = openStaleStore(opt.staleBytes)
  const tell = ({ fuse }: Entry) => {
    if (listeners.size === 0) return
    const snapshot = fuse.snapshot()
    for (const listener of [...listeners]) listener(snapshot)
  }
  const tick = () => {
    for (const entry of entries.present()) if (entry.figures.sample()) tell(entry)
  }
  const timer = setInterval(tick, sampleMs).unref()
  const open = ({ backend, protocol, settings, url, source = backend }: NewFuse): Fuse => {
    const id = `${instance}/${backend}`
    const held = entries.newest(id)?.fuse.held
    const figures = openTalkativeFigures(backend, clock, opt)
    const fuse: Fuse = openFuse({
      ...{ backend, protocol, settings, source, instance, stale, clock, figures },
      ...(opt.log ? { log: opt.log } : {}),
      ...(url === undefined ? {} : { url }),
      changed: () => entries.newest(id)?.fuse === fuse && tell({ fuse, figures }),
      disposed: () => entries.remove(id, fuse),
    })
    entries.add(id, { fuse, figures })
    if (held) fuse.hold(held.reason, held.forMs)
    return fuse
  }
  return {
    instance,
    open,
    find: (id) => entries.newest(id)?.fuse ?? null,
    list: () => entries.present().map(({ fuse }) => fuse),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    staleMaxBytes: opt.staleBytes,
    get staleBytes() {
      return stale.bytes
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      listeners.clear()
      await Promise.all(entries.all().map(({ fuse }) => fuse[Symbol.asyncDispose]()))
    },
  }
}

/** Figures that tell of each attempt, and the log of those that failed. */
const openTalkativeFigures = (backend: string, clock: Clock, { onAnswered, log }: RegistryOptions): Figures => {
  const logFailure = openFailureLog(backend, clock, log)
  return openFigures(clock, (ms, failure) => {
    onAnswered?.(backend, ms)
    logFailure(failure)
  })
}
