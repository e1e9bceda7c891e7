/**
 * Events between the processes of one hub. They only wake: whoever was away, or too slow, has missed them, and what must not be lost is
 * kept elsewhere. Each listener gets the messages of one publisher in the order in which they were published, its own process's too.
 */
export type Bus = AsyncDisposable & {
  /** False where there is no other process: then nobody has to be told of anything. */
  readonly reachesOthers: boolean
  /** Never waits and never fails: where nobody can be reached, the message is gone. `message` is whatever JSON can say. */
  publish(subject: string, message: unknown): void
  /**
   * What comes is not parsed beyond being JSON. A listener that throws harms no other. Returns what ends it.
   * Throws for a subject that is not `isSubject`.
   */
  subscribe(subject: string, listener: (message: unknown) => void): () => void
  /** Told each time that others can be reached again, at first too: whoever has a state to tell tells it anew. Returns what ends it. */
  onReached(listener: () => void): () => void
  /** Resolves when what was subscribed and published so far has reached the others' side; rejects where they can't be reached. */
  flush(): Promise<void>
}

/** All that a bus needs of a log; pino's Logger has it. */
export type BusLog = { warn(fields: object, message: string): void; info(fields: object, message: string): void }

/** Words of letters, digits and dashes with dots between them: no wildcard, no blank. */
export const isSubject = (subject: string): boolean => /^[\w-]{1,40}(?:\.[\w-]{1,40}){0,7}$/.test(subject)

/** Throws a RangeError for what can be no subject. */
export const checkSubject = (subject: string): void => {
  if (!isSubject(subject)) throw new RangeError(`no subject: ${JSON.stringify(subject.slice(0, 60))}`)
}
