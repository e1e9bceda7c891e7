import { operationFromDocument, Supergraph } from '@apollo/federation-internals'
import { buildOperationContext, executeQueryPlan } from '@apollo/gateway'
import type { GraphQLDataSource, ServiceMap } from '@apollo/gateway'
import { QueryPlanner } from '@apollo/query-planner'
import type { QueryPlan } from '@apollo/query-planner'
import { parse } from 'graphql'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import pino from 'pino'
import { compileOperation, pickOperation } from '../../../gateway/execution/compile.ts'
import type { CompiledOperation } from '../../../gateway/execution/compile.ts'
import { openMeets } from '../../../gateway/execution/subtypes.ts'
import { readAnswer } from '../../../gateway/fetch-result.ts'
import type { RequestContext } from '../../../subgraphs/context.ts'
import { answerByChance } from './subgraphs.ts'
import type { Answer, Asking, Mischief } from './subgraphs.ts'

/** One supergraph with both executors in front of it, and subgraphs that answer by chance behind. Everything that lasts is made once. */
export type Rig = {
  readonly schema: GraphQLSchema
  plan(document: DocumentNode): Planned
  run(planned: Planned, variables: Readonly<Record<string, unknown>>, subgraphs: (asking: Asking) => Answer): Promise<Both>
  byChance(mischief: Mischief, seed: number): (asking: Asking) => Answer
}

export type Planned = { readonly plan: QueryPlan; readonly document: DocumentNode; readonly compiled: CompiledOperation }

export type Told = { readonly code: string; readonly message: string; readonly path?: readonly (string | number)[] }

/** What an executor made of it; `rejected` where it gave up. */
export type Outcome = {
  readonly data: string | undefined
  readonly errors: readonly Told[]
  /** Where it found what a subgraph may not give. */
  readonly refused: readonly string[]
  readonly rejected: boolean
}

export type Both = { readonly stock: Outcome; readonly ours: Outcome; readonly root: Readonly<Record<string, unknown>> }

const context: RequestContext = {
  caller: { id: 'a', name: 'a', role: 'AGENT', departments: [], customerId: null, verified: true, issuedAt: 0 },
  signal: new AbortController().signal,
  deadlineAt: Number.MAX_SAFE_INTEGER,
  freshness: { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false },
  requestId: 'differential',
  log: pino({ level: 'silent' }),
}

export const openRig = (sdl: string): Rig => {
  const supergraph = Supergraph.build(sdl, { validateSupergraph: false })
  const planner = new QueryPlanner(supergraph, { exposeDocumentNodeInFetchNode: true })
  const apiSchema = supergraph.apiSchema()
  const schema = apiSchema.toGraphQLJSSchema()
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema()
  const meets = openMeets(supergraphSchema)
  const subgraphSchemas = new Map([...supergraph.subgraphs()].map(({ name, schema: each }) => [name, each.toGraphQLJSSchema()]))
  const schemaOf = (name: string) => {
    const found = subgraphSchemas.get(name)
    if (!found) throw new Error(`there is no subgraph ${name}`)
    return found
  }
  return {
    schema,
    plan: (document) => {
      const picked = pickOperation(document, undefined)
      if (!picked) throw new Error('a document without one operation')
      const plan = toRun(planner.buildQueryPlan(operationFromDocument(apiSchema, document, { validate: false })))
      return { plan, document, compiled: compileOperation({ ...picked, plan, apiSchema, schema, meets }) }
    },
    byChance: (mischief, seed) => (asking) => answerByChance(schemaOf(asking.service), mischief, seed, asking),
    run: async ({ plan, document, compiled }, variables, subgraphs) => {
      const operationContext = buildOperationContext({ schema, operationDocument: document })
      const services: ServiceMap = Object.fromEntries([...subgraphSchemas.keys()].map((service) => [service, toDataSource(service, subgraphs)]))
      const incoming = { request: { variables: { ...variables } }, context, metrics: {}, logger: context.log }
      const stock = await outcomeOf(async () => stockOutcome(await stockExecutor.execute(plan, services, incoming, operationContext, supergraphSchema, apiSchema)))
      const root: Record<string, unknown> = {}
      const ours = await outcomeOf(async () => {
        const executed = await compiled.execute({
          variables, context, known: { data: root, errors: [], degraded: [] },
          ask: async ({ service, text, document: asked, variables: sent }) => copyOf(subgraphs({ service, text, document: asked, variables: sent })),
        })
        return { ...executed, refused: executed.refused.map(({ path }) => path.join('.')) }
      })
      return { stock, ours, root }
    },
  }
}

/** Of a subscription: what is done for each event. */
const toRun = ({ node }: QueryPlan): QueryPlan => {
  if (node?.kind !== 'Subscription') return { kind: 'QueryPlan', ...(node ? { node } : {}) }
  const { primary, rest } = node
  return { kind: 'QueryPlan', node: rest ? { kind: 'Sequence', nodes: [primary, rest] } : primary }
}

type Incoming = Pick<Parameters<typeof executeQueryPlan>[2], 'request' | 'context' | 'metrics' | 'logger'>

type StockExecutor = {
  execute(plan: QueryPlan, services: ServiceMap, incoming: Incoming, operation: ReturnType<typeof buildOperationContext>, supergraph: GraphQLSchema, api: Parameters<typeof executeQueryPlan>[5]): ReturnType<typeof executeQueryPlan>
}

const stockExecutor: StockExecutor = { execute: executeQueryPlan }

/** As it comes over the wire; neither executor can see what the other makes of it. */
const copyOf = (answer: Answer) => readAnswer(structuredClone(answer))

const toDataSource = (service: string, subgraphs: (asking: Asking) => Answer): GraphQLDataSource => ({
  process: async (options) => {
    const { query = '', variables = {} } = options.request
    const document = ('document' in options ? options.document : undefined) ?? parse(query)
    const { data, errors = [] } = copyOf(subgraphs({ service, text: query, document, variables }))
    return { data: data ?? null, ...(errors.length > 0 ? { errors } : {}) }
  },
})

type Result = { readonly data?: unknown; readonly errors?: readonly object[] | undefined; readonly refused: readonly string[] }

const stockOutcome = ({ data, errors, extensions }: Awaited<ReturnType<typeof executeQueryPlan>>): Result => {
  const refused: unknown = extensions?.['valueCompletion']
  return { data, errors, refused: Array.isArray(refused) ? refused.map((error: { path?: readonly (string | number)[] }) => (error.path ?? []).join('.')) : [] }
}

const outcomeOf = async (execute: () => Promise<Result>): Promise<Outcome> => {
  try {
    const { data, errors = [], refused } = await execute()
    return { data: data === undefined ? undefined : JSON.stringify(data), errors: errors.map(toTold), refused, rejected: false }
  } catch (error) {
    return { data: undefined, errors: [toTold(error)], refused: [], rejected: true }
  }
}

const toTold = (error: unknown): Told => {
  const { message = '', path, extensions }: { message?: string; path?: readonly (string | number)[] | undefined; extensions?: { code?: unknown } } = typeof error === 'object' && error !== null ? error : {}
  return { message, code: String(extensions?.code), ...(path ? { path } : {}) }
}
