import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { compressionAlgorithms, type sendUnaryData, status } from '@grpc/grpc-js'
import { Cancelled, Faulted, Malformed, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { GrpcRefused, type GrpcWire, openGrpcWire } from '../../fuse/wires/grpc.ts'
import { type GrpcAnswering, type GrpcCall, type GrpcServerOptions, startGrpcServer, words, wordsProto } from '../kit/grpc-server.ts'
import { patient, refusedUrl, settingsOf, startRawServer, until } from '../kit/wire-server.ts'

const limit = { timeout: 5_000 }
const wordService = { proto: wordsProto, service: 'words.v1.WordService', methods: ['Say', 'Shout'] } as const

type WordsWire = GrpcWire<'Say' | 'Shout'>
const openWire = (url: string, more: Partial<BackendSettings> = {}): WordsWire => openGrpcWire(settingsOf(url, more), wordService)

/** A server that answers with `answer`, and a wire to it. */
const start = async (answer: GrpcAnswering, more: Partial<BackendSettings> = {}, opt: GrpcServerOptions = {}) => {
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await startGrpcServer(answer, opt))
  const wire = stack.use(openWire(server.url, more))
  const kept = stack.move()
  return { server, wire, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

const ask = (wire: WordsWire, text = 'hello', signal = patient()) => wire.call('Say', { text }, { signal })
const echo: GrpcAnswering = ({ request }, respond) => respond(null, words(request))
const bytes = (answer: Buffer): GrpcAnswering => (_, respond) => respond(null, answer)
const never: GrpcAnswering = () => undefined

describe('a call over gRPC', () => {
  it('carries its message there, and the answer back as a plain object', limit, async () => {
    await using grpc = await start((_, respond) => respond(null, words({
      text: '云 "服务器"', number: '9007199254740993', mood: 'MOOD_GLAD', scores: [1, -2], notes: { a: 'b' }, parts: [{ weight: 1.5 }], inner: { mood: 7 },
    })))
    const answer = await grpc.wire.call('Say', { text: '你好', number: '-9223372036854775808', at: { seconds: '1', nanos: 2 } }, { signal: patient() })
    assert.partialDeepStrictEqual(grpc.server.heard[0], {
      method: '/words.v1.WordService/Say', request: { text: '你好', number: '-9223372036854775808', at: { seconds: '1', nanos: 2 } },
    })
    assert.partialDeepStrictEqual(answer, {
      text: '云 "服务器"', number: '9007199254740993', mood: 'MOOD_GLAD', scores: [1, -2], notes: { a: 'b' }, parts: [{ weight: 1.5, checksum: 0 }],
      inner: { mood: 7, text: '', inner: null }, at: null, data: Buffer.alloc(0),
    })
  })

  it('shares one connection with the others, and none is made before the first', limit, async () => {
    await using grpc = await start(echo)
    assert.equal(grpc.server.connections, 0)
    await Promise.all(Array.from({ length: 150 }, (_, n) => ask(grpc.wire, String(n))))
    assert.deepEqual([grpc.server.connections, grpc.server.heard.length], [1, 150])
  })

  it('sends the headers as metadata, the binary ones from Base64, and the traceparent', limit, async () => {
    await using grpc = await start(echo, { headers: { 'Authorization': 'Bearer s3cret', 'x-key-bin': 'AP8Q' } })
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await grpc.wire.call('Say', {}, { signal: patient(), traceparent })
    await ask(grpc.wire)
    const [first = assert.fail(), second = assert.fail()] = grpc.server.heard
    assert.deepEqual(first.metadata.get('authorization'), ['Bearer s3cret'])
    assert.deepEqual(first.metadata.get('x-key-bin'), [Buffer.from([0, 255, 16])])
    assert.deepEqual(first.metadata.get('traceparent'), [traceparent])
    assert.deepEqual(second.metadata.get('traceparent'), [])
  })

  it('does not go through the environment\'s proxy', limit, async (t) => {
    process.env['grpc_proxy'] = await refusedUrl()
    t.after(() => { delete process.env['grpc_proxy'] })
    await using grpc = await start(echo)
    assert.partialDeepStrictEqual(await ask(grpc.wire), { text: 'hello' })
  })
})

describe('a wire over gRPC is not opened', () => {
  const refusedToOpen = (more: Partial<BackendSettings>, message: RegExp, service: Partial<Parameters<typeof openGrpcWire>[1]> = {}): void =>
    assert.throws(() => openGrpcWire(settingsOf('grpc://127.0.0.1:1', more), { ...wordService, ...service }), message)

  it('with a .proto that is not there, or is none', limit, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'fuseboard-grpc-'))
    t.after(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'broken.proto'), 'syntax = "proto3"; message {')
    refusedToOpen({}, /ENOENT.*missing\.proto/, { proto: join(folder, 'missing.proto') })
    refusedToOpen({}, /broken\.proto/, { proto: join(folder, 'broken.proto') })
  })

  it('for a service or a method that the .proto lacks, or a method that streams', limit, () => {
    refusedToOpen({}, /words\.proto has no service words\.v1\.Other$/, { service: 'words.v1.Other' })
    refusedToOpen({}, /words\.proto has no service words\.v1\.Words$/, { service: 'words.v1.Words' })
    refusedToOpen({}, /words\.v1\.WordService\.Whisper is not there$/, { methods: ['Say', 'Whisper'] })
    refusedToOpen({}, /words\.v1\.WordService\.Sing streams/, { methods: ['Sing'] })
  })

  it('with a URL that says more or less than where the server listens', limit, () => {
    for (const url of ['http://127.0.0.1:1', 'grpc://127.0.0.1', 'grpc://127.0.0.1:1/orders', 'grpc://127.0.0.1:1?a=b', 'grpc:']) {
      refusedToOpen({ url }, /expected grpc:\/\/host:port/)
    }
  })

  it('with a header that can not be sent, whose value it keeps to itself', limit, () => {
    const odd = { 'x-key-bin': 's3cret!', 'x-key': 's3crét', 'te': 's3cret', 'grpc-timeout': 's3cret', 'Host': 's3cret', 'a b': 's3cret' }
    for (const [header, value] of Object.entries(odd)) {
      assert.throws(() => openWire('grpc://127.0.0.1:1', { headers: { [header]: value } }), (error: unknown) =>
        error instanceof Error && error.message.includes(header.toLowerCase()) && !error.message.includes('s3cr'))
    }
  })
})

describe('a status over gRPC', () => {
  const answerWith = (code: status, details = 'no'): GrpcAnswering => (_, respond) => respond({ code, details })
  const failures = [
    [status.CANCELLED, Unreachable], [status.UNKNOWN, Faulted], [status.DEADLINE_EXCEEDED, TimedOut], [status.RESOURCE_EXHAUSTED, Faulted],
    [status.UNIMPLEMENTED, Malformed], [status.INTERNAL, Faulted], [status.UNAVAILABLE, Unreachable], [status.DATA_LOSS, Faulted],
  ] as const
  for (const [code, kind] of failures) {
    const name = status[code]
    it(`${name} is ${kind.name}`, limit, async () => {
      await using grpc = await start(answerWith(code))
      await assert.rejects(ask(grpc.wire), (error: unknown) => error instanceof kind && error.name === kind.name && error.message.includes(name))
    })
  }

  const refusals = [
    'INVALID_ARGUMENT', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNAUTHENTICATED',
  ] as const
  for (const name of refusals) {
    it(`${name} is a refusal that says so`, limit, async () => {
      await using grpc = await start(answerWith(status[name]))
      await assert.rejects(ask(grpc.wire), (error: unknown) =>
        error instanceof GrpcRefused && error instanceof Refused && error.status === name && error.errorInfo === null && error.backend === 'tried')
    })
  }

  it('that does not exist is Faulted', limit, async () => {
    await using grpc = await start((_, respond) => respond(Object.assign(new Error('no'), { code: 99, details: 'no' })))
    await assert.rejects(ask(grpc.wire), Faulted)
  })

  it('RESOURCE_EXHAUSTED about our request\'s size is not taken for an answer that is too large', limit, async () => {
    await using grpc = await start(answerWith(status.RESOURCE_EXHAUSTED, 'Received message larger than max (5000 vs 4000)'))
    await assert.rejects(ask(grpc.wire), Faulted)
  })

  it('with words without end is cut short', limit, async () => {
    await using grpc = await start(answerWith(status.INTERNAL, 'x'.repeat(20_000)))
    await assert.rejects(ask(grpc.wire), (error: unknown) => error instanceof Faulted && error.message.length < 600)
  })
})

/** A message in a message in a message… */
const nested = (depth: number): Buffer =>
  Array.from({ length: depth }).reduce<Buffer>(inner => Buffer.concat([Buffer.from([0x32, inner.length & 0x7f | 0x80, inner.length >> 7]), inner]), Buffer.alloc(0))

describe('an answer over gRPC', () => {
  it('may be as large as the limit, and no larger', limit, async () => {
    const largest = words({ data: Buffer.alloc(99_996, 1) })
    assert.equal(largest.length, 100_000)
    await using grpc = await start(({ request }, respond) => respond(null, 'text' in request && request.text === 'more' ? Buffer.concat([largest, words({ text: 'x' })]) : largest))
    await ask(grpc.wire)
    await assert.rejects(ask(grpc.wire, 'more'), (error: unknown) => error instanceof Malformed && /more than 100000 bytes/.test(error.message))
    await ask(grpc.wire)
    assert.equal(grpc.server.connections, 1)
  })

  it('that unpacks to more than the limit is Malformed', limit, async () => {
    const gzip = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip }
    await using grpc = await start(({ request }, respond) => respond(null, words({ data: Buffer.alloc('text' in request && request.text === 'more' ? 900_000 : 90_000) })), {}, { channel: gzip })
    await ask(grpc.wire)
    await assert.rejects(ask(grpc.wire, 'more'), (error: unknown) => error instanceof Malformed && /more than 100000 bytes/.test(error.message))
  })

  const nonsense = {
    'noise': Buffer.alloc(12, 0xff),
    'HTML': Buffer.from('<html><body>Bad Gateway</body></html>'),
    'cut off': words({ text: 'hello' }).subarray(0, 4),
    'a number where a text should be': Buffer.from([0x08, 0x05]),
    'a text where a number should be': Buffer.from([0x12, 0x01, 0x41]),
    'a text where a list of numbers should be': Buffer.from([0x22, 0x03, 0x41, 0x42, 0xc3]),
    'a text that is not UTF-8': Buffer.from([0x0a, 0x02, 0xc3, 0x28]),
    'a number inside, where a text should be': Buffer.from([0x32, 0x02, 0x08, 0x05]),
    'a number in a map, where a text should be': Buffer.from([0x2a, 0x02, 0x08, 0x05]),
    'messages in messages without end': nested(200),
  }
  for (const [what, answer] of Object.entries(nonsense)) {
    it(`that is ${what} is Malformed`, limit, async () => {
      await using grpc = await start(bytes(answer))
      await assert.rejects(ask(grpc.wire), (error: unknown) => error instanceof Malformed && /not describe/.test(error.message))
    })
  }

  it('with fields that the .proto does not have is read without them', limit, async () => {
    const newer = Buffer.concat([words({ text: 'hello' }), Buffer.from([0xa0, 0x06, 0x01]), Buffer.from([0xaa, 0x06, 0x01, 0xff]), Buffer.from([0xb5, 0x06, 1, 2, 3, 4])])
    await using grpc = await start(bytes(newer))
    assert.partialDeepStrictEqual(await ask(grpc.wire), { text: 'hello' })
  })

  it('with numbers that are packed into one field, or are not, is read', limit, async () => {
    await using grpc = await start(bytes(Buffer.from([0x22, 0x02, 0x01, 0x02, 0x20, 0x03])))
    assert.partialDeepStrictEqual(await ask(grpc.wire), { scores: [1, 2, 3] })
  })
})

describe('a .proto that the server does not have', () => {
  it('makes a method that it lacks Malformed, and says so', limit, async () => {
    await using grpc = await start(echo)
    await assert.rejects(grpc.wire.call('Shout', {}, { signal: patient() }), (error: unknown) =>
      error instanceof Malformed && /no such method, or another \.proto/.test(error.message))
  })

  it('or that lacks a field of the request, is Malformed, and nothing is sent', limit, async () => {
    await using grpc = await start(echo)
    const wrong = [{ text: 'a', idempotencyKey: 'k' }, { text: 'a', inner: 'no message' }]
    for (const request of wrong) await assert.rejects(grpc.wire.call('Say', request, { signal: patient() }), Malformed)
    assert.equal(grpc.server.heard.length, 0)
  })

  it('nor does it speak HTTP/2, which is Malformed', limit, async () => {
    for (const said of ['HTTP/1.1 400 Bad Request\r\n\r\n', 'SSH-2.0-OpenSSH\r\n', Buffer.alloc(64)]) {
      await using server = await startRawServer((socket) => socket.end(said))
      await using wire = openWire(server.url.replace('http', 'grpc'))
      await assert.rejects(ask(wire), (error: unknown) => error instanceof Malformed && error.message === 'not HTTP/2')
    }
  })
})

describe('a caller of gRPC who does not wait', () => {
  /** Resolves once the server knows that nobody waits for its answer. */
  const untilCancelled = (call: GrpcCall) => new Promise<void>((resolve) => call.once('cancelled', () => resolve()))

  for (const [what, reason, kind] of [['hangs up', undefined, Cancelled], ['has a deadline', new DOMException('', 'TimeoutError'), TimedOut]] as const) {
    it(`but ${what} gets ${kind.name} at once, and the server is told`, limit, async () => {
      const arrived = Promise.withResolvers<GrpcCall>()
      await using grpc = await start((_, __, call) => arrived.resolve(call))
      const caller = new AbortController()
      const answer = assert.rejects(ask(grpc.wire, 'hello', caller.signal), kind)
      const told = untilCancelled(await arrived.promise)
      caller.abort(reason)
      await answer
      await told
    })
  }

  it('and has gone before, asks nothing', limit, async () => {
    await using grpc = await start(echo)
    await assert.rejects(ask(grpc.wire, 'hello', AbortSignal.abort()), Cancelled)
    assert.equal(grpc.server.connections, 0)
  })

  it('leaves the others their answers', limit, async () => {
    const waiting: sendUnaryData<Buffer>[] = []
    await using grpc = await start((_, respond) => { waiting.push(respond) })
    const caller = new AbortController()
    const gone = assert.rejects(ask(grpc.wire, 'one', caller.signal), Cancelled)
    const patientOnes = [ask(grpc.wire, 'two'), ask(grpc.wire, 'three')]
    await until(() => waiting.length === 3)
    caller.abort()
    await gone
    for (const respond of waiting) respond(null, words({ text: 'late' }))
    for (const answer of await Promise.all(patientOnes)) assert.partialDeepStrictEqual(answer, { text: 'late' })
  })
})

describe('a gRPC server that comes and goes', () => {
  it('is Unreachable, and answers the first call after it has come', limit, async () => {
    const port = Number(new URL(await refusedUrl()).port)
    await using wire = openWire(`grpc://127.0.0.1:${port}`)
    // Enough for grpc-js to wait for seconds between two attempts, if it were left to it.
    for (let attempt = 0; attempt < 12; attempt += 1) await assert.rejects(ask(wire), Unreachable)
    await using _server = await startGrpcServer(echo, { port })
    assert.partialDeepStrictEqual(await ask(wire), { text: 'hello' })
  })

  it('costs the calls under way, sent once, and is well again for the next', limit, async () => {
    await using grpc = await start((_, respond) => { if (grpc.server.heard.length === 3) respond(null, words({ text: 'again' })) })
    const calls = [ask(grpc.wire), ask(grpc.wire)].map(call => assert.rejects(call, Unreachable))
    await until(() => grpc.server.heard.length === 2)
    grpc.server.resetSockets()
    await Promise.all(calls)
    assert.partialDeepStrictEqual(await ask(grpc.wire), { text: 'again' })
    assert.equal(grpc.server.heard.length, 3)
  })

  it('and may have died in silence, is asked over a new connection after a call that timed out, but not after one that hung up', limit, async () => {
    await using grpc = await start(({ request }, respond) => { if ('text' in request && request.text === 'hello') respond(null, words(request)) })
    for (const [reason, connections] of [[undefined, 1], [new DOMException('', 'TimeoutError'), 2]] as const) {
      const caller = new AbortController()
      const { length } = grpc.server.heard
      const answer = assert.rejects(ask(grpc.wire, 'hush', caller.signal))
      await until(() => grpc.server.heard.length > length)
      caller.abort(reason)
      await answer
      await ask(grpc.wire)
      assert.equal(grpc.server.connections, connections)
    }
    await until(() => grpc.server.openSockets() === 1)
  })

  it('whose port takes connections and says nothing is TimedOut, and each call tries anew', limit, async () => {
    let connections = 0
    await using silent = await startRawServer(() => { connections += 1 })
    await using wire = openWire(silent.url.replace('http', 'grpc'))
    for (const expected of [1, 2]) {
      const caller = new AbortController()
      const answer = assert.rejects(ask(wire, 'hello', caller.signal), TimedOut)
      await until(() => connections === expected)
      caller.abort(new DOMException('', 'TimeoutError'))
      await answer
    }
    await until(() => silent.openSockets() === 0)
  })
})

describe('a wire over gRPC that is closed', () => {
  it('ends what is under way, refuses what comes, and leaves no connection', limit, async () => {
    await using grpc = await start(never)
    const calls = [ask(grpc.wire), ask(grpc.wire)].map(call => assert.rejects(call, Unreachable))
    await until(() => grpc.server.heard.length === 2)
    await grpc.wire[Symbol.asyncDispose]()
    await Promise.all(calls)
    await until(() => grpc.server.openSockets() === 0)
    await assert.rejects(ask(grpc.wire), Unreachable)
    assert.equal(grpc.server.connections, 1)
  })

  it('at once after an answer leaves no connection either', limit, async () => {
    await using grpc = await start(echo)
    await ask(grpc.wire)
    await grpc.wire[Symbol.asyncDispose]()
    await until(() => grpc.server.openSockets() === 0)
  })
})
