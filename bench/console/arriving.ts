import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { secret } from '../chat/hub.ts'
import { conversationEvents, sendMessage, textAt } from '../chat/operations.ts'
import { pickAddresses } from '../sockets/addresses.ts'
import { openGraphqlClient } from '../sockets/graphql-client.ts'
import type { GraphqlClient } from '../sockets/graphql-client.ts'
import { signQuickly } from '../sockets/tokens.ts'
import { pressedAt, shownAt, watchFor } from './in-page.ts'
import { visitor } from './stage.ts'
import type { Stage } from './stage.ts'

/*
 * From what a sender does to what the other side has of it: an Enter's own time stamp, or when a client is told to send; painted in a page, or with a client.
 * Each page's clock is held against this process's, and told by how much that may be wrong.
 */

const now = () => performance.timeOrigin + performance.now()

/** Add `offsetMs` to a time of this process's for the page's. */
export type Clock = { readonly offsetMs: number; readonly mayErrMs: number }

const looks = 30

/** The quickest answer of a few tells the most: the page's time was read somewhere between question and answer. */
export const compareClocks = async (page: Page): Promise<Clock> => {
  let best: Clock = { offsetMs: 0, mayErrMs: Infinity }
  for (let look = 0; look < looks; look += 1) {
    const asked = now()
    const there = await page.evaluate<number>('bench.now()')
    const half = (now() - asked) / 2
    if (half < best.mayErrMs) best = { offsetMs: there - asked - half, mayErrMs: half }
  }
  return best
}

export type Visitor = AsyncDisposable & {
  say(body: string): Promise<void>
  /** Resolves with when a message of this text came. */
  heard(body: string): Promise<number>
}

const listen = (client: GraphqlClient, id: string, onBody: (body: string) => void): Promise<void> => {
  client.subscribe(conversationEvents, { id, after: null }, {
    next: ({ data }) => {
      const body = textAt(data, 'conversationEvents', 'message', 'body')
      if (body !== null) onBody(body)
    },
    ended: (errors) => {
      throw new Error(`the visitor hears nothing any more: ${JSON.stringify(errors)}`)
    },
  })
  return client.ping()
}

/** A visitor in a conversation of theirs, on one socket. */
export const openVisitor = async ({ hub }: Stage, name: string, id: string): Promise<Visitor> => {
  const [localAddress = '127.0.0.1'] = pickAddresses(1)
  const client = openGraphqlClient({ address: { ...hub.address, localAddress }, token: signQuickly(secret, visitor(name)) })
  const waiting = new Map<string, (at: number) => void>()
  await client.ready
  await listen(client, id, (body) => waiting.get(body)?.(now()))
  return {
    say: async (body) => {
      const { data, errors } = await client.ask(sendMessage, { input: { conversationId: id, body, clientMessageId: randomUUID() } })
      if (textAt(data, 'sendMessage', 'message', 'id') === null) throw new Error(`a visitor was refused: ${JSON.stringify({ data, errors })}`)
    },
    heard: (body) => new Promise((resolve) => void waiting.set(body, resolve)),
    [Symbol.asyncDispose]: async () => client.close(),
  }
}

/** Not in step with frames, nor with what ticks each second. */
const pauseMs = (index: number) => 20 + ((index * 37) % 53)

const times = async (count: number, measure: (body: string) => Promise<number>): Promise<readonly number[]> => {
  const all: number[] = []
  for (let index = 0; index < count; index += 1) {
    all.push(await measure(`message ${index + 1} ${randomUUID()}`))
    await sleep(pauseMs(index))
  }
  return all
}

const write = async (page: Page, body: string): Promise<void> => {
  await page.focus('section[data-kind="TEXT"] textarea')
  await page.keyboard.insertText(body)
}

export const fromVisitor = (from: Visitor, to: Page, { offsetMs }: Clock, count: number) =>
  times(count, async (body) => {
    await to.evaluate(watchFor(body))
    const sentAt = now()
    await from.say(body)
    return (await to.evaluate<number>(shownAt)) - offsetMs - sentAt
  })

export const toVisitor = (from: Page, { offsetMs }: Clock, to: Visitor, count: number) =>
  times(count, async (body) => {
    await write(from, body)
    const heard = to.heard(body)
    await from.keyboard.press('Enter')
    const at = await heard
    return at + offsetMs - (await from.evaluate<number>(pressedAt))
  })

export const betweenAgents = (from: Page, clock: Clock, to: Page, theirClock: Clock, count: number) =>
  times(count, async (body) => {
    await to.evaluate(watchFor(body))
    await write(from, body)
    await from.keyboard.press('Enter')
    const at = (await to.evaluate<number>(shownAt)) - theirClock.offsetMs
    return at + clock.offsetMs - (await from.evaluate<number>(pressedAt))
  })
