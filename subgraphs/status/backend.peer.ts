import { Pool } from 'undici'
import { z } from 'zod'
import type { Caller } from '../context.ts'
import type { InternalSigner } from '../internal.ts'
import type { FuseOwner } from './backend.ts'
import { fuseReport } from './report.ts'

/** Who asks, between the processes of a hub. */
const hub: Caller = { id: 'hub', name: 'hub', role: 'ADMIN', departments: [], customerId: null, verified: true, issuedAt: 0 }

const answers = { list: z.array(fuseReport), command: z.object({ fuse: fuseReport.nullable() }) }

/** The fuses of another process of this hub, asked over HTTP at `/internal/fuses` of its `url`. */
export const openPeer = (url: string, sign: InternalSigner): FuseOwner & AsyncDisposable => {
  const pool = new Pool(new URL(url).origin, { connections: 2, connect: { timeout: 1_000 } })
  const ask = async (method: 'GET' | 'POST', signal: AbortSignal, body?: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${sign(hub)}`, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await pool.request({ method, path: '/internal/fuses', headers, signal, ...sent })
    if (answer.statusCode === 200) return answer.body.json()
    await answer.body.dump()
    throw new Error(`${url} answered with status ${answer.statusCode}`)
  }
  return {
    listFuses: async (signal) => answers.list.parse(await ask('GET', signal)),
    command: async (id, command, signal) => answers.command.parse(await ask('POST', signal, { id, command })).fuse,
    [Symbol.asyncDispose]: () => pool.destroy(),
  }
}
