/*
 * What was said, what was acknowledged and what each side received, and whether they balance. It drops nothing: a client that resumes by its
 * cursor may be told nothing twice. No I/O; the order of the calls is the order in which a side was told.
 */

export type Side = 'visitor' | 'agent'
export type Kind = 'TEXT' | 'NOTE' | 'SYSTEM'

/** A message as one side sees it. `key`: what its sender alone chose, so that it can be told from any other. `position`: as this side sees it. */
export type Told = { readonly conversation: string; readonly key: string; readonly kind: Kind; readonly position: number; readonly seq: number | null }

export type Sent = { readonly conversation: string; readonly key: string; readonly kind: Kind; readonly author: Side }

const faults = {
  lost: 'acknowledged, and not received by a side that should have it',
  doubled: 'received twice by one side, or kept twice',
  disordered: 'received, or acknowledged to its author, after what follows it',
  gap: 'a number of the gapless ones is missing, or there twice',
  unsaid: 'received, and never sent',
  leaked: 'a note that a visitor received',
  misplaced: 'received at another place than the one that was acknowledged',
  unkept: 'what an agent received is not what the database keeps',
  unanswered: 'sent, and never acknowledged',
} as const

export type Fault = keyof typeof faults
export const faultWords: Readonly<Record<Fault, string>> = faults

export type Finding = { readonly fault: Fault; readonly conversation: string; readonly side: Side | null; readonly what: string }

export type Balance = {
  readonly conversations: number
  readonly sent: number
  readonly acknowledged: number
  readonly received: Readonly<Record<Side, number>>
  readonly findings: readonly Finding[]
}

export type Ledger = {
  /** Before it leaves; again where it is sent again. */
  send(message: Sent): void
  acknowledge(message: Told): void
  receive(side: Side, message: Told): void
  /** All that the database has of one conversation, as an agent sees it. */
  keep(conversation: string, messages: readonly Told[]): void
  balance(): Balance
}

type Page = {
  readonly sent: Map<string, Sent>
  /** In the order of the acknowledgements. */
  readonly acknowledged: Map<string, Told>
  readonly received: Readonly<Record<Side, Told[]>>
  kept: readonly Told[] | null
}

type Report = (fault: Fault, side: Side | null, what: string) => void

const sides = ['visitor', 'agent'] as const

const isFor = (side: Side, kind: Kind): boolean => side === 'agent' || kind !== 'NOTE'

const checkOrder = (messages: readonly Told[], side: Side | null, report: Report): void => {
  const seen = new Set<string>()
  let [position, seq] = [0, 0]
  for (const message of messages) {
    if (seen.has(message.key)) report('doubled', side, message.key)
    else if (message.position <= position) report('disordered', side, `${message.key} at ${message.position} after ${position}`)
    seen.add(message.key)
    position = Math.max(position, message.position)
    if (message.kind === 'NOTE') continue
    if (message.seq !== seq + 1) report('gap', side, `${message.seq ?? 'none'} after ${seq}`)
    seq = message.seq ?? seq
  }
}

const checkReceived = ({ sent, acknowledged, received }: Page, side: Side, report: Report): void => {
  const there = new Map(received[side].map((message) => [message.key, message]))
  for (const { key, kind } of received[side]) {
    if (!isFor(side, kind)) report('leaked', side, key)
    if (kind !== 'SYSTEM' && !sent.has(key)) report('unsaid', side, key)
  }
  for (const { key, kind, position, seq } of acknowledged.values()) {
    const message = there.get(key)
    if (message === undefined && isFor(side, kind)) report('lost', side, key)
    // Positions are as the author's side sees them; a `seq` is the same for both.
    const moved = message !== undefined && (message.seq !== seq || (sent.get(key)?.author === side && message.position !== position))
    if (moved) report('misplaced', side, `${key} at ${message.position}, and acknowledged at ${position}`)
  }
}

/** An author waits for one acknowledgement before the next message: what they were told first comes first. */
const checkAuthors = ({ sent, acknowledged }: Page, report: Report): void => {
  const last = { visitor: 0, agent: 0 }
  for (const { key, position } of acknowledged.values()) {
    const author = sent.get(key)?.author
    if (author === undefined) continue
    if (position <= last[author]) report('disordered', author, `${key} acknowledged at ${position} after ${last[author]}`)
    last[author] = Math.max(last[author], position)
  }
}

const wordsOf = (message: Told | undefined): string =>
  message === undefined ? 'nothing' : `${message.key} ${message.kind} at ${message.position}, ${message.seq ?? 'no seq'}`

const checkKept = ({ kept, received: { agent } }: Page, report: Report): void => {
  if (kept === null) return
  checkOrder(kept, null, report)
  const at = Array.from({ length: Math.max(kept.length, agent.length) }, (_, index) => index)
    .find((index) => wordsOf(kept[index]) !== wordsOf(agent[index]))
  if (at !== undefined) report('unkept', 'agent', `received ${wordsOf(agent[at])}, and kept is ${wordsOf(kept[at])}`)
}

const checkPage = (page: Page, report: Report): void => {
  for (const side of sides) {
    checkOrder(page.received[side], side, report)
    checkReceived(page, side, report)
  }
  checkAuthors(page, report)
  checkKept(page, report)
  for (const key of page.sent.keys()) if (!page.acknowledged.has(key)) report('unanswered', null, key)
}

const sum = (pages: readonly Page[], count: (page: Page) => number): number => pages.reduce((total, page) => total + count(page), 0)

export const openLedger = (): Ledger => {
  const pages = new Map<string, Page>()
  const pageOf = (conversation: string): Page => {
    const page = pages.get(conversation) ?? { sent: new Map(), acknowledged: new Map(), received: { visitor: [], agent: [] }, kept: null }
    pages.set(conversation, page)
    return page
  }
  return {
    send: (message) => void pageOf(message.conversation).sent.set(message.key, message),
    acknowledge: (message) => void pageOf(message.conversation).acknowledged.set(message.key, message),
    receive: (side, message) => void pageOf(message.conversation).received[side].push(message),
    keep: (conversation, messages) => void (pageOf(conversation).kept = messages),
    balance: () => {
      const all = [...pages.values()]
      const findings: Finding[] = []
      for (const [conversation, page] of pages) checkPage(page, (fault, side, what) => findings.push({ fault, conversation, side, what }))
      return {
        conversations: all.length,
        sent: sum(all, ({ sent }) => sent.size),
        acknowledged: sum(all, ({ acknowledged }) => acknowledged.size),
        received: { visitor: sum(all, ({ received }) => received.visitor.length), agent: sum(all, ({ received }) => received.agent.length) },
        findings,
      }
    },
  }
}
