import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import type { CallOptions } from '../../fuse/call.ts'
import { Cancelled, Malformed, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { openHttpWire, segment } from '../../fuse/wires/http.ts'
import type { HttpRequest } from '../../fuse/wires/http.ts'
import { settle } from '../kit/fuses.ts'
import { patient, refusedUrl, settingsOf, startRawServer, startWireServer, until } from '../kit/wire-server.ts'

const limit = { timeout: 3_000 }

const ask = async (settings: BackendSettings, more: Partial<HttpRequest> = {}, opt: CallOptions = { signal: patient() }) => {
  await using wire = openHttpWire(settings)
  return await wire.request({ method: 'GET', path: '/x', ...more }, opt)
}

/** What a call to a TCP server fails with. */
const askRaw = async (talk: (socket: Socket) => void, more: Partial<BackendSettings> = {}) => {
  await using server = await startRawServer(talk)
  return await ask(settingsOf(server.url, more))
}

describe('what goes over HTTP', () => {
  it('carries the headers of the settings, those of the request over them, and the traceparent', limit, async () => {
    await using server = await startWireServer(() => ({ body: 'ok' }))
    const settings = settingsOf(server.url, { headers: { authorization: 'Bearer t', accept: '*/*' } })
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const answer = await ask(settings, { headers: { accept: 'text/plain' } }, { signal: patient(), traceparent })
    const { headers } = server.requests[0] ?? assert.fail('not asked')
    assert.deepEqual([headers.authorization, headers.accept, headers['traceparent']], ['Bearer t', 'text/plain', traceparent])
    assert.deepEqual([answer.status, answer.contentType, answer.body.toString()], [200, null, 'ok'])
  })

  it('has no traceparent where the caller has none', limit, async () => {
    await using server = await startWireServer(() => ({}))
    await ask(settingsOf(server.url))
    assert.equal(server.requests[0]?.headers['traceparent'], undefined)
  })

  it('goes below the path of the URL and keeps its query', limit, async () => {
    await using server = await startWireServer(() => ({}))
    const base = `${server.url}/api/v1/?tenant=7`
    await ask(settingsOf(base), { path: '/orders', query: { page: 2, note: 'a&b=c', left: undefined } })
    await ask(settingsOf(base), { path: '' })
    await ask(settingsOf(`${server.url}/api`), { path: 'orders' })
    const heard = server.requests.map(({ url }) => url)
    assert.deepEqual(heard, ['/api/v1/orders?tenant=7&page=2&note=a%26b%3Dc', '/api/v1/?tenant=7', '/api/orders'])
  })

  it('keeps an id in its segment, whatever it is', limit, async () => {
    await using server = await startWireServer(() => ({}))
    const ids = ['../admin', '%2e', '%2e%2e', 'a?b=c#d', 'a/b\\c', '你 好']
    for (const id of ids) await ask(settingsOf(server.url), { path: `/o/${segment('tried', id)}/n` })
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      ['/o/..%2Fadmin/n', '/o/%252e/n', '/o/%252e%252e/n', '/o/a%3Fb%3Dc%23d/n', '/o/a%2Fb%5Cc/n', '/o/%E4%BD%A0%20%E5%A5%BD/n'],
    )
    for (const id of ['', '.', '..']) assert.throws(() => segment('tried', id), Malformed)
  })

  it('makes no segment of text that is no Unicode', () => {
    assert.throws(() => segment('tried', 'a\uD800'), Malformed)
  })
})

describe('what comes over HTTP', () => {
  it('is any status but a redirect, with the seconds of Retry-After', limit, async () => {
    await using server = await startWireServer(({ url }) => ({ status: Number(url.slice(1)), headers: { 'retry-after': '7' } }))
    for (const status of [200, 404, 429, 500, 503]) {
      const answer = await ask(settingsOf(server.url), { path: String(status) })
      assert.deepEqual([answer.status, answer.retryAfterMs], [status, 7_000])
    }
    for (const status of [301, 302, 304, 307]) await assert.rejects(ask(settingsOf(server.url), { path: String(status) }), Malformed)
  })

  it('gives no time for a Retry-After that is a date or nonsense', limit, async () => {
    await using server = await startWireServer(({ url }) => ({ status: 503, headers: { 'retry-after': decodeURIComponent(url.slice(1)) } }))
    for (const value of ['Fri, 31 Dec 1999 23:59:59 GMT', '-1', '1e9', '99999999999']) {
      assert.equal((await ask(settingsOf(server.url), { path: encodeURIComponent(value) })).retryAfterMs, undefined)
    }
  })

  it('is Unreachable where the port is closed', limit, async () => {
    const url = await refusedUrl()
    await assert.rejects(ask(settingsOf(url)), (error) => error instanceof Unreachable && error.backend === 'tried')
  })

  it('is Unreachable where the connection is reset', limit, async () => {
    await assert.rejects(askRaw((socket) => socket.resetAndDestroy()), Unreachable)
    await assert.rejects(askRaw((socket) => socket.end()), Unreachable)
  })

  it('is Unreachable where the answer ends early', limit, async () => {
    await assert.rejects(askRaw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')), Unreachable)
    await assert.rejects(askRaw((socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')), Unreachable)
    await assert.rejects(askRaw((socket) => socket.end('HTTP/1.1 200')), Unreachable)
  })

  it('is Malformed where it is not HTTP', limit, async () => {
    await assert.rejects(askRaw((socket) => socket.end('220 mail.example ESMTP\r\n')), Malformed)
    await assert.rejects(askRaw((socket) => socket.end(Buffer.from([0, 1, 2, 255]))), Malformed)
    await assert.rejects(askRaw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n')), Malformed)
  })

  it('is Malformed where its head is endless', limit, async () => {
    await assert.rejects(askRaw((socket) => flood(socket, 'HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(2_000)}\r\n`)), Malformed)
  })
})

/** Writes without an end, as fast as the other side reads. */
const flood = (socket: Socket, head: string, again: string) => {
  socket.write(head)
  const more = () => {
    while (!socket.destroyed && socket.write(again));
  }
  socket.on('drain', more)
  more()
}

/** Ends a connection at its second request, with or without a byte of an answer; the requests of all connections, in their order, each with the number of its connection. */
const startFickleServer = async (end: (socket: Socket) => void, answers = 1) => {
  const heard: string[] = []
  let connections = 0
  const server = await startRawServer(() => {}, (socket) => {
    const connection = (connections += 1)
    let asked = 0
    socket.on('data', (bytes) => {
      asked += 1
      heard.push(`${connection}: ${bytes.toString().split(' ')[0]}`)
      if (asked <= answers) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      else end(socket)
    })
  })
  return { ...server, heard }
}

describe('a connection that was kept open and is closed as a request comes', () => {
  const ends = {
    'closed': (socket: Socket) => void socket.end(),
    'reset': (socket: Socket) => void socket.resetAndDestroy(),
  }
  /** Something that is answered, and then this on the same connection. */
  const askNext = async (url: string, method: HttpRequest['method']) => {
    await using wire = openHttpWire(settingsOf(url))
    const opt = { signal: patient() }
    assert.equal((await wire.request({ method: 'GET', path: '/first' }, opt)).body.toString(), 'ok')
    // The pool knows by then that its connection is free.
    await settle()
    return await wire.request({ method, path: '/x', ...(method === 'GET' ? {} : { body: '<a/>' }) }, opt)
  }

  for (const [how, end] of Object.entries(ends)) {
    for (const method of ['GET', 'PROPFIND', 'REPORT'] as const) {
      it(`costs a ${method} nothing where it is ${how}: it is sent again, once`, limit, async () => {
        await using server = await startFickleServer(end)
        assert.equal((await askNext(server.url, method)).body.toString(), 'ok')
        assert.deepEqual(server.heard, ['1: GET', `1: ${method}`, `2: ${method}`])
      })
    }

    for (const method of ['POST', 'PUT', 'DELETE'] as const) {
      it(`is Unreachable for a ${method} where it is ${how}, which is never sent again`, limit, async () => {
        await using server = await startFickleServer(end)
        await assert.rejects(askNext(server.url, method), Unreachable)
        assert.deepEqual(server.heard, ['1: GET', `1: ${method}`])
      })
    }

    it(`is Unreachable where the next one is ${how}, too`, limit, async () => {
      await using server = await startFickleServer(end, 0)
      await assert.rejects(ask(settingsOf(server.url)), Unreachable)
      assert.deepEqual(server.heard, ['1: GET'], 'one that never answered says more than that it was idle')
    })
  }

  it('costs nothing where the others that were kept open are closed as well', limit, async () => {
    await using server = await startFickleServer((socket) => socket.end())
    await using wire = openHttpWire(settingsOf(server.url))
    const get = () => wire.request({ method: 'GET', path: '/x' }, { signal: patient() })
    await Promise.all([get(), get(), get()])
    await settle()
    assert.equal((await get()).body.toString(), 'ok')
    assert.deepEqual(server.heard.map((one) => one.split(':')[0]).toSorted(), ['1', '1', '2', '3', '4'])
  })

  it('is Unreachable where the answer had begun', limit, async () => {
    await using server = await startFickleServer((socket) => socket.end('HTTP/1.1 200'))
    await assert.rejects(askNext(server.url, 'GET'), Unreachable)
    assert.deepEqual(server.heard, ['1: GET', '1: GET'])
  })

  it('is Cancelled for a caller who goes, and nothing is sent again', limit, async () => {
    const caller = new AbortController()
    await using server = await startFickleServer(() => caller.abort(new Error('gone')))
    await using wire = openHttpWire(settingsOf(server.url))
    await wire.request({ method: 'GET', path: '/x' }, { signal: caller.signal })
    await settle()
    await assert.rejects(wire.request({ method: 'GET', path: '/x' }, { signal: caller.signal }), Cancelled)
    assert.deepEqual(server.heard, ['1: GET', '1: GET'])
  })
})

describe('the size of an answer', () => {
  it('cuts off an endless one and closes the connection', limit, async () => {
    const chunk = `3e8\r\n${'x'.repeat(1_000)}\r\n`
    await using server = await startRawServer((socket) => flood(socket, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', chunk))
    await using wire = openHttpWire(settingsOf(server.url))
    await assert.rejects(wire.request({ method: 'GET', path: '/' }, { signal: patient() }), Malformed)
    await until(() => server.openSockets() === 0)
  })

  it('refuses one that says it is too long, and reads none of it', limit, async () => {
    await using server = await startRawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n'))
    await using wire = openHttpWire(settingsOf(server.url))
    await assert.rejects(wire.request({ method: 'GET', path: '/' }, { signal: patient() }), Malformed)
    await until(() => server.openSockets() === 0)
  })

  it('may be just the limit, and no byte more', limit, async () => {
    await using server = await startWireServer(({ url }) => ({ body: Buffer.alloc(Number(url.slice(1))) }))
    const settings = settingsOf(server.url, { maxResponseBytes: 1_000 })
    assert.equal((await ask(settings, { path: '1000' })).body.length, 1_000)
    await assert.rejects(ask(settings, { path: '1001' }), Malformed)
  })
})

describe('a caller who gives up', () => {
  /** Aborts once the server has been asked, and waits until the server has lost the connection. */
  const abortWith = async (reason: unknown, head: string) => {
    const controller = new AbortController()
    await using server = await startRawServer((socket) => {
      if (head !== '') socket.write(head)
      controller.abort(reason)
    })
    await using wire = openHttpWire(settingsOf(server.url))
    try {
      return await wire.request({ method: 'GET', path: '/' }, { signal: controller.signal })
    } finally {
      await until(() => server.openSockets() === 0)
    }
  }
  const heads = ['', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf']

  it('because time is up is told TimedOut, before and within the answer', limit, async () => {
    for (const head of heads) await assert.rejects(abortWith(new DOMException('late', 'TimeoutError'), head), TimedOut)
  })

  it('for another reason is told Cancelled, before and within the answer', limit, async () => {
    const reasons = [new Error('gone'), undefined, 'gone']
    for (const head of heads) for (const reason of reasons) await assert.rejects(abortWith(reason, head), Cancelled)
  })

  it('beforehand sends nothing', limit, async () => {
    await using server = await startWireServer(() => ({}))
    await assert.rejects(ask(settingsOf(server.url), {}, { signal: AbortSignal.abort(new Error('gone')) }), Cancelled)
    assert.equal(server.requests.length, 0)
  })

  it('by a real deadline is told TimedOut where the backend hangs', limit, async () => {
    await using server = await startWireServer(() => undefined)
    await assert.rejects(ask(settingsOf(server.url), {}, { signal: AbortSignal.timeout(50) }), TimedOut)
  })
})
