import type { ConversationChange, ConversationEventsSubscription, ConversationQuery, ConversationRowFragment, MessageRowFragment, PersonFragment } from '../../gql/graphql.ts'

/*
 * What is known of one conversation, made of what comes in whatever order: a page, the same page again, an event twice, the answer to a mutation before or after
 * its event. Pure: the same things learned give the same transcript.
 */

export type ConversationEvent = ConversationEventsSubscription['conversationEvents']
export type Page = NonNullable<NonNullable<ConversationQuery['conversation']>['messages']>

export type MessageLine = { readonly kind: 'MESSAGE'; readonly key: string; readonly position: number; readonly message: MessageRowFragment }
export type ChangeLine = {
  readonly kind: 'CHANGE'
  readonly key: string
  readonly position: number
  readonly change: ConversationChange
  readonly by: PersonFragment | null
  readonly note: string | null
  readonly at: string
}
/** `position` orders everything in a conversation. */
export type Line = MessageLine | ChangeLine

export type Typing = { readonly person: PersonFragment; readonly until: number }

export type Transcript = {
  readonly conversation: ConversationRowFragment | null
  readonly lines: readonly Line[]
  /** Of those who read: how far. */
  readonly marks: ReadonlyMap<string, number>
  readonly typing: ReadonlyMap<string, Typing>
  readonly queue: { readonly position: number; readonly estimatedWaitMs: number | null } | null
  /** Where the subscription goes on: nothing before it is missing. */
  readonly cursor: string | null
  /** Of the page before the earliest that is here; null where there is none. */
  readonly earlier: string | null
}

export const emptyTranscript: Transcript = {
  conversation: null, lines: [], marks: new Map(), typing: new Map(), queue: null, cursor: null, earlier: null,
}

/** A row keeps its key when its message comes back from the hub: it is its sender's until then. */
export const keyOf = (authorId: string, clientMessageId: string) => `${authorId}/${clientMessageId}`

const toLine = (message: MessageRowFragment): MessageLine => ({
  kind: 'MESSAGE',
  key: message.clientMessageId === null ? message.id : keyOf(message.author.id, message.clientMessageId),
  position: message.position,
  message,
})

/** Where a line belongs; nearly always at the end. */
const placeOf = (lines: readonly Line[], position: number): number => {
  let place = lines.length
  while (place > 0 && (lines[place - 1]?.position ?? 0) > position) place -= 1
  return place
}

const isAt = (lines: readonly Line[], place: number, { key, position }: Line): boolean => {
  for (let i = place - 1; i >= 0 && lines[i]?.position === position; i -= 1) if (lines[i]?.key === key) return true
  return false
}

/** With `line` in its place, once. */
const withLine = (lines: readonly Line[], line: Line): readonly Line[] => {
  const place = placeOf(lines, line.position)
  return isAt(lines, place, line) ? lines : [...lines.slice(0, place), line, ...lines.slice(place)]
}

/** Sorted by position, both; a page is merged in one go. */
const withLines = (lines: readonly Line[], added: readonly Line[]): readonly Line[] => {
  const known = new Set(lines.map(({ key }) => key))
  const fresh = added.filter(({ key }) => !known.has(key))
  if (fresh.length === 0) return lines
  return [...lines, ...fresh].sort((a, b) => a.position - b.position)
}

const newer = (was: ConversationRowFragment | null, is: ConversationRowFragment): ConversationRowFragment =>
  was !== null && was.lastPosition > is.lastPosition ? was : is

const withMark = (marks: ReadonlyMap<string, number>, participantId: string, position: number): ReadonlyMap<string, number> =>
  (marks.get(participantId) ?? 0) >= position ? marks : new Map(marks).set(participantId, position)

const withoutTyping = (typing: ReadonlyMap<string, Typing>, participantId: string): ReadonlyMap<string, Typing> => {
  if (!typing.has(participantId)) return typing
  const rest = new Map(typing)
  rest.delete(participantId)
  return rest
}

/** The conversation with its newest page, as it was read: the subscription goes on behind it. */
export const withSnapshot = (transcript: Transcript, conversation: NonNullable<ConversationQuery['conversation']>): Transcript => {
  const page = conversation.messages
  const lines = withLines(transcript.lines, page?.nodes.map(toLine) ?? [])
  const marks = conversation.readMarks.reduce((all, { participant, position }) => withMark(all, participant.id, position), transcript.marks)
  const queue = conversation.queuePosition == null ? null : { position: conversation.queuePosition, estimatedWaitMs: conversation.estimatedWaitMs ?? null }
  const first = transcript.cursor === null
  return {
    ...transcript, lines, marks, queue,
    conversation: newer(transcript.conversation, conversation),
    cursor: transcript.cursor ?? page?.pageInfo.endCursor ?? null,
    earlier: first ? earlierOf(page) : transcript.earlier,
  }
}

const earlierOf = (page: Page | null | undefined): string | null => (page?.pageInfo.hasPreviousPage ? page.pageInfo.startCursor : null)

/** With the page before the earliest. */
export const withEarlier = (transcript: Transcript, page: Page): Transcript => ({
  ...transcript, lines: withLines(transcript.lines, page.nodes.map(toLine)), earlier: earlierOf(page),
})

/** The answer to what was sent here. What others said before it may not have come yet: the cursor stays where it was. */
export const withSent = (transcript: Transcript, message: MessageRowFragment): Transcript => {
  const lines = withLine(transcript.lines, toLine(message))
  return lines === transcript.lines ? transcript : { ...transcript, lines }
}

/** How long somebody counts as typing after they were last said to be, in ms. */
export const typingMs = 6_000

/** One event of the subscription, at `now` (ms). */
export const withEvent = (transcript: Transcript, event: ConversationEvent, now: number): Transcript => {
  switch (event.__typename) {
    case 'MessagePosted': {
      const { message, cursor } = event
      const typing = withoutTyping(transcript.typing, message.author.id)
      return { ...transcript, typing, cursor, lines: withLine(transcript.lines, toLine(message)) }
    }
    case 'ConversationChanged':
      return withChange(transcript, event)
    case 'TypingChanged': {
      const { participant, typing } = event
      if (!typing) return { ...transcript, typing: withoutTyping(transcript.typing, participant.id) }
      return { ...transcript, typing: new Map(transcript.typing).set(participant.id, { person: participant, until: now + typingMs }) }
    }
    case 'ReadChanged': {
      const marks = withMark(transcript.marks, event.participant.id, event.position)
      return marks === transcript.marks ? transcript : { ...transcript, marks }
    }
    case 'QueueMoved':
      return { ...transcript, queue: { position: event.position, estimatedWaitMs: event.estimatedWaitMs ?? null } }
  }
}

type Changed = Extract<ConversationEvent, { __typename: 'ConversationChanged' }>

const withChange = (transcript: Transcript, { cursor, conversation, change, by, note }: Changed): Transcript => {
  const line: ChangeLine = {
    kind: 'CHANGE', key: `change/${conversation.lastPosition}`, position: conversation.lastPosition, change, by: by ?? null, note: note ?? null, at: conversation.lastActivityAt,
  }
  const queue = conversation.status === 'WAITING' ? transcript.queue : null
  return { ...transcript, cursor, queue, lines: withLine(transcript.lines, line), conversation: newer(transcript.conversation, conversation) }
}

/** Without those who were said to be typing too long ago. */
export const withoutSilent = (transcript: Transcript, now: number): Transcript => {
  const typing = new Map([...transcript.typing].filter(([, { until }]) => until > now))
  return typing.size === transcript.typing.size ? transcript : { ...transcript, typing }
}
