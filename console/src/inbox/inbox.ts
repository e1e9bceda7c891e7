import type { ConversationRowFragment, ConversationsQuery, InboxCountsQuery, InboxEventsSubscription, MessageRowFragment } from '../../gql/graphql.ts'

/* What is known of the conversations that an agent may see, and which of them each list shows. Pure. */

export type InboxEvent = InboxEventsSubscription['inboxEvents']

export type InboxRow = {
  readonly conversation: ConversationRowFragment
  readonly unread: number
  readonly last: MessageRowFragment | null
}

export const viewNames = ['waiting', 'offered', 'mine', 'department', 'all'] as const
export type ViewName = (typeof viewNames)[number]
/** `department` is of that view alone: at and below it. */
export type View = { readonly name: ViewName; readonly department: string | null }

export type Inbox = {
  readonly rows: ReadonlyMap<string, InboxRow>
  readonly counts: InboxCountsQuery['inboxCounts']
  /** What is offered to this agent: whom a conversation is offered to is not on the conversation itself. */
  readonly offered: ReadonlySet<string>
  /** Where the subscription goes on. */
  readonly cursor: string | null
}

export const emptyInbox: Inbox = { rows: new Map(), counts: null, offered: new Set(), cursor: null }

type Found = NonNullable<ConversationsQuery['conversations']>['nodes'][number]

/** With a page of a list; what has been heard of since it was read stays. */
export const withFound = (inbox: Inbox, found: readonly Found[]): Inbox => {
  const rows = new Map(inbox.rows)
  for (const { unreadCount, lastMessage, ...conversation } of found) {
    const known = rows.get(conversation.id)
    const isNewer = known !== undefined && known.conversation.lastPosition > conversation.lastPosition
    rows.set(conversation.id, { conversation: isNewer ? known.conversation : conversation, unread: unreadCount, last: newest(known?.last ?? null, lastMessage) })
  }
  return { ...inbox, rows }
}

const newest = (a: MessageRowFragment | null, b: MessageRowFragment | null) => ((a?.position ?? 0) > (b?.position ?? 0) ? a : b)

/** With all that is offered to this agent now. */
export const withOffered = (inbox: Inbox, found: readonly Found[]): Inbox => ({ ...withFound(inbox, found), offered: new Set(found.map(({ id }) => id)) })

const withRow = (inbox: Inbox, id: string, change: (row: InboxRow | null) => InboxRow | null): Inbox => {
  const was = inbox.rows.get(id) ?? null
  const row = change(was)
  if (row === was) return inbox
  const rows = new Map(inbox.rows)
  if (row === null) rows.delete(id)
  else rows.set(id, row)
  return { ...inbox, rows }
}

const withConversation = (inbox: Inbox, conversation: ConversationRowFragment): Inbox =>
  withRow(inbox, conversation.id, (row) => {
    if (row && row.conversation.lastPosition > conversation.lastPosition) return row
    return { conversation, unread: row?.unread ?? 0, last: row?.last ?? null }
  })

/** Taken by somebody: it is theirs. Moved out of sight: it is gone. */
const withLeft = (inbox: Inbox, id: string, takenBy: ConversationRowFragment['agent']): Inbox =>
  withRow(inbox, id, (row) => {
    if (!row || takenBy === null) return null
    return { ...row, conversation: { ...row.conversation, status: 'ACTIVE', agent: takenBy } }
  })

const withMessage = (inbox: Inbox, id: string, message: MessageRowFragment, me: string): Inbox =>
  withRow(inbox, id, (row) => {
    if (!row || (row.last && row.last.position >= message.position)) return row
    const unread = message.author.id === me ? row.unread : row.unread + 1
    const lastPosition = Math.max(row.conversation.lastPosition, message.position)
    return { conversation: { ...row.conversation, lastActivityAt: message.sentAt, lastPosition }, unread, last: message }
  })

export const withInboxEvent = (inbox: Inbox, event: InboxEvent, me: string): Inbox => {
  switch (event.__typename) {
    case 'ConversationArrived':
    case 'ConversationChanged':
      return { ...withConversation(inbox, event.conversation), cursor: event.cursor }
    case 'ConversationLeft':
      return { ...withLeft(inbox, event.conversationId, event.takenBy), cursor: event.cursor }
    case 'MessagePosted':
      return { ...withMessage(inbox, event.conversation.id, event.message, me), cursor: event.cursor }
    case 'AgentChanged':
      return inbox
  }
}

/** All of it has been read here. */
export const withRead = (inbox: Inbox, id: string): Inbox =>
  withRow(inbox, id, (row) => (row && row.unread > 0 ? { ...row, unread: 0 } : row))

/** What an answer to a mutation says of a conversation. */
export const withAnswer = withConversation

const isBelow = (path: string | undefined, department: string) => path === department || path?.startsWith(`${department}/`) === true

const shows = ({ offered }: Pick<Inbox, 'offered'>, { name, department }: View, { conversation: { id, status, agent, department: where } }: InboxRow, me: string): boolean => {
  switch (name) {
    case 'waiting': return status === 'WAITING' || status === 'OFFLINE'
    case 'offered': return status === 'OFFERED' && offered.has(id)
    case 'mine': return status === 'ACTIVE' && agent?.id === me
    case 'department': return status !== 'CLOSED' && (department === null || isBelow(where?.path, department))
    case 'all': return true
  }
}

const text = (a: string, b: string) => (a < b ? -1 : Number(a > b))

/** Who has waited longest first; elsewhere the newest activity. */
const order = (name: ViewName) => (a: InboxRow, b: InboxRow): number =>
  name === 'waiting' || name === 'offered'
    ? text(a.conversation.openedAt, b.conversation.openedAt) || text(a.conversation.id, b.conversation.id)
    : text(b.conversation.lastActivityAt, a.conversation.lastActivityAt) || text(a.conversation.id, b.conversation.id)

export const listRows = (inbox: Pick<Inbox, 'rows' | 'offered'>, view: View, me: string): readonly InboxRow[] =>
  [...inbox.rows.values()].filter((row) => shows(inbox, view, row, me)).sort(order(view.name))

export const offeredToMe = { status: ['OFFERED'], mine: true } as const

/** What the hub is asked for, to fill a list. */
export const filterOf = ({ name, department }: View) => {
  switch (name) {
    case 'waiting': return { status: ['WAITING', 'OFFLINE'] as const }
    case 'offered': return offeredToMe
    case 'mine': return { status: ['ACTIVE'] as const, mine: true }
    case 'department': return { status: ['WAITING', 'OFFERED', 'ACTIVE', 'OFFLINE'] as const, ...(department === null ? {} : { departmentPath: department }) }
    case 'all': return {}
  }
}

/** How a waiting time looks: from when on it is amber, and red. */
export const warmthOf = (waitedMs: number): 'cool' | 'warm' | 'hot' => {
  if (waitedMs < 60_000) return 'cool'
  return waitedMs < 300_000 ? 'warm' : 'hot'
}

/** As `rows`, in the order that was on the screen; what is new comes last. */
export const heldOrder = (rows: readonly InboxRow[], held: readonly string[]): readonly InboxRow[] => {
  const places = new Map(held.map((id, i) => [id, i]))
  const placeOf = ({ conversation }: InboxRow) => places.get(conversation.id) ?? held.length
  return rows.toSorted((a, b) => placeOf(a) - placeOf(b))
}
