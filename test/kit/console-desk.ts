import assert from 'node:assert/strict'
import type { Browser, Locator, Page } from 'playwright-core'
import { demoIdentities } from '../../demo/identities.ts'
import type { DemoIdentity } from '../../gateway/session.ts'
import { buildConsole, openChromium, openPage, signInAs } from './browser.ts'
import type { Opened, PageOptions } from './browser.ts'
import { skipWithoutPostgresql } from './chat-databases.ts'
import { startChatHub } from './chat-hub.ts'
import type { ChatHub } from './chat-hub.ts'
import type { Person } from './chat-people.ts'
import { skipWithout } from './installed.ts'
import type { RunningHubOptions } from './running-hub.ts'

/* The console in a browser, a hub behind it, and visitors who come to it. */

export const skipConsole = skipWithout('chromium') || skipWithoutPostgresql

export type Arrived = { readonly visitor: Person; readonly id: string }

export type ConsoleDesk = AsyncDisposable & {
  readonly chat: ChatHub
  readonly browser: Browser
  readonly origin: string
  /** A page of somebody who is signed in. */
  open(identity: string, opt?: PageOptions): Promise<Opened>
  /** A visitor who waits, and says so. */
  arrive(body: string, departmentPath?: string, customer?: string): Promise<Arrived>
  /** For every department. */
  saveCanned(shortcut: string, body: string): Promise<void>
}

const save = 'mutation ($input: SaveCannedReplyInput!) { saveCannedReply(input: $input) { cannedReply { id } userErrors { code } } }'

/** On a machine that has other things to do, too. */
export const patientFuse = { timeoutMs: 5_000, breaker: { openMs: 6_000 } }
/** Of logistics, which is made to hang: it opens and closes while a test looks on. */
const quickFuse = { timeoutMs: 300, retries: 0, breaker: { window: 4, minimumCalls: 2, openMs: 2_000, probes: 1 } }

/** For more conversations than the tests of one file have. */
const makeRoom = async ({ people }: ChatHub, { id, role, departments }: DemoIdentity) => {
  if (role === 'ANALYST') return
  const agent = await people.somebody({ role: role === 'ADMIN' ? 'admin' : 'agent', name: id, departments })
  await agent.get('mutation { setAvailability(availability: ONLINE, capacity: 100) { id } }', {}, 'setAvailability')
}

export const startConsoleDesk = async (opt: Partial<RunningHubOptions> = {}): Promise<ConsoleDesk> => {
  await using opening = new AsyncDisposableStack()
  await buildConsole()
  const chat = opening.use(await startChatHub({
    transport: 'in-process', console: { serve: true }, identities: demoIdentities, fuse: patientFuse, ...opt, backends: { logistics: quickFuse, ...opt.backends },
  }))
  await Promise.all(demoIdentities.map((one) => makeRoom(chat, one)))
  const browser = await openChromium()
  opening.defer(() => browser.close())
  const origin = new URL('/', chat.hub.url).href
  const opened = opening.move()
  return {
    chat, browser, origin,
    open: async (identity, page) => {
      const one = await openPage(browser, origin, page)
      await signInAs(one.page, identity)
      return one
    },
    arrive: async (body, departmentPath = 'tech', customer = 'C-1001') => {
      const visitor = await chat.people.visitor({ customer })
      const { id } = await visitor.start({ departmentPath, body })
      return { visitor, id }
    },
    saveCanned: async (shortcut, body) => {
      const admin = await chat.people.somebody({ role: 'admin', name: 'admin-1' })
      assert.deepEqual(await admin.get(save, { input: { shortcut, body } }, 'saveCannedReply', 'userErrors'), [])
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

export const composerOf = (page: Page): Locator => page.locator('section[data-kind] textarea')

/** Takes this one of those that wait, whoever else does. */
export const takeConversation = async (page: Page, id: string): Promise<void> => {
  await page.click('[data-view="waiting"]')
  await page.locator(`[data-conversation="${id}"] button`).last().click()
  await page.waitForURL(`**/inbox/${id}`)
  await page.waitForSelector('[role="log"]')
}
