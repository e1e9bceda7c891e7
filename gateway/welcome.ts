import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { Secrets } from './secrets.ts'
import { signToken } from './token-signing.ts'

type Welcome = { readonly config: Config; readonly secrets: Secrets; readonly url: string; readonly log: Logger }

const customer360 = [
  'query Customer360 { customer(id: "C-1001") { known profile { name tier source { state ageMs } }',
  'orders(first: 5) { nodes { id status total { amount currency } shipments { carrier status events { place } } } } } }',
].join(' ')

/** Tells a newcomer what to try. Only the demo has identities to give away; a configured hub says where it listens. */
export const sayHello = async ({ config, secrets, url, log }: Welcome): Promise<void> => {
  log.info({ url, mode: config.mode.kind, backends: config.backends.map(({ backend }) => `${backend.name} over ${backend.protocol}`) }, 'the hub listens')
  if (config.mode.kind === 'configured') return
  const sign = (claims: Parameters<typeof signToken>[1]) => signToken(secrets.secret, claims, '12h', config.auth.audience)
  const tokens = {
    agent: await sign({ role: 'agent', name: 'agent-1', departments: ['tech/backend'] }),
    visitor: await sign({ role: 'visitor', name: 'visitor-1', customer: 'C-1001' }),
    analyst: await sign({ role: 'analyst', name: 'analyst-1' }),
    admin: await sign({ role: 'admin', name: 'admin-1' }),
  }
  const body = JSON.stringify({ query: customer360 })
  process.stdout.write(`
Fuseboard with its demo company. In a browser, as somebody of the demo's choice:

${new URL('/', url).href}

And its schema: ${url}

One customer, out of three legacy systems (paste it):

curl -s ${url} -H 'content-type: application/json' \\
  -H 'authorization: Bearer ${tokens.agent}' \\
  -d '${body}'

Then let one of them hang, and paste it again:

npm run demo:fault -- logistics hang     # off, slow, error, garbage, refuse, flap

A token for each role, good for 12 hours:

${Object.entries(tokens).map(([role, token]) => `${role.padEnd(8)} ${token}`).join('\n')}

Ctrl-C drains and ends everything.
`)
}
