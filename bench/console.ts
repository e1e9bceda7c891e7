import { betweenAgents, compareClocks, fromVisitor, openVisitor, toVisitor } from './console/arriving.ts'
import type { Clock } from './console/arriving.ts'
import { fillConversation, fillInbox, sentenceOf } from './console/filling.ts'
import { openInbox, openSignIn, weighInbox } from './console/opening.ts'
import type { Wire } from './console/opening.ts'
import { inboxScroller, messagesScroller, openScroller, scrollPlain, slowFrameMs, slowPercent } from './console/scrolling.ts'
import { accept, agent, openStage, start } from './console/stage.ts'
import type { Stage } from './console/stage.ts'
import { quantile } from './load.ts'
import type { Row } from './report.ts'
import type { Suite } from './suite.ts'

/*
 * The console as the hub serves it, in Chromium: how soon it can be used, how soon what one side says is on the other's screen, and whether long lists scroll. All of it
 * with an inbox of thousands.
 */

const conversations = 5_000
const messages = 10_000
const openings = 10
const sends = 50
const flungPxPerSecond = 20_000
const readPxPerSecond = 3_000
const readSeconds = 8
const turnPx = 40_000
const [mostArrivalMs, mostOpeningMs, mostScriptKb, mostSlowPercent] = [100, 1_500, 350, 5]
const mostMs = 235_000

const held = (measure: string, value: number, unit: string, most: number): Row => ({ measure, value, unit, mark: `≤ ${most}`, met: value <= most })

const arrivalRows = (way: string, ms: readonly number[]): readonly Row[] => [
  held(`${way}, p50`, quantile(ms, 0.5), 'ms', mostArrivalMs),
  { measure: `${way}, p95`, value: quantile(ms, 0.95), unit: 'ms' },
]

const clockRow = (clocks: readonly Clock[]): Row =>
  ({ measure: 'a page\'s clock against this process\'s, the most that may be wrong', value: Math.max(...clocks.map(({ mayErrMs }) => mayErrMs)), unit: 'ms' })

const repeated = async <T>(count: number, run: () => Promise<T>): Promise<readonly T[]> => {
  const all: T[] = []
  for (let round = 0; round < count; round += 1) all.push(await run())
  return all
}

const wireRows = ({ beforeTalk, withTalk }: { readonly beforeTalk: Wire; readonly withTalk: Wire }): readonly Row[] => [
  held('scripts on the wire before the first conversation', beforeTalk.bytes / 1_000, 'KB', mostScriptKb),
  ...[...beforeTalk.encodings].map(([encoding, value]) => ({ measure: `scripts before it that came as ${encoding}`, value, unit: '' })),
  { measure: 'scripts on the wire with one open', value: withTalk.bytes / 1_000, unit: 'KB' },
]

const measureOpening = async (stage: Stage): Promise<readonly Row[]> => {
  const signIns = await repeated(openings, () => openSignIn(stage))
  const inboxes = await repeated(openings, () => openInbox(stage, 'mei'))
  return [
    held('signing in can be used, p50', quantile(signIns, 0.5), 'ms', mostOpeningMs),
    held('the inbox can be used, p50', quantile(inboxes, 0.5), 'ms', mostOpeningMs),
    ...wireRows(await weighInbox(stage, 'mei')),
  ]
}

const measureArrivals = async (stage: Stage): Promise<readonly Row[]> => {
  const id = await start(stage.hub, 'chatty', 'hello')
  await accept(stage.hub, agent('mei'), id)
  await using mei = await stage.enter(agent('mei'))
  await using yan = await stage.enter(agent('yan'))
  await using there = await openVisitor(stage, 'chatty', id)
  for (const { page } of [mei, yan]) {
    await page.goto(`${stage.origin}/inbox/${id}`)
    await page.waitForSelector('[role="log"] [data-position]')
  }
  const [clock, theirClock] = [await compareClocks(mei.page), await compareClocks(yan.page)]
  return [
    ...arrivalRows('a visitor\'s message, to the agent\'s screen', await fromVisitor(there, mei.page, clock, sends)),
    ...arrivalRows('an agent\'s Enter, to the visitor\'s client', await toVisitor(mei.page, clock, there, sends)),
    ...arrivalRows('an agent\'s Enter, to another agent\'s screen', await betweenAgents(mei.page, clock, yan.page, theirClock, sends)),
    clockRow([clock, theirClock]),
  ]
}

const frameRows = (what: string, frames: readonly number[]): readonly Row[] => [
  held(`${what}: frames past ${slowFrameMs} ms`, slowPercent(frames), '%', mostSlowPercent),
  { measure: `${what}: the longest frame`, value: Math.max(...frames), unit: 'ms' },
]

const measureInbox = async (stage: Stage): Promise<readonly Row[]> => {
  await using mei = await stage.enter(agent('mei'))
  const { page } = mei
  await page.goto(stage.origin)
  await page.click('[data-view="waiting"]')
  const scroller = await openScroller(page, inboxScroller)
  const frames: number[] = []
  const isLast = async () => (await page.locator(`${inboxScroller} li[data-index="${conversations - 1}"]`).count()) > 0
  while (!(await isLast())) frames.push(...(await scroller.turn(Math.min(turnPx, Math.max(1, await scroller.restPx())), flungPxPerSecond)))
  return frameRows(`an inbox of ${conversations}, from end to end`, frames)
}

const measureTranscript = async (stage: Stage, id: string): Promise<readonly Row[]> => {
  await using mei = await stage.enter(agent('mei'))
  await using there = await openVisitor(stage, 'talkative', id)
  const { page } = mei
  await page.goto(`${stage.origin}/inbox/${id}`)
  await page.waitForSelector(`${messagesScroller} [data-position]`)
  const scroller = await openScroller(page, messagesScroller)
  const first = page.locator(messagesScroller).getByText(sentenceOf(0), { exact: true })
  const back: number[] = []
  while ((await first.count()) === 0) back.push(...(await scroller.turn(-turnPx, flungPxPerSecond)))
  const read = await scroller.turn(readPxPerSecond * readSeconds, readPxPerSecond)
  await page.click(`${messagesScroller} ~ button`)
  await page.waitForSelector(`${messagesScroller} [data-index="${messages}"]`)
  const clock = await compareClocks(page)
  return [
    ...frameRows(`a conversation of ${messages}, back to its beginning as it loads`, back),
    ...frameRows('the same, all of it loaded, at a reader\'s pace', read),
    ...arrivalRows('the same: a visitor\'s message, to the agent\'s screen', await fromVisitor(there, page, clock, sends)),
  ]
}

const plainRow = (frames: readonly number[]): Row => ({ measure: `a page of plain lines: frames past ${slowFrameMs} ms`, value: slowPercent(frames), unit: '%' })

const measure = async (begin: (part: string) => void): Promise<readonly Row[]> => {
  await using stage = await openStage()
  begin('filling')
  await fillInbox(stage.hub, conversations)
  const id = await fillConversation(stage.hub, 'mei', messages)
  begin('opening')
  const opening = await measureOpening(stage)
  begin('arrivals')
  const arrivals = await measureArrivals(stage)
  begin('scrolling a plain page')
  const before = await scrollPlain(stage, flungPxPerSecond)
  begin('scrolling the inbox')
  const inbox = await measureInbox(stage)
  begin('scrolling a conversation')
  const transcript = await measureTranscript(stage, id)
  begin('scrolling a plain page again')
  const after = await scrollPlain(stage, flungPxPerSecond)
  return [...arrivals, ...opening, ...inbox, ...transcript, plainRow([...before, ...after])]
}

/** What hangs ends the bench, which says where; whatever it started ends with it. */
const inTime = async <T>(run: (begin: (part: string) => void) => Promise<T>): Promise<T> => {
  const begun: string[] = []
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`not done in ${mostMs / 1_000} s: ${begun.join(', ')}`)), mostMs)
  const begin = (part: string) => void begun.push(`${part} from ${process.uptime().toFixed(0)} s`)
  return Promise.race([run(begin), promise]).finally(() => clearTimeout(timer))
}

export const consoleSuite: Suite = {
  run: async () => {
    const rows = await inTime(measure)
    return { title: `console: in Chromium, with ${conversations} conversations in the inbox and ${messages} messages in one of them`, rows }
  },
}
