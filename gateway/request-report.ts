import type { ApolloServerPlugin } from '@apollo/server'
import { getOperationAST, GraphQLError } from 'graphql'
import type { OperationDefinitionNode } from 'graphql'
import type { Logger } from 'pino'
import { parseTraceparent } from '../fuse/span.ts'
import type { Span } from '../fuse/span.ts'
import type { RequestContext } from '../subgraphs/context.ts'
import { isPublic } from './masking.ts'
import type { Metrics } from './metrics.ts'

export type ReportTo = { readonly metrics: Metrics; readonly log: Logger }

export const unresolved = () =>
  new GraphQLError('the document has several operations, or none of that name: send operationName', {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
  })

/** OpenTelemetry's names for GraphQL servers. Not the document: its literals may be somebody's data. */
export const nameOperation = (span: Span, { operation, name }: OperationDefinitionNode): void => {
  span.rename(name ? `graphql ${operation} ${name.value.slice(0, 100)}` : `graphql ${operation}`)
  span.set({ 'graphql.operation.type': operation, ...(name ? { 'graphql.operation.name': name.value.slice(0, 100) } : {}) })
}

/** One line in the log and one observation for each operation; the request's id on every error. Neither names a person or a value. */
export const reportRequests = ({ metrics, log }: ReportTo): ApolloServerPlugin<RequestContext> => ({
  requestDidStart: async () => {
    const startedAt = performance.now()
    return {
      // The server leaves this to its own executor, which a gateway takes the place of.
      didResolveOperation: async ({ document, operationName, contextValue }) => {
        const operation = getOperationAST(document, operationName)
        if (!operation) throw unresolved()
        if (contextValue.span) nameOperation(contextValue.span, operation)
      },
      didEncounterErrors: async ({ errors, contextValue: { requestId } }) => {
        for (const error of errors) {
          if (!isPublic(error)) log.error({ err: error.originalError ?? error, requestId }, 'an error that nobody translated')
        }
      },
      willSendResponse: async ({ contextValue, operation, operationName, response }) => {
        if (response.body.kind !== 'single') return
        const { errors = [], extensions } = response.body.singleResult
        for (const error of errors) Object.assign(error, { extensions: { ...error.extensions, requestId: contextValue.requestId } })
        const codes = [...new Set(errors.map((error) => String(error.extensions?.['code'])))]
        const degraded = Array.isArray(extensions?.['degraded']) ? extensions['degraded'].length : 0
        const { requestId, caller, span } = contextValue
        span?.set({ 'graphql.errors': errors.length, 'graphql.degraded': degraded })
        span?.end(codes.length > 0 ? { code: codes[0] } : undefined)
        const ms = performance.now() - startedAt
        const type = operation?.operation ?? 'none'
        metrics.observeRequest({ type, outcome: codes.length > 0 ? 'errors' : degraded > 0 ? 'degraded' : 'ok', ms })
        const traceId = span ? { traceId: parseTraceparent(span.traceparent)?.traceId } : {}
        log.info({ requestId, ...traceId, role: caller.role, type, operationName, ms: Math.round(ms * 10) / 10, codes, degraded }, 'request')
      },
    }
  },
})

/** What is refused before anything is parsed is counted and logged as any other request is. */
export const reportRefusal = ({ metrics, log }: ReportTo, { requestId, caller }: Pick<RequestContext, 'requestId' | 'caller'>, error: unknown): void => {
  const codes = error instanceof GraphQLError ? [String(error.extensions['code'])] : []
  metrics.observeRequest({ type: 'none', outcome: 'errors', ms: 0 })
  log.info({ requestId, role: caller.role, type: 'none', codes, degraded: 0 }, 'request')
}
