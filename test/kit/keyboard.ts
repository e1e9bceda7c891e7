import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

/* Whoever has no mouse: what has the focus, and whether that is to be seen. */

const ring = `(() => {
  const at = document.activeElement
  if (!at || at === document.body) return 'nothing has the focus'
  const { outlineStyle, outlineWidth } = getComputedStyle(at)
  const { width, height } = at.getBoundingClientRect()
  return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && width > 0 && height > 0 ? 'seen' : 'not to be seen: ' + at.outerHTML.slice(0, 200)
})()`

/** Waits until what `selector` names has the focus, and asserts that one sees it. */
export const untilFocused = async (page: Page, selector: string): Promise<void> => {
  await page.locator(selector).and(page.locator(':focus')).waitFor().catch(async () => {
    assert.fail(`not ${selector} has the focus, but ${await page.evaluate<string>('document.activeElement?.outerHTML.slice(0, 200)')}`)
  })
  assert.equal(await page.evaluate<string>(ring), 'seen')
}

const mostSteps = 60

/** From stop to stop until there; each of them is to be seen. */
export const tabTo = async (page: Page, selector: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> => {
  for (let step = 0; step < mostSteps; step += 1) {
    await page.keyboard.press(key)
    assert.equal(await page.evaluate<string>(ring), 'seen')
    if (await page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)) return
  }
  assert.fail(`no way by ${key} to ${selector}`)
}
