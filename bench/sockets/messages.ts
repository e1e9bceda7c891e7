/* The server's messages of graphql-transport-ws, read by hand: a schema library would be most of what a received event costs here. */

type GraphqlFailure = { readonly message: string; readonly code: string }

export type Answer = { readonly data: unknown; readonly errors: readonly GraphqlFailure[] }

export type ServerMessage =
  | { readonly type: 'connection_ack' }
  | { readonly type: 'ping' }
  | { readonly type: 'pong' }
  | { readonly type: 'next'; readonly id: string; readonly answer: Answer }
  | { readonly type: 'error'; readonly id: string; readonly errors: Answer['errors'] }
  | { readonly type: 'complete'; readonly id: string }

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const noErrors: Answer['errors'] = []

const errorsOf = (given: unknown): Answer['errors'] => {
  if (!Array.isArray(given)) return noErrors
  return given.map((error: unknown) => {
    if (!isRecord(error)) return { message: '', code: '' }
    const { message, extensions } = error
    return { message: wordOf(message), code: isRecord(extensions) ? wordOf(extensions['code']) : '' }
  })
}

/** Throws where it is none. */
export const readMessage = (text: string): ServerMessage => {
  const told: unknown = JSON.parse(text)
  if (!isRecord(told)) throw new Error(`not a message: ${text.slice(0, 200)}`)
  const { type, payload } = told
  const id = wordOf(told['id'])
  if (type === 'next' && isRecord(payload)) return { type, id, answer: { data: payload['data'], errors: errorsOf(payload['errors']) } }
  if (type === 'error') return { type, id, errors: errorsOf(payload) }
  if (type === 'complete') return { type, id }
  if (type === 'connection_ack' || type === 'ping' || type === 'pong') return { type }
  throw new Error(`not a message: ${text.slice(0, 200)}`)
}
