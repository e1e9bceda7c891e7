import type { FastifyInstance } from 'fastify'

/**
 * Has every answer that is given while the server closes end its connection (RFC 9112 section 9.6). Closing ends the connections
 * that are idle then; one that was busy would stay open after its answer until the client lets go of it, or for 72 seconds.
 */
export const closeAnsweredWhileDraining = (app: FastifyInstance): void => {
  const server = { draining: false }
  app.addHook('preClose', async () => {
    server.draining = true
  })
  app.addHook('onSend', async (_request, reply) => {
    if (server.draining) reply.header('connection', 'close')
  })
}
