/* What the chat's benches ask, and how they read the answers: by hand, as it is read thousands of times a second. */

export const startConversation = `mutation Start($input: StartConversationInput!) {
  startConversation(input: $input) { conversation { id } message { id position seq kind body cursor } deduplicated userErrors { code message } }
}`

export const sendMessage = `mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id position seq kind body } deduplicated userErrors { code message } }
}`

export const acceptConversation = `mutation Accept($id: ID!) {
  acceptConversation(id: $id) { conversation { id agent { id } } userErrors { code message } }
}`

export const setAvailability = `mutation Available($capacity: Int!) { setAvailability(availability: ONLINE, capacity: $capacity) { id capacity } }`

export const takenBy = `query TakenBy($id: ID!) { conversation(id: $id) { id agent { id } } }`

export const history = `query History($id: ID!, $after: String) {
  conversation(id: $id) { id messages(first: 100, after: $after) { nodes { id position seq kind body cursor } pageInfo { hasNextPage endCursor } } }
}`

export const conversationEvents = `subscription Events($id: ID!, $after: String) {
  conversationEvents(conversationId: $id, after: $after) {
    __typename
    ... on MessagePosted { cursor message { id position seq kind body } }
    ... on ConversationChanged { cursor change }
  }
}`

export const inboxEvents = `subscription Inbox($after: String) {
  inboxEvents(after: $after) {
    __typename
    ... on ConversationArrived { cursor }
    ... on ConversationLeft { cursor }
    ... on ConversationChanged { cursor }
    ... on MessagePosted { cursor }
  }
}`

/** What is there at a path of keys; undefined where nothing is. */
export const dig = (value: unknown, ...keys: readonly (string | number)[]): unknown => {
  let at = value
  for (const key of keys) {
    if (typeof at !== 'object' || at === null) return undefined
    at = Reflect.get(at, key)
  }
  return at
}

export const textAt = (value: unknown, ...keys: readonly (string | number)[]): string | null => {
  const found = dig(value, ...keys)
  return typeof found === 'string' ? found : null
}
