import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { demoIdentities } from '../../demo/identities.ts'
import { buildConsole, openChromium, openPage, signInAs } from '../kit/browser.ts'
import { startChatHub } from '../kit/chat-hub.ts'
import type { ChatHub } from '../kit/chat-hub.ts'
import { skipWithout } from '../kit/installed.ts'
import { until } from '../kit/until.ts'

const messages = 130

describe('the history of a conversation', { skip: skipWithout('chromium') }, () => {
  let chat: ChatHub
  let browser: Browser
  before(async () => {
    await buildConsole()
    chat = await startChatHub({ transport: 'in-process', console: { serve: true }, identities: demoIdentities })
    browser = await openChromium()
  })
  after(async () => {
    await browser.close()
    await chat[Symbol.asyncDispose]()
  })

  it('is read back to its beginning by the wheel, also where its start is reached before the page before it is here', async () => {
    const visitor = await chat.people.visitor()
    const { id } = await visitor.start({ departmentPath: 'tech', body: 'the beginning' })
    for (let i = 2; i <= messages; i += 1) await visitor.send(id, `line ${i}`)
    await using mei = await openPage(browser, new URL('/', chat.hub.url).href)
    const { page } = mei
    await signInAs(page, 'agent-1')
    await page.click(`[data-conversation="${id}"] button`)
    const log = page.locator('[role="log"]')
    await log.getByText(`line ${messages}`).waitFor()
    await log.hover()
    // Each time the list is at its very top before the next page is here.
    await until(async () => {
      await page.mouse.wheel(0, -100_000)
      return (await log.getByText('the beginning').count()) > 0
    })
    assert.deepEqual(mei.troubles, [])
  })
})
