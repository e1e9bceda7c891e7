import { z } from 'zod'
import { departmentsOf, openCast } from './chat/cast.ts'
import type { Cast } from './chat/cast.ts'
import { databases, kindsOf, openBenchDatabase } from './chat/database.ts'
import type { DatabaseKind } from './chat/database.ts'
import { faultWords, openLedger } from './chat/ledger.ts'
import type { Balance, Fault } from './chat/ledger.ts'
import { makeMischief, startMortalHub } from './chat/mischief.ts'
import type { Mischief } from './chat/mischief.ts'
import { drain, talk } from './chat/talking.ts'
import type { Said } from './chat/talking.ts'
import { quantile } from './load.ts'
import type { Row } from './report.ts'
import type { Suite } from './suite.ts'

/*
 * Visitors and agents talk through one hub process; a ledger compares what was acknowledged with what each side received, and with what the
 * database keeps. With --kill the hub is killed again and again, and lines are cut.
 */

const count = z.coerce.number().int().min(1)
const settings = z.object({
  conversations: count.max(9_000).default(2_000),
  agents: count.max(1_000).default(50),
  seconds: count.max(3_600).default(60),
  rate: count.max(100_000).default(500),
  kill: z.boolean().default(false),
  database: databases.default('both'),
})

type Settings = z.output<typeof settings>

const shownFindings = 20
const auditWindow = 16

const auditAll = async (cast: Cast): Promise<void> => {
  const left = cast.talks.values()
  const audit = async () => {
    for (const one of left) await cast.audit(one)
  }
  await Promise.all(Array.from({ length: auditWindow }, audit))
}

type Outcome = { readonly balance: Balance; readonly cast: Cast; readonly said: Said; readonly mischief: Mischief; readonly drained: boolean; readonly setUpSeconds: number }

const run = async (kind: DatabaseKind, { conversations, agents, seconds, rate, kill }: Settings): Promise<Outcome> => {
  await using database = await openBenchDatabase(kind)
  await using hub = await startMortalHub({ database, departments: departmentsOf(agents) })
  const ledger = openLedger()
  const from = performance.now()
  const cast = await openCast({ ledger, address: () => hub.present.address, conversations, agents })
  const setUpSeconds = (performance.now() - from) / 1_000
  const over = new AbortController()
  try {
    const mischief = kill ? makeMischief(hub, cast.lines, over.signal) : Promise.resolve({ kills: 0, cuts: 0 })
    // A hub that does not come back ends the bench at once, as nobody would be answered any more.
    const said = await Promise.race([talk(cast, { rate, seconds }), mischief.then(() => new Promise<never>(() => {}))])
    over.abort()
    const made = await mischief
    const drained = await drain(cast, said)
    await auditAll(cast)
    return { balance: ledger.balance(), cast, said, mischief: made, drained, setUpSeconds }
  } finally {
    over.abort()
    cast.close()
  }
}

const isFault = (word: string): word is Fault => word in faultWords

const faultRows = (kind: DatabaseKind, { findings }: Balance): readonly Row[] =>
  Object.keys(faultWords).filter(isFault).map((fault) => {
    const value = findings.filter((finding) => finding.fault === fault).length
    return { measure: `${kind}: ${fault} (${faultWords[fault]})`, value, unit: '', mark: '0', met: value === 0 }
  })

const rowsOf = (kind: DatabaseKind, { balance, cast, said, mischief, drained, setUpSeconds }: Outcome): readonly Row[] => {
  const { counts, deliveries, received } = cast
  const row = (measure: string, value: number, unit = '') => ({ measure: `${kind}: ${measure}`, value, unit })
  return [
    row('conversations', balance.conversations),
    row('until all were accepted', setUpSeconds, 's'),
    row('messages sent', balance.sent),
    row('acknowledged', balance.acknowledged),
    row('received by visitors', balance.received.visitor),
    row('received by agents', balance.received.agent),
    row('events of inboxes', received.inbox),
    row('kills of the hub', mischief.kills),
    row('cuts of a line', mischief.cuts),
    row('reconnections', counts.reconnected),
    row('subscriptions resumed', counts.resumed),
    row('asked again', counts.askedAgain),
    row('asked again, and had been kept the first time', received.deduplicated),
    row('withheld, as everybody waited for an acknowledgement', said.withheld),
    row('from the send to the other side, p50', quantile(deliveries, 0.5), 'ms'),
    row('from the send to the other side, p99', quantile(deliveries, 0.99), 'ms'),
    { ...row('drained in time', drained ? 1 : 0), mark: '1', met: drained },
    { ...row('sends given up', said.failures.length), mark: '0', met: said.failures.length === 0 },
    ...faultRows(kind, balance),
  ]
}

const tellTroubles = (kind: DatabaseKind, { balance, cast, said }: Outcome): void => {
  const troubles = [...cast.counts.troubles].map(([what, times]) => `${times} × ${what}`)
  const findings = balance.findings.slice(0, shownFindings).map(({ fault, side, conversation, what }) => `${fault}, ${side ?? 'the database'}, ${conversation}: ${what}`)
  for (const line of [...troubles, ...said.failures.slice(0, shownFindings), ...findings]) process.stderr.write(`${kind}: ${line}\n`)
}

export const chat: Suite = {
  options: {
    conversations: { type: 'string' }, agents: { type: 'string' }, seconds: { type: 'string' }, rate: { type: 'string' },
    kill: { type: 'boolean' }, database: { type: 'string' },
  },
  run: async (given) => {
    const asked = settings.parse(given)
    const rows: Row[] = []
    for (const kind of kindsOf(asked.database)) {
      const outcome = await run(kind, asked)
      tellTroubles(kind, outcome)
      rows.push(...rowsOf(kind, outcome))
    }
    const { conversations, agents, seconds, rate, kill } = asked
    const title = `chat: ${conversations} conversations with ${agents} agents, ${rate} messages a second for ${seconds} s${kill ? ', the hub killed and lines cut' : ''}`
    return { title, rows, broken: rows.some(({ met }) => met === false) }
  },
}
