import type { DocumentNode, OperationTypeNode } from 'graphql'
import type { DegradedValue, RequestContext } from '../../subgraphs/context.ts'
import type { FetchResult } from '../fetch-result.ts'
import type { PlanPath, ResponsePath } from './cursor.ts'
import type { JsonObject } from './json.ts'

/** One question to one subgraph. */
export type Ask = {
  readonly service: string
  readonly document: DocumentNode
  /** The same text for the same document. */
  readonly text: string
  readonly operationName: string | undefined
  readonly variables: JsonObject
  /** Where the answer belongs, in the plan's words. */
  readonly path: PlanPath
  /** How many entities it is about; null where it is about none. */
  readonly entities: number | null
  /** Of what it is a part. */
  readonly kind: OperationTypeNode
}

/** Never rejects: what failed is an error in the result, which is the asker's to keep and to change. */
export type AskSubgraph = (ask: Ask, context: RequestContext) => Promise<FetchResult>

export type ExecutionError = {
  readonly message: string
  readonly path?: ResponsePath
  readonly extensions?: JsonObject
  /** Where it is no error of a subgraph. */
  readonly cause?: unknown
}

/** A plan that is being carried out. */
export type Run = {
  /** All that is known by now, as the subgraphs said it. */
  readonly root: JsonObject
  /** As the client sent them. */
  readonly variables: Readonly<JsonObject>
  readonly context: RequestContext
  readonly ask: AskSubgraph
  readonly errors: ExecutionError[]
  readonly degraded: DegradedValue[]
}

/** Nothing where it has been answered at once. */
export type Step = (run: Run) => Promise<void> | undefined
