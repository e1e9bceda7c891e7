import { subscribe } from 'node:diagnostics_channel'
import { z } from 'zod'

/*
 * Preloaded into the hub that is measured (`node --import`): keeps, by trace id, the time that a stand-in stamped on its answer, and
 * tells the bench when it asks. The hub itself knows nothing of it.
 */

const message = z.object({
  request: z.object({ headers: z.union([z.string(), z.array(z.string())]) }),
  response: z.object({ headers: z.array(z.instanceof(Buffer)) }),
})

const stamps: [trace: string, ms: number][] = []

const traceOf = (headers: string | readonly string[]): string | undefined =>
  /traceparent[\r\n:, ]+00-([\da-f]{32})/i.exec(typeof headers === 'string' ? headers : headers.join('\n'))?.[1]

const stampOf = (headers: readonly Buffer[]): number | undefined => {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toString().toLowerCase() === 'x-stand-in-ms')
  return at < 0 ? undefined : Number(headers[at + 1])
}

subscribe('undici:request:headers', (published) => {
  const { request, response } = message.parse(published)
  const trace = traceOf(request.headers)
  const ms = stampOf(response.headers)
  if (trace !== undefined && ms !== undefined) stamps.push([trace, ms])
})

process.on('message', (asked) => {
  if (asked === 'stamps') process.send?.(stamps.splice(0))
})
process.channel?.unref()
