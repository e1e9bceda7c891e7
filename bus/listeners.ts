import type { BusLog } from './bus.ts'

/** Who listens to what, within this process. */
export type Listeners = {
  add(subject: string, listener: (message: unknown) => void): () => void
  tell(subject: string, text: string): void
  has(subject: string): boolean
  readonly subjects: readonly string[]
}

/** Each listener gets a copy of its own, so that none can change another's. */
export const openListeners = (log: BusLog): Listeners => {
  const bySubject = new Map<string, Set<{ readonly listener: (message: unknown) => void }>>()
  const tellOne = (subject: string, text: string, listener: (message: unknown) => void) => {
    try {
      listener(JSON.parse(text))
    } catch (error) {
      log.warn({ err: error, subject }, 'a listener of the bus failed, or what came is no JSON')
    }
  }
  return {
    add: (subject, listener) => {
      const ofSubject = bySubject.get(subject) ?? new Set()
      const entry = { listener }
      bySubject.set(subject, ofSubject.add(entry))
      return () => {
        ofSubject.delete(entry)
        if (ofSubject.size === 0 && bySubject.get(subject) === ofSubject) bySubject.delete(subject)
      }
    },
    tell: (subject, text) => {
      for (const { listener } of [...(bySubject.get(subject) ?? [])]) tellOne(subject, text, listener)
    },
    has: (subject) => bySubject.has(subject),
    get subjects() {
      return [...bySubject.keys()]
    },
  }
}
