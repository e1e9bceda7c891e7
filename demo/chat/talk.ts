import { randomUUID } from 'node:crypto'
import type { Interface } from 'node:readline'
import type { Client } from 'graphql-ws'
import { z } from 'zod'

/** One side of a conversation, as a client of the hub. */
export type Talk = {
  /** The one answer to a query or a mutation. Rejects with what the hub says against it. */
  readonly ask: <T>(schema: z.ZodType<T>, query: string, variables?: Readonly<Record<string, unknown>>) => Promise<T>
  /** Each event as it happens. A `cursor` that comes with one is where it goes on after the socket was cut. Returns what ends it. */
  readonly follow: <T extends { readonly cursor?: string | undefined }>(schema: z.ZodType<T>, query: string, variables: Readonly<Record<string, unknown>>, heard: (event: T) => void) => () => void
  readonly say: (conversationId: string, body: string) => Promise<void>
  /** What is typed, until it ends. */
  readonly typed: AsyncIterable<string>
}

export const print = (text: string): void => void process.stdout.write(`${text}\n`)

const sent = z.object({ sendMessage: z.object({ userErrors: z.array(z.object({ message: z.string() })) }) })

const sendMessage = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { userErrors { message } } }'

export const openTalk = (client: Client, lines: Interface): Talk => {
  const ask: Talk['ask'] = async (schema, query, variables = {}) => {
    for await (const { data, errors } of client.iterate({ query, variables: { ...variables } })) {
      if (data == null || errors) throw new Error(errors?.map(({ message }) => message).join('; ') ?? 'the hub gave no answer')
      return schema.parse(data)
    }
    throw new Error('the hub gave no answer')
  }
  return {
    ask,
    typed: lines,
    say: async (conversationId, body) => {
      const { sendMessage: { userErrors } } = await ask(sent, sendMessage, { input: { conversationId, body, clientMessageId: randomUUID() } })
      for (const { message } of userErrors) print(`  (${message})`)
    },
    follow: (schema, query, variables, heard) => {
      let after: string | null = null
      let end = () => {}
      let over = false
      const begin = () => {
        end = client.subscribe({ query, variables: { ...variables, after } }, {
          next: ({ data, errors }) => {
            // A part that is missing is told of beside what there is: the event itself always comes.
            for (const { message } of errors ?? []) print(`  (${message})`)
            if (data == null) return
            const event = schema.parse(data)
            after = event.cursor ?? after
            heard(event)
          },
          error: (error) => print(`  (${error instanceof Error ? error.message : JSON.stringify(error)})`),
          complete: () => undefined,
        })
      }
      begin()
      // The client asks again as it asked first when it comes back; where it is to go on is known here.
      const endWatching = client.on('connected', (_socket, _payload, wasRetry) => {
        if (!wasRetry || over) return
        end()
        begin()
      })
      return () => {
        over = true
        endWatching()
        end()
      }
    },
  }
}
