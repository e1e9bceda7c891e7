import type { GraphQLRequest } from '@apollo/server'
import { openDeadline } from '../deadlines.ts'
import type { OwnDeadline } from '../deadlines.ts'
import { presentErrors } from '../subscriptions.ts'
import type { Asked, OperationsOptions } from './operations.ts'

/** A query or a mutation: one answer, then it is complete. It is aborted where its client completes it, or hangs up. */
export const startRequest = (opt: OperationsOptions, asked: Asked, listed: string | null): void => {
  const deadline = openDeadline(opt.settings().limits.budgetMs)
  const running = { isOver: false }
  asked.connection.run(asked.id, {
    kind: 'request',
    stop: () => {
      running.isOver = true
      deadline.abort()
    },
  })
  void answer(opt, asked, listed, deadline).then((send) => {
    deadline.end()
    if (!running.isOver) send()
  })
}

const answer = async (opt: OperationsOptions, asked: Asked, listed: string | null, { signal, deadlineAt }: OwnDeadline): Promise<() => void> => {
  const { connection, id, caller, requestId, freshness, traceparent, span } = asked
  const contextValue = {
    ...{ caller, listed, signal, deadlineAt, freshness, requestId, log: opt.log },
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(span ? { span } : {}),
  }
  try {
    const { body } = await opt.requests.apollo.executeOperation(toGraphQLRequest(asked), { contextValue })
    if (body.kind !== 'single') throw new Error('an answer in parts')
    const { data, errors, extensions } = body.singleResult
    // An error before the execution is one of the operation's; one of the execution is a part of its answer.
    if (data === undefined) return () => connection.refuse(id, errors ?? [])
    const payload = JSON.stringify({ data, errors, extensions })
    return () => {
      connection.next(JSON.stringify(id), payload)
      connection.complete(id)
    }
  } catch (error) {
    return () => connection.refuse(id, presentErrors([error], { requestId, log: opt.log }))
  }
}

const toGraphQLRequest = ({ payload: { query, operationName, variables, extensions } }: Asked): Omit<GraphQLRequest, 'query'> & { query?: string } => ({
  ...(query == null ? {} : { query }),
  ...(operationName == null ? {} : { operationName }),
  ...(variables == null ? {} : { variables }),
  ...(extensions == null ? {} : { extensions }),
})
