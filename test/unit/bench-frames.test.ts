import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { GraphQLObjectType, GraphQLNonNull, GraphQLSchema, GraphQLString } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { jwtVerify } from 'jose'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { openConnection, refusalOf } from '../../bench/sockets/connection.ts'
import type { Connection } from '../../bench/sockets/connection.ts'
import { encodeFrame, FrameError, opcodes, openFrameReader } from '../../bench/sockets/frames.ts'
import { openGraphqlClient, SocketClosed } from '../../bench/sockets/graphql-client.ts'
import { signQuickly } from '../../bench/sockets/tokens.ts'

const secret = 'a secret of this test, long enough for HS256'
/** Around each limit of the three forms of a length. */
const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 300_000] as const

const startServer = async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, handleProtocols: () => 'graphql-transport-ws' })
  await once(server, 'listening')
  const { port } = z.object({ port: z.int() }).parse(server.address())
  return {
    server,
    address: { host: '127.0.0.1', port, localAddress: '127.0.0.9' },
    [Symbol.asyncDispose]: async () => {
      for (const client of server.clients) client.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A queue, so that nothing that arrives early is missed. */
const openQueue = <T>() => {
  const arrived: T[] = []
  const waiting: ((value: T) => void)[] = []
  return {
    put: (value: T) => {
      const next = waiting.shift()
      if (next) next(value)
      else arrived.push(value)
    },
    take: async (): Promise<T> => {
      const [first] = arrived.splice(0, 1)
      return first ?? new Promise<T>((resolve) => void waiting.push(resolve))
    },
  }
}

type Pair = AsyncDisposable & { readonly theirs: WebSocket; readonly ours: Connection; readonly texts: { take(): Promise<string> }; readonly closed: Promise<readonly [number | null, string]> }

const connectPair = async (): Promise<Pair> => {
  const started = await startServer()
  const connected = once(started.server, 'connection')
  const texts = openQueue<string>()
  const closed = Promise.withResolvers<readonly [number | null, string]>()
  const opened = Promise.withResolvers<undefined>()
  const ours = openConnection(started.address, { opened: () => opened.resolve(undefined), text: texts.put, closed: (code, reason) => closed.resolve([code, reason]) })
  await opened.promise
  const theirs = z.instanceof(WebSocket).parse((await connected)[0])
  return { theirs, ours, texts, closed: closed.promise, [Symbol.asyncDispose]: () => (ours.destroy(), started[Symbol.asyncDispose]()) }
}

const messageOf = (payload: readonly unknown[]) => z.tuple([z.instanceof(Buffer)]).rest(z.unknown()).parse(payload)[0]

describe('frames of the load generator', () => {
  test('a server of the ws library reads what the generator sends, whatever its length', async () => {
    await using pair = await connectPair()
    for (const length of lengths) {
      const text = 'é'.repeat(length / 2) + 'x'.repeat(length % 2)
      const received = once(pair.theirs, 'message')
      pair.ours.sendText(text)
      assert.equal(messageOf(await received).toString(), text)
    }
  })

  test('the generator reads what a server of the ws library sends, whatever its length', async () => {
    await using pair = await connectPair()
    for (const length of lengths) pair.theirs.send('y'.repeat(length))
    for (const length of lengths) assert.equal(await pair.texts.take(), 'y'.repeat(length))
  })

  test('fragments become one message, also with a ping between them, which is answered', async () => {
    await using pair = await connectPair()
    const pong = once(pair.theirs, 'pong')
    pair.theirs.send('one ', { fin: false })
    pair.theirs.ping('are you there')
    pair.theirs.send('two ', { fin: false })
    pair.theirs.send('three', { fin: true })
    assert.equal(await pair.texts.take(), 'one two three')
    assert.equal(messageOf(await pong).toString(), 'are you there')
  })

  test("a server's close comes with its code and its reason", async () => {
    await using pair = await connectPair()
    pair.theirs.close(1012, 'service restart')
    assert.deepEqual(await pair.closed, [1012, 'service restart'])
  })

  test('a goodbye of the generator is a clean close for the server', async () => {
    await using pair = await connectPair()
    const closed = once(pair.theirs, 'close')
    pair.ours.close()
    assert.deepEqual((await closed)[0], 1000)
  })

  test('a message that arrives byte by byte, in a buffer that is used again, is whole', () => {
    const texts: string[] = []
    const reader = openFrameReader({ text: (text) => texts.push(text), ping: () => undefined, close: () => undefined })
    const buffer = Buffer.alloc(1)
    for (const byte of [0x81, 3, ...Buffer.from('abc'), 0x81, 126, 0, 130, ...Buffer.from('d'.repeat(130))]) {
      buffer[0] = byte
      reader.read(buffer)
    }
    assert.deepEqual(texts, ['abc', 'd'.repeat(130)])
  })

  test('what a server must not send is noticed', () => {
    const read = (...bytes: readonly number[]) => openFrameReader({ text: () => undefined, ping: () => undefined, close: () => undefined }).read(Buffer.from(bytes))
    const wrong = { masked: [0x81, 0x81, 0, 0, 0, 0, 0], compressed: [0xc1, 1, 0], 'a fragment of nothing': [0x80, 1, 0], binary: [0x82, 1, 0], 'a long ping': [0x89, 126, 0, 126, ...Buffer.alloc(126)] }
    for (const [name, bytes] of Object.entries(wrong)) assert.throws(() => read(...bytes), FrameError, name)
  })

  test('each client frame is masked with another key', () => {
    const frames = Array.from({ length: 5_000 }, () => encodeFrame(opcodes.text, Buffer.from('the same')).subarray(2, 6).toString('hex'))
    assert.ok(new Set(frames).size > 4_990)
  })

  test('a refused handshake says what the server answered', () => {
    assert.equal(refusalOf('HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0', 'abc'), 'HTTP/1.1 429 Too Many Requests')
    assert.match(refusalOf('HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: other', 'abc') ?? '', /wrong/)
  })
})

const word = { type: new GraphQLNonNull(GraphQLString) }
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { word: { ...word, args: { say: word }, resolve: (_, { say }: { say: string }) => say }, never: { ...word, resolve: () => new Promise(() => {}) } } }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      words: {
        ...word,
        async *subscribe() {
          yield { words: 'first' }
          yield { words: 'second' }
        },
      },
      refused: { ...word, subscribe: () => Promise.reject(new Error('not for you')) },
    },
  }),
})

const startGraphql = async () => {
  const started = await startServer()
  const tokens: unknown[] = []
  useServer({ schema, onConnect: ({ connectionParams }) => void tokens.push(connectionParams?.['authorization']) }, started.server)
  return { ...started, tokens }
}

describe("the generator's client of graphql-transport-ws", () => {
  test('it asks, listens and pings a server of graphql-ws, with its token', async () => {
    await using started = await startGraphql()
    const client = openGraphqlClient({ address: started.address, token: 'abc' })
    await client.ready
    assert.deepEqual(started.tokens, ['Bearer abc'])
    assert.deepEqual(await client.ask('query W($say: String!) { word(say: $say) }', { say: 'hello' }), { data: { word: 'hello' }, errors: [] })
    const words = openQueue<unknown>()
    client.subscribe('subscription { words }', {}, { next: ({ data }) => words.put(data), ended: (errors) => words.put(errors) })
    assert.deepEqual([await words.take(), await words.take(), await words.take()], [{ words: 'first' }, { words: 'second' }, []])
    await client.ping()
    client.close()
  })

  test('a refused subscription and a refused query give their errors', async () => {
    await using started = await startGraphql()
    const client = openGraphqlClient({ address: started.address, token: 'abc' })
    const told = openQueue<readonly { message: string }[]>()
    await client.ready
    client.subscribe('subscription { refused }', {}, { next: ({ errors }) => told.put(errors), ended: told.put })
    assert.equal((await told.take())[0]?.message, 'not for you')
    client.subscribe('subscription { nothing }', {}, { next: ({ errors }) => told.put(errors), ended: told.put })
    assert.deepEqual(await told.take(), [])
    assert.match((await told.take())[0]?.message ?? '', /nothing/)
    assert.match((await client.ask('{ nothing }', {})).errors[0]?.message ?? '', /nothing/)
    client.close()
  })

  test('who waits is told when the wire is cut, from either end', async () => {
    await using started = await startGraphql()
    const closings = openQueue<SocketClosed>()
    const client = openGraphqlClient({ address: started.address, token: 'abc', closed: closings.put })
    await client.ready
    const asked = client.ask('{ never }', {})
    client.cut()
    await assert.rejects(asked, SocketClosed)
    await assert.rejects(client.ping(), SocketClosed)
    const other = openGraphqlClient({ address: started.address, token: 'abc', closed: closings.put })
    await other.ready
    for (const socket of started.server.clients) socket.close(1013, 'later')
    assert.equal((await closings.take()).code, 1013)
  })

  test("its tokens are as the hub's own", async () => {
    const token = signQuickly(secret, { role: 'agent', name: 'a-1', departments: ['support'] })
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), { audience: 'fuseboard' })
    const { iat, exp, ...claims } = payload
    assert.deepEqual(claims, { role: 'agent', name: 'a-1', departments: ['support'], sub: 'a-1', aud: 'fuseboard' })
    assert.equal(Number(exp) - Number(iat), 12 * 3_600)
  })
})
