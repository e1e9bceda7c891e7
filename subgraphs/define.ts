import { readFileSync } from 'node:fs'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { createSourceEventStream, defaultFieldResolver, GraphQLObjectType, parse, responsePathAsArray } from 'graphql'
import type { DocumentNode, ExecutionResult, GraphQLField, GraphQLFieldResolver, GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { BackendFailure } from '../fuse/errors.ts'
import type { Span } from '../fuse/span.ts'
import { allowedFields } from './allow.ts'
import { Sourced } from './answers.ts'
import type { DegradedValue, FetchContext, RequestContext, Role } from './context.ts'
import { dateTime } from './date-time.ts'
import { foldDegraded } from './degraded.ts'
import type { Environment } from './environment.ts'
import { forbidden, toGraphQLError, unauthenticated } from './errors.ts'
import type { EventSource } from './event-source.ts'
import { openExecutor } from './execution/executor.ts'
import type { Check, Checks } from './execution/running.ts'
import { during } from './present-span.ts'

/** One fetch of a query plan. */
export type SubgraphRequest = {
  readonly document: DocumentNode
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName?: string | undefined
  /** Of a subscription: the event that the operation is executed for. */
  readonly event?: object
}

export type SubgraphResult = ExecutionResult & { readonly degraded: readonly DegradedValue[] }

/** A runnable subgraph. Whatever fails while it executes is in the result's errors. */
export type Subgraph = AsyncDisposable & {
  readonly name: string
  readonly schema: GraphQLSchema
  /** `span`: the fetch, where it is traced as a part of what the context says. */
  execute(request: SubgraphRequest, context: RequestContext, span?: Span): Promise<SubgraphResult>
  /**
   * What a subscription, an operation with one root field, listens to. The same event is the same object for each of its listeners.
   * Rejects with a GraphQLError where the caller may not listen, or an argument can't be used.
   */
  subscribe(request: SubgraphRequest, context: RequestContext): Promise<EventSource>
}

/** One entry of the list in `index.ts`. */
export type SubgraphModule = {
  readonly name: string
  /** The subgraph's schema, as it is composed. */
  readonly sdl: string
  open(environment: Environment): Subgraph
}

type SchemaModule = Extract<Extract<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>[number], { typeDefs: unknown }>

type Definition<L> = {
  readonly name: string
  readonly sdl: string
  readonly resolvers: NonNullable<SchemaModule['resolvers']>
  /** Called once a request; loaders share what the fetches of that request read. */
  readonly openLoaders: (context: RequestContext) => L
  readonly close?: () => Promise<void>
}

const common = readFileSync(new URL('common.graphql', import.meta.url), 'utf8')

/** The schema in the folder of `moduleUrl`, with the types that several subgraphs repeat. */
export const readSdl = (moduleUrl: string): string => `${common}\n${readFileSync(new URL('schema.graphql', moduleUrl), 'utf8')}`

/**
 * Makes a subgraph of its schema and its resolvers. Every field is checked against `@allow`, every `Sourced` value is
 * unwrapped and listed where it is not live, and every failure becomes an error that a client may read.
 * Throws where a field says with no `@allow` who may ask for it.
 */
export const defineSubgraph = <L>({ name, sdl, resolvers, openLoaders, close }: Definition<L>): Subgraph => {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: { DateTime: dateTime, ...resolvers } }])
  const execute = openExecutor(schema, { checks: guardFields(schema) })
  const loadersOf = new WeakMap<RequestContext, L>()
  const loadersFor = (context: RequestContext): L => {
    const loaders = loadersOf.get(context) ?? openLoaders(context)
    loadersOf.set(context, loaders)
    return loaders
  }
  return {
    name,
    schema,
    execute: async ({ document, variables, operationName, event }, context, span = context.span) => {
      const contextValue: FetchContext<L> = { ...context, ...(span ? { span } : {}), loaders: loadersFor(context), degraded: [] }
      const result = await during(span, () => execute({ document, variableValues: variables, operationName, rootValue: event, contextValue }))
      return { ...result, degraded: foldDegraded(contextValue.degraded) }
    },
    subscribe: async ({ document, variables, operationName }, context) => {
      const contextValue: FetchContext<L> = { ...context, loaders: loadersFor(context), degraded: [] }
      const source = await createSourceEventStream({ schema, document, variableValues: variables, operationName, contextValue })
      if (isEventSource(source)) return source
      throw 'errors' in source && source.errors[0] ? source.errors[0] : new Error(`${name} gave no source of events`)
    },
    [Symbol.asyncDispose]: async () => close?.(),
  }
}

const isEventSource = (source: object): source is EventSource => 'next' in source && 'return' in source && Symbol.asyncIterator in source

/** Gives back what is checked of the fields that have no resolver of their own. */
const guardFields = (schema: GraphQLSchema): Checks => {
  const checks = new Map<object, Check>()
  for (const { type, field, roles } of allowedFields(schema)) {
    const owner = schema.getType(type)
    if (!(owner instanceof GraphQLObjectType)) continue
    const definition: GraphQLField<unknown, AnyFetch> | undefined = owner.getFields()[field]
    // A list without a resolver of its own may still hold rows that could not be read.
    const isList = definition?.type.toString().startsWith('[') === true
    if (!definition || !(roles || definition.resolve || isList)) continue
    const guard = guardFor(`${type}.${field}`, roles)
    if (!definition.resolve) checks.set(definition, (context) => isFetch(context) && guard(context))
    guardField(definition, guard)
  }
  return checks
}

type AnyFetch = FetchContext<unknown>

const isFetch = (context: unknown): context is AnyFetch => typeof context === 'object' && context !== null && 'caller' in context

/** Throws where the caller may not ask for the field. */
type Guard = (context: AnyFetch) => void

const guardFor =
  (name: string, roles: ReadonlySet<Role> | null): Guard =>
  ({ caller: { role } }) => {
    if (!roles || (role !== 'NOBODY' && roles.has(role))) return
    throw role === 'NOBODY' ? unauthenticated() : forbidden(`${name} is not for this role`)
  }

const guardField = (field: GraphQLField<unknown, AnyFetch>, guard: Guard): void => {
  const resolve: GraphQLFieldResolver<unknown, AnyFetch> = field.resolve ?? defaultFieldResolver
  const { subscribe } = field
  if (subscribe) field.subscribe = (parent, args, context, info) => {
    guard(context)
    return translated(() => subscribe(parent, args, context, info), context)
  }
  field.resolve = (parent, args, context, info) => {
    guard(context)
    try {
      const answer: unknown = context.span ? during(context.span, () => resolve(parent, args, context, info)) : resolve(parent, args, context, info)
      if (answer instanceof Promise) return answer.then((late) => settle(late, context, info), fail(context))
      return settle(answer, context, info)
    } catch (error) {
      throw toGraphQLError(error, context)
    }
  }
}

const translated = async (work: () => unknown, context: AnyFetch): Promise<unknown> => {
  try {
    return await work()
  } catch (error) {
    throw toGraphQLError(error, context)
  }
}

const fail = (context: RequestContext) => (error: unknown) => {
  throw toGraphQLError(error, context)
}

/** What graphql-js is to complete: the bare value, and an error in the place of each row that could not be read. */
const settle = (answer: unknown, context: AnyFetch, info: GraphQLResolveInfo): unknown => {
  if (answer instanceof Sourced) {
    noteDegraded(answer, context, info)
    return settle(answer.value, context, info)
  }
  if (answer instanceof BackendFailure) throw toGraphQLError(answer, context)
  if (Array.isArray(answer) && answer.some((row) => row instanceof BackendFailure)) {
    return answer.map((row: unknown) => (row instanceof BackendFailure ? toGraphQLError(row, context) : row))
  }
  return answer
}

const noteDegraded = ({ source }: Sourced<unknown>, context: AnyFetch, info: GraphQLResolveInfo): void => {
  if (source.state === 'LIVE') return
  context.degraded.push({ path: responsePathAsArray(info.path), backend: source.backend, state: source.state, ageMs: source.ageMs })
}
