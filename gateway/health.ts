import type { FastifyInstance } from 'fastify'
import type { Metrics } from './metrics.ts'

export type Health = {
  /** From now on the hub is not ready: whoever balances load sends nothing new. */
  drain(): void
}

/**
 * `/livez`: the process turns its event loop. `/readyz`: the schema is loaded and the hub is not draining; it is ready
 * with every backend dead, as the fields of the others still answer. `/metrics`: for Prometheus.
 */
export const openHealth = (app: FastifyInstance, metrics: Metrics): Health => {
  const state = { draining: false }
  app.get('/livez', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => reply.code(state.draining ? 503 : 200).send({ status: state.draining ? 'draining' : 'ready' }))
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics.expose()
    return reply.type(contentType).send(text)
  })
  return {
    drain: () => {
      state.draining = true
    },
  }
}
