import type { ApolloServerPlugin, GraphQLRequestContext, GraphQLResponse } from '@apollo/server'
import { HeaderMap } from '@apollo/server'
import { GraphQLError } from 'graphql'
import type { GraphQLFormattedError } from 'graphql'
import type { Executed, CompiledOperation } from './execution/compile.ts'
import type { ExecutionError } from './execution/run.ts'
import { isPublic, maskError } from './masking.ts'
import type { DoorContext } from './requests.ts'
import type { Supergraph } from './supergraph.ts'

/*
 * Answers operations in the place of the gateway's executor. A plug-in can, and is spared what Apollo Server does for an executor of its own, which
 * takes a third of the throughput: so what Apollo Server would have done with errors is done here.
 */

type Incoming = GraphQLRequestContext<DoorContext>

export const answerCompiled = (supergraph: Supergraph): ApolloServerPlugin<DoorContext> => ({
  requestDidStart: async () => ({
    responseForOperation: async (incoming) => {
      try {
        return await answer(supergraph, incoming)
      } catch (error) {
        return refuse(incoming, [error], 500)
      }
    },
  }),
})

const answer = async (supergraph: Supergraph, incoming: Incoming): Promise<GraphQLResponse> => {
  const { request, contextValue } = incoming
  const compiled = findPlan(supergraph, incoming)
  const variables = request.variables ?? {}
  const mistakes = compiled.checkVariables(variables)
  if (mistakes.length > 0) return refuse(incoming, mistakes.map(toUserError), 400)
  return toResponse(incoming, await compiled.execute({ variables, context: contextValue, ask: supergraph.ask }))
}

/** Throws what the planner throws. The span of the plan lasts from when there is an operation until it is known how to ask for it. */
const findPlan = (supergraph: Supergraph, { queryHash: hash = '', document, request: { operationName }, contextValue: { span } }: Incoming): CompiledOperation => {
  if (!document) throw new Error('an operation that was not read')
  const planning = span?.child('plan')
  try {
    const { compiled, isKnown } = supergraph.plans().find({ hash, document, operationName })
    planning?.set({ 'plan.cached': isKnown })
    planning?.end()
    return compiled
  } catch (error) {
    planning?.end(error)
    throw error
  }
}

const toUserError = ({ message, nodes, extensions }: GraphQLError): GraphQLError =>
  new GraphQLError(message, { nodes: nodes ?? null, extensions: { code: 'BAD_USER_INPUT', ...extensions } })

/** Nothing of it was carried out, or nothing can be told of it. */
const refuse = (incoming: Incoming, errors: readonly unknown[], status: number): GraphQLResponse => ({
  body: { kind: 'single', singleResult: { errors: errors.map((error) => present(incoming, toFormatted(error), error)) } },
  http: { status, headers: new HeaderMap() },
})

const toFormatted = (error: unknown): GraphQLFormattedError => (error instanceof GraphQLError ? error.toJSON() : { message: 'internal error' })

const toResponse = (incoming: Incoming, { data, errors, degraded }: Executed): GraphQLResponse => ({
  body: {
    kind: 'single',
    singleResult: {
      ...(data === undefined ? {} : { data }),
      ...(errors.length > 0 ? { errors: errors.map((error) => presentOne(incoming, error)) } : {}),
      ...(degraded.length > 0 ? { extensions: { degraded } } : {}),
    },
  },
  http: { ...(data === undefined ? { status: 400 } : {}), headers: new HeaderMap() },
})

const presentOne = (incoming: Incoming, { message, path, extensions, cause }: ExecutionError): GraphQLFormattedError =>
  present(incoming, { message, ...(path ? { path } : {}), ...(extensions ? { extensions } : {}) }, cause)

/** An error as a client may read it; what nobody translated is in the log. */
const present = ({ contextValue: { log, requestId } }: Incoming, error: GraphQLFormattedError, cause: unknown): GraphQLFormattedError => {
  if (!isPublic(error)) log.error({ err: cause ?? error, requestId }, 'an error that nobody translated')
  return maskError(error)
}
