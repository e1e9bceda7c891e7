import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import type { Freshness } from '../../fuse/call.ts'
import { formatTraceparent, parseTraceparent } from '../../fuse/span.ts'
import type { Span, Tracer } from '../../fuse/span.ts'
import type { Caller } from '../../subgraphs/context.ts'
import { parseFreshness } from '../../subgraphs/freshness.ts'
import { readSentBody } from '../persisted-operations.ts'
import { reportRefusal } from '../request-report.ts'
import type { ReportTo } from '../request-report.ts'
import type { DoorSettings, Requests } from '../requests.ts'
import { presentErrors } from '../subscriptions.ts'
import type { Connection } from './connection.ts'
import type { PreparedOperations } from './prepared.ts'
import type { SubscribePayload } from './protocol.ts'
import { startRequest } from './request.ts'
import type { Subscriber } from './subscriber.ts'

export type OperationsOptions = ReportTo & {
  readonly requests: Requests
  readonly prepared: PreparedOperations
  readonly subscriber: Subscriber
  readonly settings: () => DoorSettings
  readonly tracer: Tracer | null
}

/** An operation that a client sent, with what was read of it. */
export type Asked = {
  readonly connection: Connection
  readonly id: string
  readonly caller: Caller
  readonly payload: SubscribePayload
  readonly requestId: string
  readonly freshness: Freshness
  readonly traceparent?: string
  readonly span?: Span
}

export type StartOperation = (connection: Connection, id: string, payload: SubscribePayload, caller: Caller) => void

/** Carries out what the messages of type `subscribe` ask for: queries and mutations as the HTTP door does, and subscriptions. */
export const openOperations = (opt: OperationsOptions): StartOperation => {
  const { prepared, subscriber, settings } = opt
  return (connection, id, payload, caller) => {
    const requestId = randomUUID()
    try {
      const { text, listed } = chooseText(opt, payload, caller)
      const operation = text === null ? null : prepared.prepare(text, payload.operationName ?? undefined)
      const asked: Asked = { connection, id, caller, payload, requestId, freshness: freshnessOf(payload, settings()), ...traceOf(payload, opt.tracer) }
      if (operation?.kind === 'refused') return refuse(opt, asked, operation.errors)
      if (operation?.kind === 'subscription') return subscriber.start(asked, operation)
      startRequest(opt, asked, listed)
    } catch (error) {
      refuse(opt, { connection, id, caller, requestId }, [error])
    }
  }
}

const refuse = (opt: OperationsOptions, asked: Pick<Asked, 'connection' | 'id' | 'caller' | 'requestId'>, errors: readonly unknown[]): void => {
  reportRefusal(opt, asked, errors[0])
  asked.connection.refuse(asked.id, presentErrors(errors, { requestId: asked.requestId, log: opt.log }))
}

/** The text that is to be run, where it is known; `listed` where it is the persisted list's. Throws where the caller may not run it. */
const chooseText = ({ settings, requests: { registered } }: OperationsOptions, payload: SubscribePayload, { role }: Caller) => {
  const sent = readSentBody(payload)
  const listed = settings().persisted.choose(role, sent)
  if (listed !== null || sent.hash === null) return { listed, text: listed ?? sent.text }
  if (sent.text !== null) registered?.register(sent.hash, sent.text)
  return { listed, text: sent.text ?? registered?.textOf(sent.hash) ?? null }
}

/** `extensions.cacheControl`, in the words of the HTTP header. */
const freshnessOf = ({ extensions }: SubscribePayload, { freshness }: DoorSettings): Freshness => {
  const given = extensions?.['cacheControl'] ?? undefined
  const defaults = { ...freshness, onlyIfCached: false }
  if (given === undefined || typeof given === 'string') return parseFreshness(given, defaults)
  throw new GraphQLError('extensions.cacheControl: expected text, such as "no-cache"', { extensions: { code: 'BAD_REQUEST' } })
}

/** `extensions.traceparent`, as the HTTP header of that name. */
const traceOf = ({ extensions }: SubscribePayload, tracer: Tracer | null): Pick<Asked, 'span' | 'traceparent'> => {
  const given = extensions?.['traceparent']
  if (tracer) {
    const { span, traceparent } = tracer.begin('graphql', given)
    return span ? { span, traceparent } : { traceparent }
  }
  const parsed = given === undefined ? null : parseTraceparent(given)
  return parsed ? { traceparent: formatTraceparent(parsed) } : {}
}
