import { z } from 'zod'
import type { Bus } from '../../bus/bus.ts'
import { openElsewhere, openPlaces, pairsOf } from './places.ts'
import type { Places } from './places.ts'

/**
 * Who is where, over all processes: agents in their inbox, agents in front of a conversation. Never stored: each process tells of those that are connected to
 * it, again and again, and one that falls silent is forgotten with all of them.
 */
export type Presence = AsyncDisposable & {
  /** From now on `who` is at `place`; several times over where they have several windows. Returns what ends it. */
  enter(place: string, who: string): () => void
  isAt(place: string, who: string): boolean
  /** In no order. */
  listAt(place: string): readonly string[]
  /** Those who are there in this process, in no order. */
  listHere(place: string): readonly string[]
  /** Told when somebody comes to a place where they were not, and when they have left it. */
  onChange(listener: (place: string, who: string, present: boolean) => void): void
  /** The same of this process alone, whoever is where in another one. */
  onChangeHere(listener: (place: string, who: string, present: boolean) => void): void
}

/** The place of an agent whose inbox is open. */
export const atInbox = 'inbox'

export type PresenceOptions = {
  readonly bus: Bus
  /** What the processes tell each other of it under. */
  readonly subject: string
  readonly instance: string
  /** How long somebody who left still counts. */
  readonly graceMs: number
}

const tellMs = 2_000
const forgetMs = 7_000

const place = z.string()
const who = z.string()
/** All that a process has, again and again; and between two of these each that comes and goes. */
const report = z.union([
  z.object({ instance: z.string(), present: z.array(z.tuple([place, z.array(who)])) }),
  z.object({ instance: z.string(), change: z.tuple([place, who, z.boolean()]) }),
])

export const openPresence = (opt: PresenceOptions): Presence => {
  const listeners: ((place: string, who: string, present: boolean) => void)[] = []
  const here = openPlaces()
  const elsewhere = openElsewhere(forgetMs)
  const isAt = (at: string, somebody: string) => here.has(at, somebody) || elsewhere.has(at, somebody)
  /** Makes a change, and tells of those for whom it is one over all processes. */
  const changing = (pairs: readonly (readonly [place: string, who: string])[], make: () => void) => {
    const before = pairs.map(([at, somebody]) => isAt(at, somebody))
    make()
    pairs.forEach(([at, somebody], index) => {
      const present = isAt(at, somebody)
      if (present !== before[index]) for (const listener of listeners) listener(at, somebody, present)
    })
  }
  const wire = openWire(opt, here, elsewhere, changing)
  const hereListeners: ((place: string, who: string, present: boolean) => void)[] = []
  const windows = openWindows(opt, here, changing, (at, somebody, present) => {
    wire.tell(at, somebody, present)
    for (const listener of hereListeners) listener(at, somebody, present)
  })
  return {
    enter: (at, somebody) => windows.enter(at, somebody),
    isAt,
    listAt: (at) => [...new Set([...here.at(at), ...elsewhere.at(at)])],
    listHere: (at) => [...here.at(at)],
    onChange: (listener) => void listeners.push(listener),
    onChangeHere: (listener) => void hereListeners.push(listener),
    [Symbol.asyncDispose]: async () => {
      windows.close()
      wire.close()
    },
  }
}

type Changing = (pairs: readonly (readonly [place: string, who: string])[], make: () => void) => void

/** What the processes tell each other. */
const openWire = ({ bus, subject, instance }: PresenceOptions, here: ReturnType<typeof openPlaces>, elsewhere: ReturnType<typeof openElsewhere>, changing: Changing) => {
  const publish = (said: object) => {
    if (bus.reachesOthers) bus.publish(subject, { instance, ...said })
  }
  const publishAll = () => publish({ present: here.list() })
  const hearAll = (other: string, places: Places) => changing([...pairsOf(elsewhere.placesOf(other)), ...pairsOf(places)], () => elsewhere.put(other, places))
  const end = bus.subscribe(subject, (message) => {
    const told = report.parse(message)
    if (told.instance === instance) return
    if ('present' in told) return hearAll(told.instance, new Map(told.present.map(([at, all]) => [at, new Set(all)])))
    const [at, somebody, present] = told.change
    changing([[at, somebody]], () => elsewhere.change(told.instance, at, somebody, present))
  })
  const endReached = bus.onReached(publishAll)
  const telling = setInterval(() => {
    publishAll()
    for (const other of elsewhere.silent()) hearAll(other, new Map())
  }, tellMs).unref()
  return {
    tell: (at: string, somebody: string, present: boolean) => publish({ change: [at, somebody, present] }),
    close: () => {
      clearInterval(telling)
      end()
      endReached()
      // Whoever was here is expected elsewhere in a moment; those who do not come are forgotten with this process.
    },
  }
}

/** Who comes and goes here. Who goes is still there for a while, as they may only be loading a page anew. */
const openWindows = ({ graceMs }: PresenceOptions, here: ReturnType<typeof openPlaces>, changing: Changing, tell: (at: string, somebody: string, present: boolean) => void) => {
  const leaving = new Map<string, NodeJS.Timeout>()
  const leave = (key: string, at: string, somebody: string) => {
    leaving.delete(key)
    changing([[at, somebody]], () => here.remove(at, somebody))
    tell(at, somebody, false)
  }
  return {
    enter: (at: string, somebody: string) => {
      const key = JSON.stringify([at, somebody])
      clearTimeout(leaving.get(key))
      const isStaying = leaving.delete(key)
      if (!isStaying) changing([[at, somebody]], () => here.add(at, somebody))
      // Also of whom another process has told: they may be about to leave it.
      if (here.count(at, somebody) === 1 && !isStaying) tell(at, somebody, true)
      return once(() => {
        if (here.count(at, somebody) > 1) here.remove(at, somebody)
        else leaving.set(key, setTimeout(leave, graceMs, key, at, somebody).unref())
      })
    },
    close: () => {
      for (const timer of leaving.values()) clearTimeout(timer)
    },
  }
}

const once = (work: () => void): (() => void) => {
  let over = false
  return () => {
    if (!over) work()
    over = true
  }
}
