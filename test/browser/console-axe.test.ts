import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openPage, seriousFindings, signInAs } from '../kit/browser.ts'
import { skipConsole, startConsoleDesk } from '../kit/console-desk.ts'
import type { ConsoleDesk } from '../kit/console-desk.ts'

describe('the console, to everybody', { skip: skipConsole }, () => {
  let desk: ConsoleDesk
  before(async () => {
    desk = await startConsoleDesk()
  })
  after(() => desk[Symbol.asyncDispose]())

  for (const scheme of ['light', 'dark'] as const) {
    for (const language of ['en', 'zh'] as const) {
      it(`has no serious finding of axe in any view, ${scheme}, ${language}`, async () => {
        const out = await openPage(desk.browser, desk.origin, { scheme, language })
        await using _out = out
        const { page, troubles } = out
        await page.waitForSelector('[data-identity]')
        assert.deepEqual(await seriousFindings(page), [], 'signing in')
        await signInAs(page, 'admin-1')
        assert.deepEqual(await seriousFindings(page), [], 'the inbox')
        const { id } = await desk.arrive('is everything to be read? 都能看清吗？')
        await page.waitForSelector(`[data-conversation="${id}"]`)
        await page.click(`[data-conversation="${id}"] button`)
        await page.waitForSelector('[role="log"]')
        await page.locator('aside h3').first().waitFor()
        assert.deepEqual(await seriousFindings(page), [], 'a conversation')
        await page.keyboard.press('Escape')
        await page.keyboard.press('?')
        await page.locator('[role="dialog"]').first().waitFor()
        assert.deepEqual(await seriousFindings(page), [], 'the shortcuts')
        await page.keyboard.press('Escape')
        await page.goto(new URL('/fuses', desk.origin).href)
        await page.getByRole('heading', { name: 'logistics' }).first().waitFor()
        assert.deepEqual(await seriousFindings(page), [], 'the fuse board')
        assert.deepEqual(troubles, [])
      })
    }
  }
})
