import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { readDemoFile } from './demo-file.ts'
import { faultNames } from './legacy/types.ts'

const usage = `npm run demo:fault -- <system> ${faultNames.join('|')} [ms]
npm run demo:fault -- <system> --lose-next-answer

  --data DIR           where the running demo keeps demo.json (.data)
  --lose-next-answer   the next request is carried out, and its answer never arrives
`

const Order = z.strictObject({
  fault: z.enum(faultNames, `the fault is one of ${faultNames.join(', ')}`).optional(),
  ms: z.coerce.number('ms is a number').positive('ms is more than 0').max(600_000, 'ms is at most 600000').optional(),
  loseNextAnswer: z.literal(true).optional(),
})
type Order = z.infer<typeof Order>

const main = async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { data: { type: 'string', default: '.data' }, 'lose-next-answer': { type: 'boolean' }, help: { type: 'boolean' } },
  })
  const [system, fault, ms, ...rest] = positionals
  const loseNextAnswer = values['lose-next-answer']
  if (values.help || system === undefined || rest.length > 0 || (fault === undefined && !loseNextAnswer)) throw new Error(usage.trimEnd())
  const order = Order.safeParse({ fault, ms, loseNextAnswer })
  if (!order.success) throw new Error(order.error.issues.map(({ message }) => message).join('; '))
  await setFault(await findControl(join(values.data, 'demo.json'), system), order.data)
  process.stdout.write(`${describe(system, order.data)}\n`)
}

const findControl = async (path: string, system: string): Promise<string> => {
  const running = await readDemoFile(path)
  if (running === null) throw new Error(`No demo is running: there is no ${path}. npm start or npm run demo:legacy starts one.`)
  const found = running[system]
  if (!found) throw new Error(`There is no system ${system}; there are ${Object.keys(running).join(', ')}.`)
  return found.controlUrl
}

const setFault = async (controlUrl: string, order: Order) => {
  const answer = await post(controlUrl, order)
  if (!answer.ok) throw new Error(`The demo refused it: ${await answer.text()}`)
}

const post = async (controlUrl: string, order: Order) => {
  try {
    return await fetch(controlUrl, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order), signal: AbortSignal.timeout(5_000),
    })
  } catch (cause) {
    throw new Error(`No demo is running: nothing answers at ${controlUrl}.`, { cause })
  }
}

const describe = (system: string, { fault, ms, loseNextAnswer }: Order) => [
  ...fault === undefined ? [] : [fault === 'off' ? `${system} is well again.` : `${system}: ${fault}${ms === undefined ? '' : ` ${ms} ms`}.`],
  ...loseNextAnswer ? [`${system} loses its next answer.`] : [],
].join('\n')

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
