import { GraphQLError } from 'graphql'
import type { GraphQLFormattedError } from 'graphql'
import type { Logger } from 'pino'
import type { Freshness } from '../fuse/call.ts'
import type { Tracer } from '../fuse/span.ts'
import type { Caller, RequestContext } from '../subgraphs/context.ts'
import type { EventSource } from '../subgraphs/event-source.ts'
import { openDeadline, openSharedDeadlines } from './deadlines.ts'
import type { Deadline } from './deadlines.ts'
import type { Joined } from './joining.ts'
import { isPublic, maskError } from './masking.ts'
import { toRequest } from './planning.ts'
import type { PlannedSubscription } from './planning.ts'
import type { SourceEvent, Transport } from './transport.ts'

/** A subscription that a caller has asked for, and has not been refused. */
export type Listening = {
  readonly planned: PlannedSubscription
  readonly variables: Readonly<Record<string, unknown>>
  readonly caller: Caller
  readonly freshness: Freshness
  readonly requestId: string
  readonly traceparent?: string
  /** The operation's text, as a number. */
  readonly operation: number
  /** Made with the first event, as most listeners wait for long. */
  shareKey?: string
}

/** What one event is to a listener. */
export type EventAnswer = {
  /** The answer as JSON; never rejects. */
  readonly text: Promise<string>
  /** Nobody waits for it any more. Does nothing where others may. */
  abort(): void
}

export type Subscriptions = {
  /** Rejects with a GraphQLError where the owner refuses, or can't be reached. */
  subscribe(listening: Listening): Promise<EventSource<SourceEvent>>
  answer(listening: Listening, event: SourceEvent): EventAnswer
}

export type SubscriptionsOptions = {
  readonly transports: ReadonlyMap<string, Transport>
  readonly budgetMs: () => number
  readonly tracer: Tracer | null
  readonly log: Logger
}

export const openSubscriptions = (opt: SubscriptionsOptions): Subscriptions => {
  const deadlines = openSharedDeadlines()
  const shared = new WeakMap<object, Map<string, EventAnswer>>()
  const executeNow = (listening: Listening, event: SourceEvent): EventAnswer => {
    const { joins } = listening.planned
    if (!joins) return { text: answerEvent(opt, listening, event, deadlines(opt.budgetMs())), abort: () => undefined }
    const deadline = openDeadline(opt.budgetMs())
    return { text: answerEvent(opt, listening, event, deadline).finally(() => deadline.end()), abort: () => deadline.abort() }
  }
  return {
    subscribe: async (listening) => {
      const transport = opt.transports.get(listening.planned.service)
      if (!transport) throw new Error(`there is no subgraph ${listening.planned.service}`)
      return transport.subscribe(toRequest(listening.planned, listening.variables), contextOf(opt, listening, deadlines(opt.budgetMs())))
    },
    answer: (listening, event) => {
      if (listening.planned.personal || event.shared === null) return executeNow(listening, event)
      const shareKey = (listening.shareKey ??= shareKeyOf(listening))
      const ofEvent = shared.get(event.shared) ?? new Map<string, EventAnswer>()
      const known = ofEvent.get(shareKey)
      if (known) return known
      const answer = { text: executeNow(listening, event).text, abort: () => undefined }
      shared.set(event.shared, ofEvent.set(shareKey, answer))
      return answer
    },
  }
}

/** The same for those who may share what is executed of an event. */
const shareKeyOf = ({ operation, variables, freshness: { maxAgeMs, staleIfErrorMs, onlyIfCached }, caller }: Listening): string =>
  JSON.stringify([operation, variables, maxAgeMs, staleIfErrorMs, onlyIfCached, authorityOf(caller)])

/**
 * What of a caller an answer may depend on, where no field of it has `@personal`: role and departments of who works here, and who it is of a
 * visitor.
 */
const authorityOf = ({ role, departments, id, customerId, verified }: Caller): readonly unknown[] =>
  role === 'VISITOR' || role === 'NOBODY' ? [role, id, customerId, verified] : [role, ...departments.toSorted()]

/** A fresh object for each execution, as loaders are kept by it. */
const contextOf = ({ log }: SubscriptionsOptions, listening: Listening, { signal, deadlineAt }: Deadline): RequestContext => {
  const { caller, freshness, requestId, traceparent } = listening
  return { caller, signal, deadlineAt, freshness, requestId, log, ...(traceparent === undefined ? {} : { traceparent }) }
}

const answerEvent = async (opt: SubscriptionsOptions, listening: Listening, event: SourceEvent, deadline: Deadline): Promise<string> => {
  const context = { ...contextOf(opt, listening, deadline), ...beginSpan(opt, listening) }
  try {
    const { data, errors, degraded } = await execute(listening, event, context)
    context.span?.set({ 'graphql.errors': errors.length, 'graphql.degraded': degraded.length })
    return JSON.stringify({
      data,
      ...(errors.length > 0 ? { errors: presentErrors(errors, context) } : {}),
      ...(degraded.length > 0 ? { extensions: { degraded } } : {}),
    })
  } catch (error) {
    return JSON.stringify({ data: null, errors: presentErrors([error], context) })
  } finally {
    context.span?.end()
  }
}

const beginSpan = ({ tracer }: SubscriptionsOptions, { traceparent }: Listening): Pick<RequestContext, 'span' | 'traceparent'> => {
  const begun = tracer?.begin('graphql subscription event', traceparent)
  if (!begun) return {}
  return begun.span ? { span: begun.span, traceparent: begun.traceparent } : { traceparent: begun.traceparent }
}

const execute = async ({ planned, variables }: Listening, event: SourceEvent, context: RequestContext): Promise<Joined> => {
  const result = await event.answer(context)
  if (!planned.joins) return { data: result.data ?? null, errors: result.errors ?? [], degraded: result.degraded }
  return planned.joins({ variables, result }, context)
}

type Seen = Pick<RequestContext, 'requestId' | 'log'>

/** Errors as a client may read them, each with the request's id; what nobody translated is in the log under it. */
export const presentErrors = (errors: readonly unknown[], context: Seen): readonly GraphQLFormattedError[] =>
  errors.map((error) => {
    const { requestId, log } = context
    const formatted = formatError(error)
    if (!isPublic(formatted)) log.error({ err: error instanceof GraphQLError ? (error.originalError ?? error) : error, requestId }, 'an error that nobody translated')
    const masked = maskError(formatted)
    return { ...masked, extensions: { ...masked.extensions, requestId } }
  })

const formatError = (error: unknown): GraphQLFormattedError => {
  if (error instanceof GraphQLError) return error.toJSON()
  if (error instanceof Error || typeof error !== 'object' || error === null || !('message' in error) || typeof error.message !== 'string') return { message: 'internal error' }
  return { ...error, message: error.message }
}
