import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { print } from './talk.ts'
import type { Talk } from './talk.ts'

const started = z.object({
  startConversation: z.object({
    conversation: z.object({ id: z.string() }).nullable(),
    message: z.object({ cursor: z.string() }).nullable(),
    userErrors: z.array(z.object({ message: z.string() })),
  }),
})

const start = `mutation ($input: StartConversationInput!) { startConversation(input: $input) {
  conversation { id } message { cursor } userErrors { message } } }`

const follow = `subscription ($id: ID!, $after: String) { conversationEvents(conversationId: $id, after: $after) { __typename
  ... on MessagePosted { cursor message { body author { __typename displayName } } }
  ... on ConversationChanged { cursor change conversation { agent { displayName } department { path name } } }
  ... on TypingChanged { typing participant { __typename displayName } }
  ... on QueueMoved { place: position } } }`

const event = z
  .object({
    conversationEvents: z.discriminatedUnion('__typename', [
      z.object({
        __typename: z.literal('MessagePosted'), cursor: z.string(),
        message: z.object({ body: z.string(), author: z.object({ __typename: z.string(), displayName: z.string() }) }),
      }),
      z.object({ __typename: z.literal('ConversationChanged'), cursor: z.string(), change: z.string(), conversation: z.object({
        agent: z.object({ displayName: z.string() }).nullable(), department: z.object({ path: z.string(), name: z.string().nullable() }).nullable(),
      }) }),
      z.object({ __typename: z.literal('TypingChanged'), typing: z.boolean(), participant: z.object({ __typename: z.string(), displayName: z.string() }) }),
      z.object({ __typename: z.literal('QueueMoved'), place: z.int() }),
      z.object({ __typename: z.literal('ReadChanged') }),
    ]),
  })
  .transform(({ conversationEvents: happened }) => ({ happened, cursor: 'cursor' in happened ? happened.cursor : undefined }))

type Changed = { readonly change: string; readonly conversation: { readonly agent: { readonly displayName: string } | null; readonly department: { readonly path: string; readonly name: string | null } | null } }

const describeChange = ({ change, conversation: { agent, department } }: Changed): string => {
  const whom = change === 'ROUTED' ? (department?.name ?? department?.path) : agent?.displayName
  return `${change.toLowerCase()}${whom === undefined ? '' : `, ${whom}`}`
}

const hear = ({ happened }: z.infer<typeof event>): void => {
  if (happened.__typename === 'MessagePosted' && happened.message.author.__typename !== 'Visitor') print(`${happened.message.author.displayName}: ${happened.message.body}`)
  if (happened.__typename === 'ConversationChanged') print(`  (${describeChange(happened)})`)
  if (happened.__typename === 'QueueMoved') print(`  (place ${happened.place} in the queue)`)
  if (happened.__typename === 'TypingChanged' && happened.typing && happened.participant.__typename === 'Agent') print(`  (${happened.participant.displayName} is typing)`)
}

/** The first line opens the conversation. */
export const talkAsVisitor = async ({ ask, follow: listen, say, typed }: Talk): Promise<void> => {
  print('You are visitor-1, customer C-1001. What you type first opens a conversation; Ctrl-C ends.')
  const state: { id: string | null; end: () => void } = { id: null, end: () => {} }
  for await (const line of typed) {
    if (line.trim() === '') continue
    if (state.id !== null) {
      await say(state.id, line)
      continue
    }
    const { startConversation: { conversation, userErrors } } = await ask(started, start, { input: { body: line, clientMessageId: randomUUID() } })
    for (const { message } of userErrors) print(`  (${message})`)
    if (!conversation) continue
    state.id = conversation.id
    state.end = listen(event, follow, { id: conversation.id }, hear)
  }
  state.end()
}
