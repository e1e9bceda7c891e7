import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import { SourceLost } from '../../subgraphs/event-source.ts'
import { nameOperation } from '../request-report.ts'
import { presentErrors } from '../subscriptions.ts'
import type { Listening, Subscriptions } from '../subscriptions.ts'
import type { SocketFigures } from './figures.ts'
import { Listener } from './listener.ts'
import type { Delivery, ListenerHost } from './listener.ts'
import type { Asked } from './operations.ts'
import { openPacer } from './pacer.ts'
import { checkVariables } from './prepared.ts'
import type { PreparedSubscription } from './prepared.ts'
import { closings } from './protocol.ts'
import type { Closing } from './protocol.ts'

export type Subscriber = {
  /** Throws where the variables can't be used. */
  start(asked: Asked, operation: PreparedSubscription): void
}

export type SubscriberOptions = { readonly subscriptions: Subscriptions; readonly figures: SocketFigures; readonly log: Logger }

/** Runs the subscriptions of every socket. */
export const openSubscriber = ({ subscriptions, figures, log }: SubscriberOptions): Subscriber => {
  const pacer = openPacer<Delivery>((delivery) => {
    if (delivery.text !== null && !delivery.listener.isOver) figures.events += 1
    delivery.listener.write(delivery)
  })
  const host: ListenerHost = {
    answer: (listening, event) => subscriptions.answer(listening, event),
    deliver: (delivery) => pacer.add(delivery),
    ended: (listener, error) => {
      figures.running -= 1
      logEnd(log, listener, error)
      if (error !== null) tellEnd(log, listener, error)
    },
  }
  return {
    start: (asked, operation) => {
      const listening = toListening(asked, operation)
      const listener = new Listener(host, asked.connection, asked.id, listening)
      if (asked.span) nameOperation(asked.span, operation.operation)
      asked.connection.run(asked.id, listener)
      figures.running += 1
      subscriptions.subscribe(listening).then(
        (source) => {
          asked.span?.end()
          listener.listen(source)
        },
        (error: unknown) => {
          asked.span?.end(error)
          host.deliver({ listener, text: null, error })
        },
      )
    },
  }
}

const toListening = ({ payload, caller, freshness, requestId, traceparent }: Asked, operation: PreparedSubscription): Listening => {
  const variables = payload.variables ?? {}
  checkVariables(operation, variables)
  const { number, planned } = operation
  return {
    ...{ planned, variables, caller, freshness, requestId, operation: number },
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

/** How a subscription ended, in one line: as a request is told of when it is answered. */
const logEnd = (log: Logger, { listening, startedAt, events }: Listener, error: unknown): void => {
  const { requestId, caller, planned } = listening
  const codes = error == null ? [] : [error instanceof GraphQLError ? String(error.extensions['code']) : 'INTERNAL_SERVER_ERROR']
  log.info({ requestId, role: caller.role, type: 'subscription', operationName: planned.operationName, ms: Math.round(performance.now() - startedAt), events, codes }, 'request')
}

/** A listener who is too slow, or whose subgraph is gone, loses the socket: its client comes back, and asks for what it has missed. */
const closingOf = (error: unknown): Closing | null => {
  if (error instanceof SourceLost) return closings.restart
  return error instanceof GraphQLError && error.extensions['code'] === 'OVERLOADED' ? closings.slow : null
}

const tellEnd = (log: Logger, { connection, id, listening: { requestId } }: Listener, error: unknown): void => {
  if (error === undefined) return connection.complete(id)
  const closing = closingOf(error)
  if (closing) connection.close(closing)
  else connection.refuse(id, presentErrors([error], { requestId, log }))
}
