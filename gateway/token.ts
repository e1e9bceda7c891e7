import { parseArgs } from 'node:util'
import { z } from 'zod'
import { loadConfig } from './config.ts'
import { loadSecrets } from './secrets.ts'
import { signToken } from './token-signing.ts'

/* `npm run --silent token -- --role agent --name agent-1 --departments tech/backend` prints a token and nothing else. */

const usage = 'usage: npm run --silent token -- --role visitor|agent|analyst|admin --name NAME [--departments A,B/C] [--customer ID] [--ttl 12h]'

const asked = z.object({
  role: z.enum(['visitor', 'agent', 'analyst', 'admin']),
  name: z.string().min(1),
  departments: z.string().default('').transform((text) => text.split(',').map((path) => path.trim()).filter((path) => path !== '')),
  customer: z.string().min(1).optional(),
  ttl: z.string().regex(/^[1-9]\d{0,5}[smhd]$/, 'expected such as 30m, 12h or 7d').default('12h'),
})

const options = { role: { type: 'string' }, name: { type: 'string' }, departments: { type: 'string' }, customer: { type: 'string' }, ttl: { type: 'string' } } as const

const printToken = async (): Promise<void> => {
  const { role, name, departments, customer, ttl } = asked.parse(parseArgs({ options }).values)
  const config = loadConfig()
  const { secret } = await loadSecrets(config)
  const claims = { role, name, departments, ...(customer === undefined ? {} : { customer }) }
  process.stdout.write(`${await signToken(secret, claims, ttl, config.auth.audience, config.auth.issuer)}\n`)
}

const explain = (error: unknown): string => {
  if (error instanceof z.ZodError) return error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n')
  return error instanceof Error ? error.message : String(error)
}

await printToken().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n${usage}\n`)
  process.exitCode = 2
})
