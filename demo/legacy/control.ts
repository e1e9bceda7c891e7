import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { httpServer, openListener, type Listener } from './listener.ts'
import { faultNames, type LegacySystem } from './types.ts'

type Controlled = Pick<LegacySystem, 'name' | 'fault' | 'calls' | 'setFault' | 'loseNextAnswer'>

const Order = z.strictObject({
  fault: z.enum(faultNames).optional(),
  ms: z.number().positive().max(600_000).optional(),
  loseNextAnswer: z.literal(true).optional(),
})

/** The listener through which faults are set: apart from the system's own port, which `refuse` closes. */
export const openControl = (system: Controlled): Promise<Listener> =>
  openListener(0, httpServer((message, response) => {
    answer(system, message, response).catch((error: unknown) => {
      send(response, 500, { error: error instanceof Error ? error.message : 'unknown' })
    })
  }))

const answer = async (system: Controlled, message: IncomingMessage, response: ServerResponse) => {
  if (message.method === 'GET') return send(response, 200, present(system))
  if (message.method !== 'POST') return send(response, 405, { error: 'GET or POST' })
  // A web page can't send this type to another origin without asking first, so none can set faults.
  if (message.headers['content-type'] !== 'application/json') return send(response, 415, { error: 'application/json is wanted' })
  const order = Order.safeParse(parseJson(await readText(message)))
  if (!order.success) return send(response, 400, { error: z.prettifyError(order.error) })
  if (order.data.fault !== undefined) await system.setFault(order.data.fault, order.data.ms)
  if (order.data.loseNextAnswer) system.loseNextAnswer()
  send(response, 200, present(system))
}

const present = ({ name, fault, calls }: Controlled) => ({ name, fault, calls })

const readText = async (message: IncomingMessage) => {
  let text = ''
  for await (const chunk of message.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > 10_000) return ''
  }
  return text
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const send = (response: ServerResponse, status: number, body: object) => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}
