import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { openPage, seriousFindings, signInAs } from '../kit/browser.ts'
import { startKnowingDesk } from '../kit/changing-knowledge.ts'
import type { KnowingDesk } from '../kit/changing-knowledge.ts'
import { composerOf, skipConsole, takeConversation } from '../kit/console-desk.ts'
import { until } from '../kit/until.ts'

/* Every view, and what opens over it, in both themes and both languages: what is looked for is named without a word of either. */

const dialog = '[role="dialog"]'

/** A state of the page: how it comes, and how it goes. */
type Opening = { readonly what: string; readonly open: (page: Page) => Promise<unknown>; readonly close?: (page: Page) => Promise<unknown> }

const seen = (page: Page, selector: string) => page.locator(selector).first().waitFor()
const escape = async (page: Page) => {
  await page.keyboard.press('Escape')
  await page.locator(dialog).waitFor({ state: 'detached' })
}
const byKey = (key: string, selector: string) => async (page: Page) => {
  await page.keyboard.press(key)
  await seen(page, selector)
}
const byClick = (button: string, selector: string) => async (page: Page) => {
  await page.locator(button).first().click()
  await seen(page, selector)
}

const ofInbox: readonly Opening[] = [
  { what: 'the shortcuts', open: byKey('?', dialog), close: escape },
  { what: 'the palette', open: byKey('Control+k', `${dialog} input`), close: escape },
  { what: 'the availability', open: byClick('[data-availability]', '[role="menu"]'), close: (page) => page.keyboard.press('Escape') },
]

const ofConversation: readonly Opening[] = [
  { what: 'canned replies', open: async (page) => {
    await composerOf(page).fill('/')
    await seen(page, '[role="listbox"] [aria-selected="true"] strong')
  }, close: (page) => composerOf(page).fill('') },
  { what: 'a note that is written', open: async (page) => {
    await composerOf(page).press('Escape')
    await page.keyboard.press('n')
    await composerOf(page).pressSequentially('a note')
  }, close: async (page) => {
    await page.keyboard.press('Enter')
    await seen(page, '[data-kind="NOTE"][data-position]')
    await composerOf(page).press('Escape')
  } },
  { what: 'what is looked for', open: async (page) => {
    await byKey('f', 'search input')(page)
    await page.keyboard.type('course')
    await seen(page, '[data-found="true"] mark')
  }, close: async (page) => {
    await page.keyboard.press('Escape')
    await page.locator('search').waitFor({ state: 'detached' })
  } },
  { what: 'the menu', open: byClick('section header [aria-haspopup="menu"]', '[role="menu"]'), close: (page) => page.keyboard.press('Escape') },
  { what: 'a label that is typed', open: byKey('l', 'header form input'), close: async (page) => {
    await page.keyboard.type('urgent')
    await page.keyboard.press('Enter')
    await seen(page, 'section header li button')
  } },
  { what: 'a transfer, with its list', open: byKey('t', '[role="listbox"] [role="option"]') },
  { what: 'a transfer', open: async (page) => {
    await page.keyboard.press('Escape')
    await page.locator('[role="listbox"]').waitFor({ state: 'hidden' })
  }, close: escape },
  { what: 'what was searched', open: async (page) => {
    await page.locator('[data-knowledge-search]').fill('refund 退款')
    await seen(page, 'section:has([data-knowledge-search]) li h4')
  } },
  { what: 'an article', open: byClick('section:has([data-knowledge-search]) li button:nth-of-type(2)', `${dialog} section p`), close: escape },
]

/** Down the road of a refund, of which there is one. */
const ofRefund: readonly Opening[] = [
  { what: 'a refund', open: async (page) => {
    await page.locator('aside li > button[aria-expanded]').first().click()
    await byClick('aside li [id]:not([hidden]) > div > button', 'aside form[aria-label] input')(page)
  } },
  { what: 'a refund without a reason', open: byClick('aside form[aria-label] button[type="submit"]', 'aside form[aria-label] [aria-invalid="true"]') },
  { what: 'a refund that is looked at again', open: async (page) => {
    await page.locator('aside form[aria-label] input').last().fill('it broke')
    await byClick('aside form[aria-label] button[type="submit"]', 'aside [role="group"] button')(page)
  } },
  { what: 'a refund that is done', open: byClick('aside [role="group"] button', 'aside [role="status"][data-is="DONE"]') },
]

const ofBoard: readonly Opening[] = [
  { what: 'a fuse', open: byClick('[data-fuse]', `${dialog} form`), close: escape },
  { what: 'an outage', open: byClick('section li button[aria-haspopup="dialog"]', `${dialog} button`), close: escape },
  { what: 'the table', open: byKey('v', 'table') },
  { what: 'a fuse of the table', open: byClick('table [data-fuse]', `${dialog} form`), close: escape },
]

type Looking = { readonly findings: readonly string[]; readonly look: (what: string) => Promise<void>; readonly walk: (through: readonly Opening[]) => Promise<void> }

/** Looks on, whatever is found: one run says everything. */
const lookAt = (page: Page): Looking => {
  const findings: string[] = []
  const look = async (what: string) => {
    findings.push(...(await seriousFindings(page)).map((finding) => `${what}: ${finding}`))
  }
  const walk = async (through: readonly Opening[]) => {
    for (const { what, open, close } of through) {
      await open(page)
      await look(what)
      await close?.(page)
    }
  }
  return { findings, look, walk }
}

const customers = { light: { en: 'C-1176', zh: 'C-1222' }, dark: { en: 'C-1194', zh: 'C-1068' } } as const

describe('the console, to everybody', { skip: skipConsole }, () => {
  let knowing: KnowingDesk
  before(async () => {
    knowing = await startKnowingDesk()
    await knowing.desk.saveCanned('hello', 'Hello, {visitor}')
    await tellOfChange(knowing)
    await trip(knowing)
  })
  after(() => knowing[Symbol.asyncDispose]())

  for (const scheme of ['light', 'dark'] as const) {
    for (const language of ['en', 'zh'] as const) {
      it(`has no serious finding of axe in any view, nor in what opens over it, ${scheme}, ${language}`, async () => {
        const { desk } = knowing
        await using out = await openPage(desk.browser, desk.origin, { scheme, language })
        const { page, troubles } = out
        const { findings, look, walk } = lookAt(page)
        await page.waitForSelector('[data-identity]')
        await look('signing in')
        await signInAs(page, 'admin-1')
        const { id } = await desk.arrive('is everything to be read? 都能看清吗？', 'tech', customers[scheme][language])
        await page.waitForSelector(`[data-conversation="${id}"]`)
        await seen(page, 'section[aria-live="polite"] li')
        await look('the inbox, and a notice')
        await walk(ofInbox)
        await takeConversation(page, id)
        await seen(page, 'aside li > button[aria-expanded]')
        await composerOf(page).fill('of course: https://example.com/')
        await composerOf(page).press('Enter')
        await seen(page, '[data-delivery="sent"]')
        await look('a conversation')
        await walk([...ofConversation, ...ofRefund])
        await page.locator('[role="log"]').focus()
        await byKey('e', '.mantine-Notification-root')(page)
        await look('what was closed')
        await page.goto(new URL('/fuses', desk.origin).href)
        await seen(page, '[data-fuse]')
        await seen(page, 'section li button[aria-haspopup="dialog"]')
        await look('the fuse board')
        await walk(ofBoard)
        assert.deepEqual([...findings, ...troubles], [])
      })
    }
  }
})

/** An article that the administrator has cited says something else by now. */
const tellOfChange = async ({ desk, shelf }: KnowingDesk) => {
  const admin = await desk.chat.people.somebody({ role: 'admin', name: 'admin-1' })
  const [article] = shelf.articles.filter(({ readers }) => readers === null)
  assert.ok(article)
  const { id } = await desk.arrive('what do the rules say?', 'hr')
  const cite = 'mutation ($id: ID!, $articleId: ID!) { citeArticle(conversationId: $id, articleId: $articleId) { userErrors { code } } }'
  assert.deepEqual(await admin.get(cite, { id, articleId: `confluence:${article.id}` }, 'citeArticle', 'userErrors'), [])
  shelf.change(article.id, { title: `${article.title} ${randomUUID()}`, updatedAt: new Date().toISOString() })
  await until(async () => JSON.stringify(await admin.get('{ citationNotices { state } }', {}, 'citationNotices')).includes('CHANGED'))
}

/** One outage for the last hour. */
const trip = async ({ desk: { chat: { hub, people } } }: KnowingDesk) => {
  const agent = await people.agent(['tech'])
  await hub.demo.systems.logistics.setFault('error')
  const opened = hub.untilFuse('logistics', 'OPEN')
  for (let call = 0; call < 4; call += 1) await agent.ask('{ order(id: "SO-2026-000001") { shipments { id } } }')
  await opened
  await hub.demo.systems.logistics.setFault('off')
}
