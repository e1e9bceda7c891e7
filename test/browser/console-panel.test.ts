import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { openPage, signInAs } from '../kit/browser.ts'
import { composerOf, skipConsole, startConsoleDesk, takeConversation } from '../kit/console-desk.ts'
import type { ConsoleDesk } from '../kit/console-desk.ts'
import { tabTo, untilFocused } from '../kit/keyboard.ts'
import { startRelay } from '../kit/relay.ts'
import { until } from '../kit/until.ts'

/** By its heading: a block of the customer's panel. */
const block = (page: Page, title: string) => page.locator('aside section').filter({ has: page.getByRole('heading', { name: title, exact: true }) })
const order = (page: Page, id: string) => page.locator('aside li').filter({ has: page.locator('button[aria-expanded]').getByText(id) })
const outcome = (page: Page, is: string) => page.locator(`aside [role="status"][data-is="${is}"]`)

describe('the panel of a customer', { skip: skipConsole }, () => {
  let desk: ConsoleDesk
  before(async () => {
    desk = await startConsoleDesk()
  })
  after(() => desk[Symbol.asyncDispose]())

  const answers = (query: string, variables: Readonly<Record<string, unknown>>, ...path: readonly string[]) =>
    desk.chat.people.somebody({ role: 'admin', name: 'admin-1' }).then((one) => one.get(query, variables, ...path))
  const statusOf = (id: string) => answers('query ($id: ID!) { order(id: $id) { status } }', { id }, 'order', 'status')
  const notesOf = async (id: string) => JSON.stringify(await answers('query ($id: ID!) { customer(id: $id) { profile { notes { text } } } }', { id }, 'customer', 'profile', 'notes'))

  /** With what is known of `customer` beside a conversation that is theirs. */
  const talkTo = async (page: Page, customer: string) => {
    const arrived = await desk.arrive('about my order', 'tech', customer)
    await takeConversation(page, arrived.id)
    await block(page, 'Orders').and(page.locator('[data-freshness="LIVE"], [data-freshness="CACHED"]')).waitFor()
    return arrived
  }
  /** As far as the second look, by keyboard. */
  const fillRefund = async (page: Page, orderId: string, reason: string) => {
    await order(page, orderId).locator('button[aria-expanded]').focus()
    await page.keyboard.press('Enter')
    await order(page, orderId).getByRole('button', { name: 'Refund', exact: true }).waitFor()
    await tabTo(page, 'aside li [id] > div > button')
    await page.keyboard.press('Enter')
    await page.locator('aside form[aria-label] input').first().waitFor()
    await tabTo(page, 'aside form[aria-label] input')
    await tabTo(page, 'aside form[aria-label] input')
    await page.keyboard.type(reason)
    await page.keyboard.press('Enter')
    await untilFocused(page, 'aside [role="group"] p')
    await tabTo(page, 'aside [role="group"] button')
  }

  it('greys the parcels alone while logistics hangs, says why and when it asks again, and heals by itself; the talk goes on', async () => {
    await using mei = await desk.open('agent-1')
    const { page } = mei
    const { id, visitor } = await talkTo(page, 'C-1176')
    const heard = visitor.follow(id)
    const shipments = block(page, 'Shipments')
    await shipments.and(page.locator('[data-freshness="LIVE"], [data-freshness="CACHED"]')).waitFor()
    await shipments.locator('article').first().waitFor()
    const { logistics } = desk.chat.hub.demo.systems
    await logistics.setFault('hang')
    await shipments.getByRole('button', { name: 'Ask again: Shipments' }).click()
    await page.locator('[data-freshness="STALE"], [data-freshness="UNAVAILABLE"]').first().waitFor()
    await shipments.getByText(/logistics (does not answer|is not being asked)/).waitFor()
    await shipments.getByText(/next try in|asking again/).waitFor()
    await shipments.locator('[data-behind="true"] article').first().waitFor()
    for (const other of ['Profile', 'Orders', 'Past conversations']) assert.match(await block(page, other).getAttribute('data-freshness') ?? '', /LIVE|CACHED/, other)
    await visitor.send(id, 'and now?')
    await page.locator('[role="log"]').getByText('and now?').waitFor()
    await composerOf(page).fill('a moment')
    await composerOf(page).press('Enter')
    await heard.untilBody('a moment')
    await logistics.setFault('off')
    await shipments.and(page.locator('[data-freshness="LIVE"]')).waitFor()
    await page.locator('[data-behind="false"] article').first().waitFor()
    assert.deepEqual(mei.troubles, [])
  })

  it('refunds once, however often Enter is pressed, and says so', async () => {
    await using fang = await desk.open('agent-1')
    const { page } = fang
    await talkTo(page, 'C-1194')
    await fillRefund(page, 'SO-2026-001722', 'it broke')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await outcome(page, 'DONE').getByText(/RF-2026-/).waitFor()
    await order(page, 'SO-2026-001722').getByText('Refunded', { exact: true }).waitFor()
    assert.equal(await statusOf('SO-2026-001722'), 'REFUNDED')
    assert.deepEqual(fang.troubles, [])
  })

  it('keeps a refund of which no answer came over a reload, and sends it again under its key', async () => {
    await using relay = await startRelay(Number(new URL(desk.origin).port))
    await using fang = await openPage(desk.browser, `http://127.0.0.1:${relay.port}/`)
    const { page } = fang
    await signInAs(page, 'agent-1')
    const { id } = await talkTo(page, 'C-1068')
    await fillRefund(page, 'SO-2026-001960', 'nothing came')
    desk.chat.hub.demo.systems.orders.loseNextAnswer()
    await page.keyboard.press('Enter')
    await outcome(page, 'UNSURE').waitFor()
    assert.equal(await statusOf('SO-2026-001960'), 'REFUNDED')
    await page.reload()
    await page.waitForURL(`**/inbox/${id}`)
    await outcome(page, 'UNSURE').getByText('It is not known whether the money was refunded').waitFor()
    await page.getByRole('group', { name: /^Refund .*SO-2026-001960/ }).getByText('nothing came').waitFor()
    relay.cut()
    const cutOff = page.waitForEvent('requestfailed', (request) => request.postData()?.includes('RequestRefund') === true)
    await page.getByRole('button', { name: 'Send again' }).click()
    await cutOff
    await outcome(page, 'UNSURE').waitFor()
    relay.mend()
    await page.getByRole('button', { name: 'Send again' }).click()
    await outcome(page, 'DONE').getByText(/RF-2026-/).waitFor()
    await page.reload()
    await order(page, 'SO-2026-001960').getByText('Refunded', { exact: true }).waitFor()
    assert.equal(await outcome(page, 'UNSURE').count(), 0)
    assert.deepEqual(fang.troubles, [])
  })

  it('writes a note once, also where the answer to it was lost', async () => {
    await using yan = await desk.open('agent-1')
    const { page } = yan
    await talkTo(page, 'C-1222')
    const field = page.getByLabel('Add a note to the CRM')
    await field.fill('calls after six')
    desk.chat.hub.demo.systems.crm.loseNextAnswer()
    await page.getByRole('button', { name: 'Add the note' }).waitFor()
    await field.press('Tab')
    await untilFocused(page, 'button[type="submit"]')
    await page.keyboard.press('Enter')
    await outcome(page, 'UNSURE').waitFor()
    await page.reload()
    await outcome(page, 'UNSURE').waitFor()
    assert.equal(await field.inputValue(), 'calls after six')
    await page.getByRole('button', { name: 'Send again' }).click()
    await outcome(page, 'DONE').waitFor()
    assert.equal(await field.inputValue(), '')
    await until(async () => (await notesOf('C-1222')).split('calls after six').length === 2)
    await block(page, 'Profile').getByText('calls after six').waitFor()
    assert.deepEqual(yan.troubles, [])
  })
})
