import type { Rules } from './department-rules.ts'
import type { IntentExample } from './intent-examples.ts'

/** What operators have written down of routing, as it was read last. */
export type RoutingFiles = {
  readonly rules: Rules
  readonly examples: readonly IntentExample[]
}

/** The present rules; they may be replaced while somebody works by them. */
export type RuleBook = {
  readonly current: RoutingFiles
  /** Told after they were replaced. Returns what ends it. */
  onChange(listener: (files: RoutingFiles) => void): () => void
}

export const openRuleBook = (first: RoutingFiles): RuleBook & { replace(files: RoutingFiles): void } => {
  const listeners = new Set<(files: RoutingFiles) => void>()
  let current = first
  return {
    get current() {
      return current
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    replace: (files) => {
      current = files
      for (const listener of [...listeners]) listener(files)
    },
  }
}
