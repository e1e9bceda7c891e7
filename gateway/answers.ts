import { HeaderMap } from '@apollo/server'
import type { ApolloServer, BaseContext, HTTPGraphQLRequest } from '@apollo/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { toJsonBytes } from './json-bytes.ts'

/*
 * Apollo Server over Fastify, with answers that are written as bytes. Apollo Server knows an answer's body as a string only: what it gets is a ticket,
 * and whoever sends the answer has the bytes for it.
 */

export type Answers = {
  /** Apollo Server's option. */
  readonly stringifyResult: (result: unknown) => string
  readonly handle: <C extends BaseContext>(apollo: ApolloServer<C>) => Handle<C>
}

/** Makes a route's handler. Who asks is refused where their context can't be made: it rejects with a GraphQLError. */
export type Handle<C> = (contextOf: (request: FastifyRequest, reply: FastifyReply) => Promise<C>) => (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

export const openAnswers = (): Answers => {
  const waiting = new Map<string, Buffer>()
  let tickets = 0
  const take = (ticket: string): Buffer | string => {
    const bytes = waiting.get(ticket)
    waiting.delete(ticket)
    return bytes ?? ticket
  }
  return {
    stringifyResult: (result) => {
      tickets += 1
      const ticket = `answer ${tickets}`
      waiting.set(ticket, toJsonBytes(result))
      return ticket
    },
    handle: (apollo) => (contextOf) => async (request, reply) => {
      const { status = 200, headers, body } = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest: toHttpRequest(request), context: () => contextOf(request, reply) })
      for (const [name, value] of headers) void reply.header(name, value)
      // Nothing of this schema comes in parts.
      if (body.kind !== 'complete') throw new Error('an answer in parts')
      return reply.code(status).send(take(body.string))
    },
  }
}

const toHttpRequest = ({ method, url, headers: sent, body }: FastifyRequest): HTTPGraphQLRequest => {
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(sent)) if (value !== undefined && value !== '') headers.set(name, typeof value === 'string' ? value : value.join(', '))
  const query = url.indexOf('?')
  return { method, headers, search: query === -1 ? '' : url.slice(query), body }
}
