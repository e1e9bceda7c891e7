import { setTimeout as sleep } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import { usableMs } from './in-page.ts'
import { agent } from './stage.ts'
import type { Entered, Stage } from './stage.ts'

/* A browser that was never here opens the console: when it can be used, and what scripts it had to fetch for that. */

export type Wire = { readonly scripts: number; readonly bytes: number; readonly encodings: ReadonlyMap<string, number> }

const tokenField = 'input[type="password"]'
const firstRow = '[data-conversation] button'
/** So long nothing has to come for all to have come. */
const quietMs = 2_000

/** All scripts that come over the wire, with their headers, as long as the page is open. */
const weighScripts = async (cdp: CDPSession): Promise<() => Wire> => {
  const encodingOf = new Map<string, string>()
  const bytesOf = new Map<string, number>()
  cdp.on('Network.responseReceived', ({ requestId, response: { mimeType, headers } }) => {
    if (mimeType.includes('javascript')) encodingOf.set(requestId, headers['content-encoding'] ?? headers['Content-Encoding'] ?? 'identity')
  })
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => void bytesOf.set(requestId, encodedDataLength))
  await cdp.send('Network.enable')
  return () => {
    const encodings = new Map<string, number>()
    for (const encoding of encodingOf.values()) encodings.set(encoding, (encodings.get(encoding) ?? 0) + 1)
    const bytes = [...encodingOf.keys()].reduce((sum, id) => sum + (bytesOf.get(id) ?? 0), 0)
    return { scripts: encodingOf.size, bytes, encodings }
  }
}

const goTo = (page: Page, origin: string, selector: string): Promise<number> =>
  page.goto(origin, { waitUntil: 'commit' }).then(() => page.evaluate<number>(usableMs(selector)))

/** Until the token can be typed in; it is, and the form then lets it be sent. */
export const openSignIn = async (stage: Stage): Promise<number> => {
  await using entered = await stage.enter(null)
  const { page } = entered
  const ms = await goTo(page, stage.origin, tokenField)
  await page.fill(tokenField, 'a token')
  await page.waitForSelector('button[type="submit"]:enabled')
  return ms
}

/** Until an inbox has rows; a click on one opens its conversation. */
export const openInbox = async (stage: Stage, name: string): Promise<number> => {
  await using entered = await stage.enter(agent(name))
  const ms = await goTo(entered.page, stage.origin, firstRow)
  await openTalk(entered)
  return ms
}

const openTalk = async ({ page }: Entered): Promise<void> => {
  await page.click(firstRow)
  await page.waitForSelector('[role="log"] [data-position]')
}

/** The scripts of an inbox, and with a conversation open. */
export const weighInbox = async (stage: Stage, name: string): Promise<{ readonly beforeTalk: Wire; readonly withTalk: Wire }> => {
  await using entered = await stage.enter(agent(name))
  const weigh = await weighScripts(await entered.context.newCDPSession(entered.page))
  await goTo(entered.page, stage.origin, firstRow)
  await sleep(quietMs)
  const beforeTalk = weigh()
  await openTalk(entered)
  await sleep(quietMs)
  return { beforeTalk, withTalk: weigh() }
}
