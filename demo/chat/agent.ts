import { z } from 'zod'
import { print } from './talk.ts'
import type { Talk } from './talk.ts'

const waiting = z.object({ conversations: z.object({ nodes: z.array(z.object({ id: z.string() })) }).nullable() })
const listWaiting = '{ conversations(filter: { status: [WAITING, OFFERED] }, first: 1) { nodes { id } } }'

const order = z.object({
  id: z.string(), status: z.string().nullable(), total: z.object({ amount: z.string(), currency: z.string() }).nullable(),
  shipments: z.array(z.object({ carrier: z.string().nullable(), status: z.string().nullable() }).nullable()).nullable(),
})

const customer = z.object({
  id: z.string(), profile: z.object({ name: z.string(), tier: z.string() }).nullable(), orders: z.object({ nodes: z.array(order.nullable()) }).nullable(),
})

/** Out of three systems, read when it is asked for: with each message anew. */
const selectCustomer = 'customer { id profile { name tier } orders(first: 5) { nodes { id status total { amount currency } shipments { carrier status } } } }'

const routing = z.object({ department: z.object({ path: z.string() }), reasons: z.array(z.string()) })

const accepted = z.object({
  acceptConversation: z.object({
    conversation: z.object({ customer: customer.nullable(), routing: routing.nullable(), messages: z.object({ nodes: z.array(z.object({ body: z.string() })) }).nullable() }).nullable(),
    userErrors: z.array(z.object({ message: z.string() })),
  }),
})
const accept = `mutation ($id: ID!) { acceptConversation(id: $id) {
  conversation { ${selectCustomer} routing { department { path } reasons } messages(first: 1) { nodes { body } } } userErrors { message } } }`

const inbox = `subscription { inboxEvents { __typename
  ... on ConversationArrived { conversation { id } } } }`
const inboxEvent = z
  .object({ inboxEvents: z.object({ __typename: z.string(), conversation: z.object({ id: z.string() }).optional() }) })
  .transform(({ inboxEvents }) => ({ cursor: undefined, arrived: inboxEvents.__typename === 'ConversationArrived' ? (inboxEvents.conversation?.id ?? null) : null }))

const follow = `subscription ($id: ID!, $after: String) { conversationEvents(conversationId: $id, after: $after) { __typename
  ... on MessagePosted { cursor
    message { body author { __typename displayName } }
    conversation { ${selectCustomer} } }
  ... on ConversationChanged { cursor change } } }`

const event = z
  .object({
    conversationEvents: z.object({
      __typename: z.string(), cursor: z.string().optional(), change: z.string().optional(),
      message: z.object({ body: z.string(), author: z.object({ __typename: z.string(), displayName: z.string() }) }).optional(),
      conversation: z.object({ customer: customer.nullable() }).optional(),
    }),
  })
  .transform(({ conversationEvents }) => conversationEvents)

/** The newest order that has been sent, or the newest one. */
const describeCustomer = ({ id, profile, orders }: z.infer<typeof customer>): string => {
  const [first] = orders?.nodes ?? []
  const newest = orders?.nodes.find((one) => one !== null && (one.shipments?.length ?? 0) > 0) ?? first
  const shipments = newest?.shipments?.map((one) => (one ? `${one.carrier ?? '?'}: ${one.status ?? '?'}` : '?')).join(', ') ?? 'shipments unknown'
  const total = newest?.total ? `${newest.total.amount} ${newest.total.currency}` : '?'
  const what = newest ? `${newest.id} ${newest.status ?? '?'} ${total} (${shipments === '' ? 'no shipment yet' : shipments})` : 'orders unknown'
  return `${profile ? `${profile.name}, ${profile.tier}` : id}; ${what}`
}

const hear = ({ message, conversation, change }: z.infer<typeof event>): void => {
  if (change !== undefined) print(`  (${change.toLowerCase()})`)
  if (message?.author.__typename !== 'Visitor') return
  print(`${message.author.displayName}: ${message.body}`)
  if (conversation?.customer) print(`  [${describeCustomer(conversation.customer)}]`)
}

/** Takes the first conversation that waits or comes, and answers in it. */
export const talkAsAgent = async ({ ask, follow: listen, say, typed }: Talk, name: string, departments: readonly string[]): Promise<void> => {
  print(`You are ${name} of ${departments.join(', ')}. The first conversation that waits there is yours; Ctrl-C ends.`)
  const state: { id: string | null; end: () => void } = { id: null, end: () => {} }
  const take = async (id: string) => {
    if (state.id !== null) return
    state.id = id
    const { acceptConversation: { conversation, userErrors } } = await ask(accepted, accept, { id })
    const [first] = conversation?.messages?.nodes ?? []
    if (!first || userErrors.length > 0) {
      for (const { message } of userErrors) print(`  (${message})`)
      state.id = null
      return
    }
    print(`  (a conversation is yours; it began with: ${first.body})`)
    for (const reason of conversation?.routing?.reasons ?? []) print(`  · ${reason}`)
    if (conversation?.customer) print(`  [${describeCustomer(conversation.customer)}]`)
    state.end = listen(event, follow, { id }, hear)
  }
  const endInbox = listen(inboxEvent, inbox, {}, ({ arrived }) => void (arrived === null ? undefined : take(arrived)))
  const [waits] = (await ask(waiting, listWaiting)).conversations?.nodes ?? []
  if (waits) await take(waits.id)
  for await (const line of typed) {
    if (state.id !== null && line.trim() !== '') await say(state.id, line)
    else if (state.id === null) print('  (nobody is there yet)')
  }
  state.end()
  endInbox()
}
