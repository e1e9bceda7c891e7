import { createInterface } from 'node:readline'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { loadConfig } from '../gateway/config.ts'
import { loadSecrets } from '../gateway/secrets.ts'
import { signToken } from '../gateway/token-signing.ts'
import { talkAsAgent } from './chat/agent.ts'
import type { Talk } from './chat/talk.ts'
import { openTalk } from './chat/talk.ts'
import { talkAsVisitor } from './chat/visitor.ts'

/*
 * `npm run demo:chat -- visitor` and, in another terminal, `npm run demo:chat -- agent`: two clients of the hub that runs here. What is typed
 * is said; what is said is printed, and beside it to the agent the visitor's newest order, live out of two legacy systems. `agent tech` is one of
 * that department alone: with another of `marketing`, each gets what is theirs.
 */

type Side = { readonly claims: Parameters<typeof signToken>[1]; readonly talk: (talk: Talk) => Promise<void> }

const usage = 'usage: npm run demo:chat -- visitor | agent [DEPARTMENT…]'

/** An agent who names no department is of all of them. */
const everywhere = ['support', 'tech', 'sales', 'marketing', 'logistics', 'hr']

const readSide = ([side, ...departments]: readonly string[]): Side => {
  if (side === 'visitor' && departments.length === 0) return { claims: { role: 'visitor', name: 'visitor-1', customer: 'C-1001' }, talk: talkAsVisitor }
  if (side !== 'agent') throw new Error(usage)
  const name = departments.length === 0 ? 'agent-1' : `agent-${departments.join('-').replaceAll('/', '-')}`
  const theirs = departments.length === 0 ? everywhere : departments
  return { claims: { role: 'agent', name, departments: theirs }, talk: (talk) => talkAsAgent(talk, name, theirs) }
}

const run = async (): Promise<void> => {
  const side = readSide(process.argv.slice(2))
  const config = loadConfig()
  const { secret } = await loadSecrets(config)
  const token = () => signToken(secret, side.claims, '1h', config.auth.audience, config.auth.issuer)
  const client = createClient({
    url: `ws://${config.host}:${config.port}/graphql`,
    webSocketImpl: WebSocket,
    lazy: true,
    retryAttempts: 1_000_000,
    // A hub that is being started anew is back in a moment, and its clients with it.
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 500)),
    shouldRetry: () => true,
    connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
  })
  const lines = createInterface({ input: process.stdin })
  process.once('SIGINT', () => lines.close())
  await side.talk(openTalk(client, lines))
  await client.dispose()
}

await run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : JSON.stringify(error)}\n`)
  process.exitCode = 1
})
