import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import axe from 'axe-core'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

/* Real pages in the Chromium of this machine. */

const quiet = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

export const openChromium = (): Promise<Browser> => chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet })

/** As `npm start` does before it starts the hub. */
export const buildConsole = () => promisify(execFile)(process.execPath, ['console/build.ts'])

export type PageOptions = { readonly language?: 'en' | 'zh'; readonly scheme?: 'light' | 'dark' }

/** A page, and whatever a browser complains about on it: the test asserts that there was nothing. */
export type Opened = AsyncDisposable & { readonly page: Page; readonly troubles: readonly string[] }

/** What a page says while the hub is away is no fault of its own. */
const isOfAbsence = (text: string) => /ERR_CONNECTION|ERR_SOCKET_NOT_CONNECTED|ERR_EMPTY_RESPONSE|WebSocket connection to|ERR_NETWORK/.test(text)

export const openPage = async (browser: Browser, origin: string, { language = 'en', scheme = 'light' }: PageOptions = {}): Promise<Opened> => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  await context.addCookies([{ name: 'fuseboard_language', value: language === 'zh' ? 'zh-CN' : 'en', url: origin }, { name: 'fuseboard_color_scheme', value: scheme, url: origin }])
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', (error) => void troubles.push(error.stack ?? error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !isOfAbsence(message.text())) troubles.push(message.text())
  })
  page.on('request', (request) => {
    const { host, protocol } = new URL(request.url())
    if (protocol !== 'data:' && host !== new URL(origin).host) troubles.push(`asked another host: ${request.url()}`)
  })
  await page.addInitScript('addEventListener("securitypolicyviolation", (event) => console.error("policy: " + event.violatedDirective + " " + event.blockedURI))')
  page.setDefaultTimeout(60_000)
  await page.goto(origin)
  return { page, troubles, [Symbol.asyncDispose]: () => context.close() }
}

/** Signs in as one of the demo's people. */
export const signInAs = async (page: Page, identity: string): Promise<void> => {
  await page.click(`[data-identity="${identity}"]`)
  await page.waitForSelector('#content')
}

/** What axe finds that keeps somebody out. The page's policy lets no script in but by the debugger. */
export const seriousFindings = async (page: Page): Promise<readonly string[]> => {
  if (!await page.evaluate<boolean>('"axe" in window')) await page.evaluate(axe.source)
  const found = await page.evaluate<readonly { id: string; impact: string | null; nodes: readonly string[] }[]>(
    `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ target, failureSummary }) => target.join(' ') + ': ' + failureSummary) })))`,
  )
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).join('; ')}`)
}
