import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { openPage } from '../kit/browser.ts'
import { composerOf, skipConsole, startConsoleDesk } from '../kit/console-desk.ts'
import type { ConsoleDesk } from '../kit/console-desk.ts'
import { tabTo, untilFocused } from '../kit/keyboard.ts'
import { until } from '../kit/until.ts'

const composer = 'section[data-kind] textarea'
const log = '[role="log"]'

/** As one who types does it. */
const write = async (page: Page, text: string) => {
  await untilFocused(page, composer)
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}

/** By the palette, whatever the action is called. */
const choose = async (page: Page, action: string) => {
  await page.keyboard.press('Control+k')
  await untilFocused(page, '[role="dialog"] input')
  await page.keyboard.type(action)
  await page.locator('[role="dialog"] button').getByText(action).waitFor()
  await page.keyboard.press('Enter')
}

describe('the console, by keyboard alone', { skip: skipConsole }, () => {
  let desk: ConsoleDesk
  before(async () => {
    desk = await startConsoleDesk()
  })
  after(() => desk[Symbol.asyncDispose]())

  /** Signed in without a mouse. */
  const enter = async (identity: string) => {
    const one = await openPage(desk.browser, desk.origin)
    await one.page.waitForSelector('[data-identity]')
    await tabTo(one.page, `[data-identity="${identity}"]`)
    await one.page.keyboard.press('Enter')
    await one.page.waitForSelector('#content')
    return one
  }

  it('serves an agent from signing in to signing out, and the focus is always somewhere, and seen', async () => {
    await desk.saveCanned('patience', 'A moment, {visitor}')
    const { id, visitor } = await desk.arrive('is anybody there?', 'support')
    const heard = visitor.follow(id)
    const later = await desk.arrive('me too', 'support')
    await using fang = await enter('agent-3')
    const { page } = fang
    for (const one of [id, later.id]) await page.waitForSelector(`[data-conversation="${one}"]`)
    await page.keyboard.press('a')
    await page.waitForURL(`**/inbox/${id}`)
    await write(page, 'here I am')
    await heard.untilBody('here I am')
    await page.keyboard.type('/pat')
    await page.locator('[role="listbox"] [aria-selected="true"]').getByText('/patience').waitFor()
    await page.keyboard.press('Enter')
    await until(async () => (await composerOf(page).inputValue()).startsWith('A moment, visitor'))
    await write(page, '!')
    await heard.until(({ message }) => JSON.stringify(message ?? '').includes('A moment, visitor'))

    await page.keyboard.press('Escape')
    await untilFocused(page, log)
    await page.keyboard.press('l')
    await untilFocused(page, 'form input')
    await page.keyboard.type('urgent')
    await page.keyboard.press('Enter')
    await page.locator('header li').getByText('urgent').waitFor()
    await untilFocused(page, log)

    await page.keyboard.press('n')
    await write(page, 'a regular')
    await page.locator(`${log} [data-kind="NOTE"][data-position]`).getByText('a regular').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('r')
    await untilFocused(page, 'section[data-kind="TEXT"] textarea')
    await page.keyboard.press('Escape')

    await tabTo(page, 'header [aria-haspopup="menu"]', 'Shift+Tab')
    await page.keyboard.press('Enter')
    await untilFocused(page, '[role="menuitem"]')
    await page.keyboard.press('Enter')
    await page.locator('[role="dialog"] [role="listbox"], [role="listbox"]').first().waitFor()
    await page.keyboard.press('Escape')
    await page.locator('[role="listbox"]').waitFor({ state: 'hidden' })
    await page.keyboard.press('Escape')
    await untilFocused(page, 'header [aria-haspopup="menu"]')
    await page.locator('[role="log"]').focus()

    await page.keyboard.press('t')
    await untilFocused(page, '[role="dialog"] input')
    // The first is the list's, that opens with its field.
    await page.locator('[role="listbox"]').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('[role="listbox"]').waitFor({ state: 'hidden' })
    await page.keyboard.press('Escape')
    await page.locator('[role="dialog"]').waitFor({ state: 'detached' })
    await untilFocused(page, log)
    await page.keyboard.press('?')
    await untilFocused(page, '[role="dialog"] button')
    await page.keyboard.press('Escape')
    await untilFocused(page, log)

    await page.keyboard.press('e')
    await page.waitForURL('**/inbox')
    await page.keyboard.press('u')
    await page.waitForURL(`**/inbox/${id}`)
    await untilFocused(page, composer)
    await page.locator('header [data-status="ACTIVE"]').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('w')
    await page.waitForSelector(`[data-conversation="${later.id}"]`)
    await page.keyboard.press('o')
    await page.waitForURL(`**/inbox/${later.id}`)
    await untilFocused(page, composer)
    await choose(page, 'Sign out')
    await page.waitForSelector('[data-identity]')
    await tabTo(page, '[data-identity="agent-3"]')
    assert.deepEqual(fang.troubles, [])
  })

  it('reads and opens the fuses, and gives the focus back to the fuse that was looked at', async () => {
    await using kai = await enter('admin-1')
    const { page } = kai
    await choose(page, 'Go to the fuse board')
    await page.getByRole('heading', { name: 'logistics' }).waitFor()
    for (const key of ['j', 'j', 'k', 'j']) await page.keyboard.press(key)
    await untilFocused(page, '[data-fuse]')
    const chosen = await page.evaluate<string>('document.activeElement.textContent')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: new RegExp(chosen) }).waitFor()
    await untilFocused(page, '[role="dialog"] *')
    await tabTo(page, '[role="dialog"] form input')
    await page.keyboard.type('the warehouse moves')
    await page.keyboard.press('Escape')
    await page.locator('[role="dialog"]').waitFor({ state: 'detached' })
    await untilFocused(page, '[data-fuse]')
    assert.equal(await page.evaluate<string>('document.activeElement.textContent'), chosen)
    await page.keyboard.press('v')
    await page.getByRole('table').waitFor()
    await page.keyboard.press('j')
    await untilFocused(page, 'tr [data-fuse]')
    await page.keyboard.press('Enter')
    await untilFocused(page, '[role="dialog"] *')
    await page.keyboard.press('Escape')
    await untilFocused(page, 'tr [data-fuse]')
    assert.deepEqual(kai.troubles, [])
  })

  it('skips to the content', async () => {
    await using kai = await enter('analyst-1')
    const { page } = kai
    await tabTo(page, 'a[href="#content"]')
    await page.keyboard.press('Enter')
    await page.locator('#content:focus').waitFor()
    assert.deepEqual(kai.troubles, [])
  })
})
