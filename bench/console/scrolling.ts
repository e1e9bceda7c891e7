import type { CDPSession, Page } from 'playwright-core'
import { recordFrames, restPx, takeFrames } from './in-page.ts'
import type { Stage } from './stage.ts'

/*
 * The wheel, turned steadily, by the browser's own input events; the frames that the page was given meanwhile, by the times of `requestAnimationFrame`. The same on a
 * page that has nothing to do, as a machine without a graphics card and with other things to do drops frames by itself.
 */

export const inboxScroller = 'nav [role="region"]'
export const messagesScroller = '[role="log"]'
export const slowFrameMs = 20

const plainRows = 1_000
const plain = `<!doctype html><style>body { margin: 0; font: 14px sans-serif } main { height: 100vh; overflow-y: auto } p { height: 68px; margin: 0 }</style><main>${
  Array.from({ length: plainRows }, (_, row) => `<p>row ${row + 1}</p>`).join('')
}</main>`

export type Scroller = {
  /** Downwards; upwards where it is negative. Gives how long each frame took, in ms. */
  turn(px: number, pxPerSecond: number): Promise<readonly number[]>
  /** From where it is to its end. */
  restPx(): Promise<number>
}

const between = (times: readonly number[]) => times.slice(1).map((at, index) => at - (times[index] ?? at))

const turnIn = async (cdp: CDPSession, page: Page, selector: string, px: number, speed: number): Promise<readonly number[]> => {
  const box = await page.locator(selector).boundingBox()
  if (box === null) throw new Error(`nothing to scroll: ${selector}`)
  await page.evaluate(recordFrames)
  await cdp.send('Input.synthesizeScrollGesture', {
    x: box.x + box.width / 2, y: box.y + box.height / 2, yDistance: -px, speed, gestureSourceType: 'mouse', preventFling: true,
  })
  return between(await page.evaluate<number[]>(takeFrames))
}

export const openScroller = async (page: Page, selector: string): Promise<Scroller> => {
  const cdp = await page.context().newCDPSession(page)
  return {
    turn: (px, pxPerSecond) => turnIn(cdp, page, selector, px, pxPerSecond),
    restPx: () => page.evaluate<number>(restPx(selector)),
  }
}

/** From end to end of a page of plain lines. */
export const scrollPlain = async (stage: Stage, pxPerSecond: number): Promise<readonly number[]> => {
  await using entered = await stage.enter(null)
  await entered.page.goto(`data:text/html,${encodeURIComponent(plain)}`)
  const scroller = await openScroller(entered.page, 'main')
  return await scroller.turn(await scroller.restPx(), pxPerSecond)
}

/** The share of slow ones, in percent. */
export const slowPercent = (frames: readonly number[]): number => (100 * frames.filter((ms) => ms > slowFrameMs).length) / frames.length
