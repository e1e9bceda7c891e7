import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { buildConsole, openChromium } from '../../test/kit/browser.ts'
import { openBenchDatabase } from '../chat/database.ts'
import { secret, startChatHub } from '../chat/hub.ts'
import type { ChatHub } from '../chat/hub.ts'
import { acceptConversation, dig, sendMessage, startConversation, textAt } from '../chat/operations.ts'
import { signQuickly } from '../sockets/tokens.ts'
import type { Claims } from '../sockets/tokens.ts'
import { prelude } from './in-page.ts'

export const department = 'support'

export const agent = (name: string): Claims => ({ role: 'agent', name, departments: [department] })
export const visitor = (name: string): Claims => ({ role: 'visitor', name })

/** A hub that serves the console as it is built now, and a browser. */
export type Stage = AsyncDisposable & {
  readonly hub: ChatHub
  readonly origin: string
  readonly browser: Browser
  /** A browser that has never been here, but for the session of whoever is signed in. */
  enter(as: Claims | null): Promise<Entered>
}

export type Entered = AsyncDisposable & { readonly context: BrowserContext; readonly page: Page }

const enterBy = (browser: Browser, origin: string) => async (as: Claims | null): Promise<Entered> => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  await context.addInitScript(prelude)
  const { hostname } = new URL(origin)
  if (as !== null) await context.addCookies([{ name: 'fuseboard_session', value: signQuickly(secret, as), domain: hostname, path: '/session', httpOnly: true, sameSite: 'Strict' }])
  return { context, page: await context.newPage(), [Symbol.asyncDispose]: () => context.close() }
}

export const openStage = async (): Promise<Stage> => {
  await using opening = new AsyncDisposableStack()
  await buildConsole()
  const database = opening.use(await openBenchDatabase('postgresql'))
  const hub = opening.use(await startChatHub({ database, departments: [department] }))
  const browser = opening.adopt(await openChromium(), (one) => one.close())
  const origin = `http://${hub.address.host}:${hub.address.port}`
  const opened = opening.move()
  return { hub, origin, browser, enter: enterBy(browser, origin), [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const refused = (what: string, answer: unknown) => new Error(`${what} was refused: ${JSON.stringify(answer).slice(0, 500)}`)

/** Gives the id of the conversation. */
export const start = async (hub: ChatHub, name: string, body: string): Promise<string> => {
  const answer = await hub.ask(visitor(name), startConversation, { input: { body, clientMessageId: randomUUID(), departmentPath: department } })
  const id = textAt(answer, 'startConversation', 'conversation', 'id')
  if (id === null) throw refused('startConversation', answer)
  return id
}

export const say = async (hub: ChatHub, by: Claims, conversationId: string, body: string): Promise<void> => {
  const answer = await hub.ask(by, sendMessage, { input: { conversationId, body, clientMessageId: randomUUID() } })
  if (textAt(answer, 'sendMessage', 'message', 'id') === null) throw refused('sendMessage', answer)
}

export const accept = async (hub: ChatHub, by: Claims, id: string): Promise<void> => {
  const answer = await hub.ask(by, acceptConversation, { id })
  if (dig(answer, 'acceptConversation', 'conversation', 'agent', 'id') !== by.name) throw refused('acceptConversation', answer)
}
