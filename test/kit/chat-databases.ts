import { connect } from 'node:net'
import { Client } from 'pg'
import { databases } from './databases.ts'

/* What the tests of the chat run on: databases of their own, and NATS. */

export const natsAt = { host: '127.0.0.1', port: 4222 }
export const natsUrl = `nats://${natsAt.host}:${natsAt.port}`

const answers = ({ host, port }: typeof natsAt): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(true)).on('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

const skipNats = async (): Promise<string | false> => {
  if (await answers(natsAt)) return false
  if (process.env['CI'] === 'true') throw new Error(`NATS is not there, at ${natsUrl}`)
  return 'NATS is not there'
}

export const skipWithoutNats = await skipNats()
export const skipWithoutPostgresql = databases.postgresql.skip

export type PostgresqlOfTest = AsyncDisposable & {
  readonly url: string
  /** One statement, past the hub. */
  run(statement: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>
}

const runOn = async (url: string, statement: string, values: readonly unknown[]) => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement, [...values])).rows
  } finally {
    await client.end()
  }
}

/** Without a table in it; whoever opens it first migrates it. */
export const reservePostgresql = async (): Promise<PostgresqlOfTest> => {
  const reserved = await databases.postgresql.reserve()
  const { url = '' } = reserved.settings
  return { url, run: (statement, values = []) => runOn(url, statement, values), [Symbol.asyncDispose]: () => reserved[Symbol.asyncDispose]() }
}

/** In the words of `startRunningHub`. */
export const reserveFor = async (kind: keyof typeof databases): Promise<AsyncDisposable & { readonly settings: { readonly url?: string; readonly dataDir: string } }> => {
  const { settings: { url, dataDir }, ...reserved } = await databases[kind].reserve()
  const settings = { dataDir, ...(url === undefined ? {} : { url }) }
  return { settings, [Symbol.asyncDispose]: () => reserved[Symbol.asyncDispose]() }
}

