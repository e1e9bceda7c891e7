import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { demoIdentities } from '../../demo/identities.ts'
import { buildConsole, openChromium, openPage, signInAs } from '../kit/browser.ts'
import type { PageOptions } from '../kit/browser.ts'
import { seriousFindings } from '../kit/browser.ts'
import { startRelay } from '../kit/relay.ts'
import { startChatHub } from '../kit/chat-hub.ts'
import type { ChatHub } from '../kit/chat-hub.ts'
import { skipWithout } from '../kit/installed.ts'

/** A key as a machine with an input method sends it: the letter goes to the method, and 229 to the page. */
const processKey = (cdp: CDPSession, type: 'rawKeyDown' | 'keyUp', key = 'Process') => cdp.send('Input.dispatchKeyEvent', { type, key, windowsVirtualKeyCode: 229 })

const composer = (page: Page) => page.locator('section[data-kind] textarea')

describe('the console', { skip: skipWithout('chromium') }, () => {
  let chat: ChatHub
  let browser: Browser
  let origin = ''
  before(async () => {
    await buildConsole()
    chat = await startChatHub({ transport: 'in-process', console: { serve: true }, identities: demoIdentities, fuse: { timeoutMs: 150, retries: 0, breaker: { window: 4, minimumCalls: 2, openMs: 2_000, probes: 1 } } })
    origin = new URL('/', chat.hub.url).href
    browser = await openChromium()
  })
  after(async () => {
    await browser.close()
    await chat[Symbol.asyncDispose]()
  })

  const opened = async (identity: string, opt: PageOptions = {}) => {
    const one = await openPage(browser, origin, opt)
    await signInAs(one.page, identity)
    return one
  }
  /** A visitor who waits, and says so. */
  const arrived = async (body: string, departmentPath = 'tech') => {
    const visitor = await chat.people.visitor({ customer: 'C-1001' })
    const { id } = await visitor.start({ departmentPath, body })
    return { visitor, id }
  }
  const accept = async (page: Page, id: string) => {
    await page.waitForSelector(`[data-conversation="${id}"]`)
    await page.keyboard.press('a')
    await page.waitForSelector('[role="log"]')
  }

  it('lets an agent and a visitor talk, with the customer beside it, and goes on while logistics hangs', async () => {
    await using mei = await opened('agent-1')
    const { page } = mei
    const { visitor, id } = await arrived('where is my parcel?')
    const heard = visitor.follow(id)
    await accept(page, id)
    await page.getByText('where is my parcel?').first().waitFor()
    await composer(page).fill('one moment, please')
    await page.keyboard.press('Enter')
    await heard.untilBody('one moment, please')
    await page.waitForSelector('[data-delivery="sent"]')
    await visitor.send(id, 'thank you')
    await page.locator('[role="log"]').getByText('thank you').waitFor()
    await visitor.change('markRead', id, { position: (await visitor.messages(id)).nodes.at(-1)?.position ?? 0 })
    await page.waitForSelector('[data-delivery="read"]')

    await chat.hub.demo.systems.logistics.setFault('hang')
    await visitor.send(id, 'still there?')
    await page.locator('[role="log"]').getByText('still there?').waitFor()
    await composer(page).fill('yes')
    await page.keyboard.press('Enter')
    await heard.untilBody('yes')
    await chat.hub.demo.systems.logistics.setFault('off')
    assert.deepEqual(mei.troubles, [])
  })

  it('keeps what was written in a conversation, with its kind, over a switch and a reload', async () => {
    await using mei = await opened('agent-1')
    const { page } = mei
    const first = await arrived('the first')
    await accept(page, first.id)
    await page.keyboard.press('Escape')
    await page.keyboard.press('n')
    await composer(page).pressSequentially('<b>not</b> for the visitor')
    await page.waitForTimeout(500)
    await page.reload()
    await page.waitForSelector('section[data-kind="NOTE"] textarea')
    assert.equal(await composer(page).inputValue(), '<b>not</b> for the visitor')
    const heard = first.visitor.follow(first.id)
    await composer(page).press('Enter')
    await page.waitForSelector('[data-kind="NOTE"][data-position]')
    await first.visitor.send(first.id, 'hello?')
    await heard.untilBody('hello?')
    assert.ok(!JSON.stringify(heard.events).includes('for the visitor'), 'a note is for colleagues')
    assert.deepEqual(mei.troubles, [])
  })

  it('tells the slower of two agents, and gives the conversation to one', async () => {
    await using mei = await opened('agent-1')
    await using yan = await opened('agent-2')
    const { id } = await arrived('who is first?')
    for (const { page } of [mei, yan]) await page.waitForSelector(`[data-conversation="${id}"]`)
    await Promise.all([mei.page.keyboard.press('a'), yan.page.keyboard.press('a')])
    await Promise.race([mei, yan].map(({ page }) => page.waitForSelector('[role="log"]')))
    await Promise.race([mei, yan].map(({ page }) => page.locator('.mantine-Notification-root').first().waitFor()))
    const open = await Promise.all([mei, yan].map(({ page }) => page.locator('[role="log"]').count()))
    assert.deepEqual(open.toSorted(), [0, 1])
    assert.deepEqual([...mei.troubles, ...yan.troubles], [])
  })

  it('gives each key to whom it belongs: the input method, or the page', async () => {
    await using mei = await opened('agent-1')
    const { page } = mei
    const { id, visitor } = await arrived('用拼音')
    const heard = visitor.follow(id)
    await accept(page, id)
    const cdp = await page.context().newCDPSession(page)
    await composer(page).focus()
    const compose = async (text: string) => {
      await processKey(cdp, 'rawKeyDown')
      await cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
      await processKey(cdp, 'keyUp')
    }
    // Enter while it composes commits, and sends nothing.
    await compose('nihao')
    await processKey(cdp, 'rawKeyDown', 'Enter')
    await cdp.send('Input.insertText', { text: '你好' })
    await processKey(cdp, 'keyUp', 'Enter')
    assert.equal(await composer(page).inputValue(), '你好')
    // Safari's order: what commits comes first, and its Enter at once behind it.
    await compose('ma')
    await cdp.send('Input.insertText', { text: '吗' })
    await processKey(cdp, 'rawKeyDown', 'Enter')
    await processKey(cdp, 'keyUp', 'Enter')
    assert.equal(await composer(page).inputValue(), '你好吗')
    // A composition that is given up leaves what was there.
    await compose('x')
    await cdp.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 })
    assert.equal(await composer(page).inputValue(), '你好吗')
    // Later an Enter is an Enter, whatever code it comes with.
    await page.waitForTimeout(200)
    await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', windowsVirtualKeyCode: 229 })
    await heard.untilBody('你好吗')
    // A value that is replaced in the middle ends a composition without a word; Enter works all the same.
    await compose('zai')
    await page.evaluate('document.activeElement.value = "在"')
    await composer(page).dispatchEvent('input')
    await cdp.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 })
    await page.waitForTimeout(200)
    await page.keyboard.press('Enter')
    await heard.untilBody('在')
    assert.deepEqual(mei.troubles, [])
  })

  it('shows a fuse that opens and closes on the board', async () => {
    await using olu = await opened('admin-1')
    const { page } = olu
    await page.keyboard.press('g')
    await page.keyboard.press('f')
    await page.getByRole('heading', { name: 'logistics' }).waitFor()
    await chat.hub.demo.systems.logistics.setFault('hang')
    const agent = await chat.people.agent(['tech'])
    for (let i = 0; i < 4; i += 1) await agent.ask('{ order(id: "SO-2026-000001") { shipments { id } } }')
    await page.getByText(/next try in/i).first().waitFor()
    await chat.hub.demo.systems.logistics.setFault('off')
    const again = setInterval(() => void agent.ask('{ order(id: "SO-2026-000001") { shipments { id } } }'), 200)
    try {
      await page.getByText(/next try in/i).first().waitFor({ state: 'detached' })
    } finally {
      clearInterval(again)
    }
    assert.deepEqual(olu.troubles, [])
  })

  it('sends what was written while the socket and the hub were away, once', async () => {
    await using relay = await startRelay(Number(new URL(origin).port))
    const here = await openPage(browser, `http://127.0.0.1:${relay.port}/`)
    await using _here = here
    const { page } = here
    await signInAs(page, 'agent-1')
    const { id, visitor } = await arrived('are you cut off?')
    const heard = visitor.follow(id)
    await accept(page, id)
    relay.cut()
    for (const body of ['one', 'two', 'three']) {
      await composer(page).fill(body)
      await composer(page).press('Enter')
    }
    await page.getByText(/Reconnecting/).waitFor()
    await page.locator('[data-delivery="queued"], [data-delivery="sending"]').first().waitFor()
    relay.mend()
    await heard.untilBody('three')
    await page.locator('[data-delivery="queued"], [data-delivery="sending"]').first().waitFor({ state: 'detached' })
    const said = (await visitor.messages(id)).nodes.filter(({ author }) => author.id === 'agent-1').map(({ body }) => body)
    assert.deepEqual(said, ['one', 'two', 'three'])
    assert.equal(await page.locator('[data-delivery="sent"]').count(), 3)
  })

  for (const scheme of ['light', 'dark'] as const) {
    for (const language of ['en', 'zh'] as const) {
      it(`has no serious finding of axe in any view, ${scheme}, ${language}`, async () => {
        const out = await openPage(browser, origin, { scheme, language })
        await using _out = out
        const { page, troubles } = out
        await page.waitForSelector('[data-identity]')
        assert.deepEqual(await seriousFindings(page), [], 'signing in')
        await signInAs(page, 'admin-1')
        assert.deepEqual(await seriousFindings(page), [], 'the inbox')
        const { id } = await arrived('is everything to be read? 都能看清吗？')
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
        await page.goto(new URL('/fuses', origin).href)
        await page.getByRole('heading', { name: 'logistics' }).first().waitFor()
        assert.deepEqual(await seriousFindings(page), [], 'the fuse board')
        assert.deepEqual(troubles, [])
      })
    }
  }
})
