/** What operators have written down, as it was read last; it may be replaced while somebody works by it. */
export type Book<T> = {
  readonly current: T
  /** Told after it was replaced. Returns what ends it. */
  onChange(listener: (current: T) => void): () => void
}

export const openBook = <T>(first: T): Book<T> & { replace(next: T): void } => {
  const listeners = new Set<(current: T) => void>()
  let current = first
  return {
    get current() {
      return current
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    replace: (next) => {
      current = next
      for (const listener of [...listeners]) listener(next)
    },
  }
}
