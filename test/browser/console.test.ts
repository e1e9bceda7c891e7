import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CDPSession } from 'playwright-core'
import { openPage, signInAs } from '../kit/browser.ts'
import { composerOf, skipConsole, startConsoleDesk, takeConversation } from '../kit/console-desk.ts'
import type { ConsoleDesk } from '../kit/console-desk.ts'
import { startRelay } from '../kit/relay.ts'
import { until } from '../kit/until.ts'

/** A key as a machine with an input method sends it: the letter goes to the method, and 229 to the page. */
const processKey = (cdp: CDPSession, type: 'rawKeyDown' | 'keyUp', key = 'Process') => cdp.send('Input.dispatchKeyEvent', { type, key, windowsVirtualKeyCode: 229 })

/** What outlasts a reload, as text. */
const draftsOnShelf = `new Promise((resolve) => {
  indexedDB.open('fuseboard').onsuccess = ({ target: { result } }) => {
    result.transaction('drafts').objectStore('drafts').getAll().onsuccess = ({ target }) => {
      result.close()
      resolve(JSON.stringify(target.result))
    }
  }
})`

describe('the console', { skip: skipConsole }, () => {
  let desk: ConsoleDesk
  before(async () => {
    desk = await startConsoleDesk()
  })
  after(() => desk[Symbol.asyncDispose]())

  it('lets an agent and a visitor talk, with the customer beside it, and goes on while logistics hangs', async () => {
    await using mei = await desk.open('agent-1')
    const { page } = mei
    const { visitor, id } = await desk.arrive('where is my parcel?')
    const heard = visitor.follow(id)
    await takeConversation(page, id)
    await page.getByText('where is my parcel?').first().waitFor()
    await composerOf(page).fill('one moment, please')
    await page.keyboard.press('Enter')
    await heard.untilBody('one moment, please')
    await page.waitForSelector('[data-delivery="sent"]')
    await visitor.send(id, 'thank you')
    await page.locator('[role="log"]').getByText('thank you').waitFor()
    await visitor.change('markRead', id, { position: (await visitor.messages(id)).nodes.at(-1)?.position ?? 0 })
    await page.waitForSelector('[data-delivery="read"]')

    await desk.chat.hub.demo.systems.logistics.setFault('hang')
    await visitor.send(id, 'still there?')
    await page.locator('[role="log"]').getByText('still there?').waitFor()
    await composerOf(page).fill('yes')
    await page.keyboard.press('Enter')
    await heard.untilBody('yes')
    await desk.chat.hub.demo.systems.logistics.setFault('off')
    assert.deepEqual(mei.troubles, [])
  })

  it('keeps what was written in a conversation, with its kind, over a switch and a reload', async () => {
    await using mei = await desk.open('agent-1')
    const { page } = mei
    const first = await desk.arrive('the first')
    await takeConversation(page, first.id)
    await page.keyboard.press('Escape')
    await page.keyboard.press('n')
    await composerOf(page).pressSequentially('<b>not</b> for the visitor')
    await until(async () => (await page.evaluate<string>(draftsOnShelf)).includes('<b>not</b>'))
    await page.reload()
    await page.waitForSelector('section[data-kind="NOTE"] textarea')
    assert.equal(await composerOf(page).inputValue(), '<b>not</b> for the visitor')
    const heard = first.visitor.follow(first.id)
    await composerOf(page).press('Enter')
    await page.waitForSelector('[data-kind="NOTE"][data-position]')
    await first.visitor.send(first.id, 'hello?')
    await heard.untilBody('hello?')
    assert.ok(!JSON.stringify(heard.events).includes('for the visitor'), 'a note is for colleagues')
    assert.deepEqual(mei.troubles, [])
  })

  it('tells the slower of two agents, and gives the conversation to one', async () => {
    await using mei = await desk.open('agent-1')
    await using yan = await desk.open('agent-2')
    const { id } = await desk.arrive('who is first?')
    for (const { page } of [mei, yan]) await page.waitForSelector(`[data-conversation="${id}"]`)
    await Promise.all([mei.page.keyboard.press('a'), yan.page.keyboard.press('a')])
    await Promise.race([mei, yan].map(({ page }) => page.waitForSelector('[role="log"]')))
    await Promise.race([mei, yan].map(({ page }) => page.locator('.mantine-Notification-root').first().waitFor()))
    const open = await Promise.all([mei, yan].map(({ page }) => page.locator('[role="log"]').count()))
    assert.deepEqual(open.toSorted(), [0, 1])
    assert.deepEqual([...mei.troubles, ...yan.troubles], [])
  })

  it('gives each key to whom it belongs: the input method, or the page', async () => {
    await using mei = await desk.open('agent-1')
    const { page } = mei
    const { id, visitor } = await desk.arrive('用拼音')
    const heard = visitor.follow(id)
    await takeConversation(page, id)
    const cdp = await page.context().newCDPSession(page)
    await composerOf(page).focus()
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
    assert.equal(await composerOf(page).inputValue(), '你好')
    // Safari's order: what commits comes first, and its Enter at once behind it.
    await compose('ma')
    await cdp.send('Input.insertText', { text: '吗' })
    await processKey(cdp, 'rawKeyDown', 'Enter')
    await processKey(cdp, 'keyUp', 'Enter')
    assert.equal(await composerOf(page).inputValue(), '你好吗')
    // A composition that is given up leaves what was there.
    await compose('x')
    await cdp.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 })
    assert.equal(await composerOf(page).inputValue(), '你好吗')
    // Later an Enter is an Enter, whatever code it comes with.
    await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', windowsVirtualKeyCode: 229, timestamp: Date.now() / 1_000 + 1 })
    await heard.untilBody('你好吗')
    // A value that is replaced in the middle ends a composition without a word; Enter works all the same.
    await compose('zai')
    await page.evaluate('document.activeElement.value = "在"')
    await composerOf(page).dispatchEvent('input')
    await cdp.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 })
    await page.keyboard.press('Enter')
    await heard.untilBody('在')
    assert.deepEqual(mei.troubles, [])
  })

  it('shows a fuse that opens and closes on the board', async () => {
    await using olu = await desk.open('admin-1')
    const { page } = olu
    await page.keyboard.press('g')
    await page.keyboard.press('f')
    await page.getByRole('heading', { name: 'logistics' }).waitFor()
    await desk.chat.hub.demo.systems.logistics.setFault('hang')
    const agent = await desk.chat.people.agent(['tech'])
    for (let i = 0; i < 4; i += 1) await agent.ask('{ order(id: "SO-2026-000001") { shipments { id } } }')
    await page.getByText(/next try in/i).first().waitFor()
    await desk.chat.hub.demo.systems.logistics.setFault('off')
    const again = setInterval(() => void agent.ask('{ order(id: "SO-2026-000001") { shipments { id } } }'), 200)
    try {
      await page.getByText(/next try in/i).first().waitFor({ state: 'detached' })
    } finally {
      clearInterval(again)
    }
    assert.deepEqual(olu.troubles, [])
  })

  it('sends what was written while the socket and the hub were away, once', async () => {
    await using relay = await startRelay(Number(new URL(desk.origin).port))
    const here = await openPage(desk.browser, `http://127.0.0.1:${relay.port}/`)
    await using _here = here
    const { page } = here
    await signInAs(page, 'agent-1')
    const { id, visitor } = await desk.arrive('are you cut off?')
    const heard = visitor.follow(id)
    await takeConversation(page, id)
    relay.cut()
    for (const body of ['one', 'two', 'three']) {
      await composerOf(page).fill(body)
      await composerOf(page).press('Enter')
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
})
