import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { databases, kindsOf, openBenchDatabase } from './chat/database.ts'
import type { DatabaseKind } from './chat/database.ts'
import { secret, startChatHub } from './chat/hub.ts'
import type { ChatHub } from './chat/hub.ts'
import { openLine, openLineCounts } from './chat/line.ts'
import type { Line } from './chat/line.ts'
import { dig, setAvailability, startConversation, textAt } from './chat/operations.ts'
import { offerLoad, quantile } from './load.ts'
import type { Report, Row } from './report.ts'
import { pickAddresses } from './sockets/addresses.ts'
import { signQuickly } from './sockets/tokens.ts'
import type { Claims } from './sockets/tokens.ts'
import type { Suite } from './suite.ts'

/*
 * From what a visitor writes to whoever is offered it, by the shipped rules and examples: when the opening is acknowledged, when the conversation
 * is in the inboxes of its department, and when an agent is offered it, as clients of the hub see it.
 */

const perSecond = 40
const warmUpSeconds = 3
const seconds = 20
const visitors = 32
const agents = 4
const capacity = 1_000
/** How long what is under way may take to arrive when the load is over. */
const graceMs = 5_000
const mark = 50

const everywhere = ['support', 'tech', 'sales', 'marketing', 'logistics', 'hr']

/** Of departments that offer an agent any number: nobody accepts anything here. */
const questions = [
  'API 一直报 500', 'is there a promotion on annual plans?', '我的快递三天没动了', 'please refund order SO-2026-000123', '注销账号要怎么操作', 'the login page says my password is wrong',
  'how do I verify the signature of a webhook?', '今天天气怎么样',
] as const

const inbox = `subscription Inbox($after: String) { inboxEvents(after: $after) { __typename
  ... on ConversationArrived { cursor conversation { id status } }
  ... on ConversationChanged { cursor change conversation { id } } } }`

type Seen = { readonly arrived: Map<string, number>; readonly offered: Map<string, number> }

const note = (times: Map<string, number>, id: string | null): void => {
  if (id !== null && !times.has(id)) times.set(id, performance.now())
}

const openLines = (hub: ChatHub, stack: DisposableStack): ((claims: Claims) => Line) => {
  const counts = openLineCounts()
  const [localAddress = '127.0.0.1'] = pickAddresses(visitors + agents)
  return (claims) => stack.adopt(openLine({ address: () => ({ ...hub.address, localAddress }), token: signQuickly(secret, claims), counts }), (line) => line.close())
}

const openAgents = async (open: (claims: Claims) => Line, seen: Seen): Promise<void> => {
  for (let index = 0; index < agents; index += 1) {
    const line = open({ role: 'agent', name: `a-${index}`, departments: everywhere })
    line.listen({
      ...{ query: inbox, field: 'inboxEvents', variables: {}, after: null },
      next: (event) => {
        const id = textAt(event, 'conversation', 'id')
        if (dig(event, '__typename') === 'ConversationArrived') note(seen.arrived, id)
        if (dig(event, 'change') === 'OFFERED' || dig(event, 'conversation', 'status') === 'OFFERED') note(seen.offered, id)
      },
    })
    await line.ask(setAvailability, { capacity })
  }
}

type Opened = { readonly id: string; readonly sentAt: number; readonly acknowledgedAt: number }

const measureKind = async (kind: DatabaseKind): Promise<{ readonly rows: readonly Row[]; readonly lost: number }> => {
  await using database = await openBenchDatabase(kind)
  await using hub = await startChatHub({ database, departments: ['support'], routing: path.join(import.meta.dirname, '../routing') })
  using lines = new DisposableStack()
  const open = openLines(hub, lines)
  const seen: Seen = { arrived: new Map(), offered: new Map() }
  await openAgents(open, seen)
  const asking = Array.from({ length: visitors }, (_, index) => open({ role: 'visitor', name: `v-${index}` }))
  const send = async (index: number): Promise<Opened> => {
    const sentAt = performance.now()
    const input = { body: questions[index % questions.length], clientMessageId: randomUUID() }
    const { data } = await (asking[index % visitors] ?? open({ role: 'visitor', name: 'v' })).ask(startConversation, { input })
    return { id: textAt(data, 'startConversation', 'conversation', 'id') ?? '', sentAt, acknowledgedAt: performance.now() }
  }
  await offerLoad({ perSecond, seconds: warmUpSeconds, send })
  const all = (await offerLoad({ perSecond, seconds, send })).map(({ answer }) => answer)
  for (const end = performance.now() + graceMs; performance.now() < end && all.some(({ id }) => !seen.offered.has(id));) await new Promise((resolve) => setTimeout(resolve, 50))
  return { rows: rowsOf(kind, all, seen), lost: all.filter(({ id }) => !seen.arrived.has(id) || !seen.offered.has(id)).length }
}

const rowsOf = (kind: DatabaseKind, all: readonly Opened[], { arrived, offered }: Seen): readonly Row[] => {
  // What is in an inbox before its opening was acknowledged took no time at all.
  const after = (times: ReadonlyMap<string, number>, from: (one: Opened) => number) => all.map((one) => Math.max(0, (times.get(one.id) ?? Number.POSITIVE_INFINITY) - from(one)))
  const routed = after(arrived, ({ acknowledgedAt }) => acknowledgedAt)
  const whole = after(offered, ({ sentAt }) => sentAt)
  const median = quantile(routed, 0.5)
  return [
    { measure: `${kind}: opening acknowledged, p50`, value: quantile(all.map(({ sentAt, acknowledgedAt }) => acknowledgedAt - sentAt), 0.5), unit: 'ms' },
    { measure: `${kind}: from there to the inboxes of its department, p50`, value: median, unit: 'ms', mark: `≤ ${mark}`, met: median <= mark },
    { measure: `${kind}: from there to the inboxes of its department, p99`, value: quantile(routed, 0.99), unit: 'ms' },
    { measure: `${kind}: from the visitor's request to an agent's offer, p50`, value: quantile(whole, 0.5), unit: 'ms' },
    { measure: `${kind}: from the visitor's request to an agent's offer, p99`, value: quantile(whole, 0.99), unit: 'ms' },
  ]
}

const settings = z.object({ database: databases.default('both') })

export const routing: Suite = {
  options: { database: { type: 'string' } },
  run: async (given): Promise<Report> => {
    const { database } = settings.parse(given)
    const measured: Awaited<ReturnType<typeof measureKind>>[] = []
    for (const kind of kindsOf(database)) measured.push(await measureKind(kind))
    const lost = measured.reduce((sum, one) => sum + one.lost, 0)
    const rows = [...measured.flatMap((one) => one.rows), { measure: 'conversations that came to nobody', value: lost, unit: '', mark: '0', met: lost === 0 }]
    return { title: `routing: ${perSecond} conversations a second, ${agents} agents of every department, the shipped rules and examples`, rows, broken: lost > 0 }
  },
}
