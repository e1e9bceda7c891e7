import { randomUUID } from 'node:crypto'
import { conversationEvents, sendMessage, startConversation, textAt } from '../chat/operations.ts'
import { offerLoad, quantile } from '../load.ts'
import type { CommandOf, Loop, Opened } from './commands.ts'
import { openGraphqlClient } from './graphql-client.ts'
import type { GraphqlClient } from './graphql-client.ts'
import type { Answer } from './messages.ts'
import { signQuickly } from './tokens.ts'

/* The clients of one generator's process, and what they can be made to do. */

type Member = { readonly client: GraphqlClient; conversation: string | null }

type Arrivals = { count: number; lastAt: bigint; readonly look: Set<() => void> }

type Reasons = { count: number; readonly words: Set<string> }

const keptReasons = 10

const note = (reasons: Reasons, why: unknown): void => {
  reasons.count += 1
  if (reasons.words.size < keptReasons) reasons.words.add(why instanceof Error ? why.message : String(why))
}

const openReasons = (): Reasons => ({ count: 0, words: new Set() })

const bodyText = (index: number): string => `message ${index}: how far is the parcel, and when does it come?`

/** Runs `work` for each item, `window` of them at a time. */
const inWindow = async <T>(items: readonly T[], window: number, work: (item: T, index: number) => Promise<void>): Promise<void> => {
  const next = items.entries()
  const worker = async () => {
    for (const [index, item] of next) await work(item, index)
  }
  await Promise.all(Array.from({ length: window }, worker))
}

const send = async ({ client, conversation }: Member, index: number): Promise<void> => {
  const input = { conversationId: conversation, clientMessageId: randomUUID(), body: bodyText(index) }
  const { data, errors } = await client.ask(sendMessage, { input })
  if (textAt(data, 'sendMessage', 'message', 'id') === null) throw new Error(refusalOf(data, errors, 'sendMessage'))
}

const refusalOf = (data: unknown, errors: Answer['errors'], field: string): string =>
  errors[0]?.message ?? textAt(data, field, 'userErrors', 0, 'message') ?? 'no message, and no error'

const summarize = (took: readonly number[], failed: Reasons, seconds: number): Loop =>
  ({ answered: took.length, failed: failed.count, reasons: [...failed.words], perSecond: took.length / seconds, p50: quantile(took, 0.5), p99: quantile(took, 0.99) })

export const openCrowd = () => {
  const members: Member[] = []
  const arrivals = new Map<string, Arrivals>()
  const lost = openReasons()

  const arrivalsOf = (body: string): Arrivals => {
    const found = arrivals.get(body) ?? { count: 0, lastAt: 0n, look: new Set() }
    arrivals.set(body, found)
    return found
  }
  const receive = ({ data, errors }: Answer): void => {
    const body = textAt(data, 'conversationEvents', 'message', 'body')
    if (body === null) {
      if (errors.length > 0) note(lost, errors[0]?.message)
      return
    }
    const arrival = arrivalsOf(body)
    arrival.count += 1
    arrival.lastAt = process.hrtime.bigint()
    for (const look of arrival.look) look()
  }
  const listen = ({ client, conversation }: Member): void => {
    if (conversation === null) return
    client.subscribe(conversationEvents, { id: conversation }, { next: receive, ended: (errors) => note(lost, errors[0]?.message ?? 'the subscription ended') })
  }

  const open = async ({ address, localAddresses, secret, role, departments, clients, window }: CommandOf<'open'>): Promise<Opened> => {
    const tokens = clients.map(({ name }) => signQuickly(secret, { role, name, departments }))
    const refused = openReasons()
    const from = performance.now()
    await inWindow(clients, window, async ({ conversation }, index) => {
      const localAddress = localAddresses[index % localAddresses.length]
      const client = openGraphqlClient({ address: { ...address, localAddress }, token: tokens[index] ?? '', closed: (closing) => note(lost, closing) })
      try {
        await client.ready
        // Subscribing has no acknowledgement; a refusal comes as an error, and is counted as lost.
        const member = { client, conversation }
        listen(member)
        members.push(member)
      } catch (error) {
        note(refused, error)
      }
    })
    return { opened: members.length, refused: refused.count, reasons: [...refused.words], tookMs: performance.now() - from }
  }

  const start = async ({ departmentPath, window }: CommandOf<'start'>) => {
    const failed = openReasons()
    await inWindow(members, window, async (member) => {
      const input = { body: 'Where is my order?', clientMessageId: randomUUID(), departmentPath }
      const { data, errors } = await member.client.ask(startConversation, { input })
      member.conversation = textAt(data, 'startConversation', 'conversation', 'id')
      if (member.conversation === null) note(failed, refusalOf(data, errors, 'startConversation'))
    })
    return { started: members.length - failed.count, reasons: [...failed.words] }
  }

  const closedLoop = async ({ inFlight, warmUpMs, ms }: CommandOf<'closedLoop'>): Promise<Loop> => {
    const took: number[] = []
    const failed = openReasons()
    const from = performance.now() + warmUpMs
    const until = from + ms
    const talk = async (member: Member) => {
      for (let index = 0; performance.now() < until; index += 1) {
        const sentAt = performance.now()
        await send(member, index).catch((error: unknown) => note(failed, error))
        const now = performance.now()
        if (now >= from && now < until) took.push(now - sentAt)
        // Whoever is refused at once must not turn in a circle that lets nobody else run.
        if (failed.count > 1_000) return
      }
    }
    await Promise.all(members.slice(0, inFlight).map(talk))
    return summarize(took, failed, ms / 1_000)
  }

  const openLoop = async ({ perSecond, seconds }: CommandOf<'openLoop'>): Promise<Loop> => {
    const failed = openReasons()
    const samples = await offerLoad({
      perSecond, seconds,
      send: async (index) => {
        const member = members[index % members.length]
        if (member) await send(member, index).catch((error: unknown) => note(failed, error))
      },
    })
    return summarize(samples.map(({ tookMs }) => tookMs), failed, seconds)
  }

  const awaitArrivals = async ({ body, count, timeoutMs }: CommandOf<'arrivals'>) => {
    const arrival = arrivalsOf(body)
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const look = () => {
      if (arrival.count >= count) resolve(undefined)
    }
    const timer = setTimeout(() => resolve(undefined), timeoutMs)
    arrival.look.add(look)
    look()
    await promise
    clearTimeout(timer)
    arrival.look.delete(look)
    return { arrived: arrival.count, lastAt: String(arrival.lastAt) }
  }

  const close = () => {
    for (const { client } of members.splice(0)) client.close()
    const told = { lost: lost.count, reasons: [...lost.words] }
    lost.count = 0
    lost.words.clear()
    return told
  }
  return { open, start, closedLoop, openLoop, arrivals: awaitArrivals, close }
}
