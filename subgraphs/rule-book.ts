import type { Book } from './book.ts'
import type { Rules } from './department-rules.ts'
import type { IntentExample } from './intent-examples.ts'

/** What operators have written down of routing. */
export type RoutingFiles = {
  readonly rules: Rules
  readonly examples: readonly IntentExample[]
}

export type RuleBook = Book<RoutingFiles>
