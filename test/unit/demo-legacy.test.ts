import assert from 'node:assert/strict'
import { request, type IncomingHttpHeaders } from 'node:http'
import { describe, it, mock, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { startLegacy, type LegacyAnswer, type LegacyRequest, type LegacySystem } from '../../demo/legacy.ts'

type Heard = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }

/** One request on a connection of its own. */
const ask = (url: string, body?: string): Promise<Heard> => new Promise((resolve, reject) => {
  const asked = request(url, { agent: false, method: body === undefined ? 'GET' : 'POST' }, (answer) => {
    let text = ''
    answer.setEncoding('utf8').on('data', (chunk) => { text += String(chunk) }).on('error', reject)
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
  })
  asked.on('error', reject).end(body)
})

const until = async (condition: () => boolean) => {
  while (!condition()) await turn()
}

const reset = { code: 'ECONNRESET' }
const text = (status: number, body: string): LegacyAnswer => ({ status, headers: { 'content-type': 'text/plain' }, body })

/** Answers with the body that it was sent, and counts how often it was asked. */
const start = async (t: TestContext, handle = ({ body }: LegacyRequest) => text(200, `echo ${body.toString()}`)) => {
  let handled = 0
  const counted = (asked: LegacyRequest) => {
    handled++
    return handle(asked)
  }
  const system = await startLegacy({
    name: 'trivial', port: 0, handle: counted, errorAnswer: ({ url }) => text(500, `broken at ${url.pathname}`), garbageAnswer: text(200, '<html>'),
  })
  t.after(() => system[Symbol.asyncDispose]())
  return { system, handled: () => handled }
}

const order = (system: LegacySystem, body: unknown, type = 'application/json') =>
  fetch(system.controlUrl, { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) })

describe('a legacy system', () => {
  it('answers, counts, and stamps the time that it took itself', async (t) => {
    const { system } = await start(t)
    const { status, headers, text: heard } = await ask(system.url, '你好')
    assert.deepEqual([status, heard, system.calls], [200, 'echo 你好', 1])
    assert.match(String(headers['x-stand-in-ms']), /^\d+\.\d{3}$/)
  })

  it('gives its own error where its handler throws', async (t) => {
    const { system } = await start(t, () => { throw new Error('a bug') })
    assert.deepEqual(pick(await ask(`${system.url}/orders?x=1`)), [500, 'broken at /orders'])
  })

  it('reads a path that begins with two slashes as a path', async (t) => {
    const { system } = await start(t, ({ url }) => text(200, url.pathname))
    const { port } = system
    const heard = await new Promise<string>((resolve, reject) => {
      request({ port, host: '127.0.0.1', path: '//elsewhere/x', agent: false }, (answer) => {
        answer.setEncoding('utf8').on('data', (chunk) => resolve(String(chunk)))
      }).on('error', reject).end()
    })
    assert.equal(heard, '//elsewhere/x')
  })

  it('refuses a body past 1 MiB, and takes one of 1 MiB', async (t) => {
    const { system, handled } = await start(t, () => text(200, 'taken'))
    assert.equal((await ask(system.url, 'x'.repeat(1_048_577))).status, 413)
    assert.equal(handled(), 0)
    assert.equal((await ask(system.url, 'x'.repeat(1_048_576))).status, 200)
  })

  it('refuses to start on a port that is taken', async (t) => {
    const { system } = await start(t)
    const empty = text(200, '')
    const again = { name: 'second', port: system.port, handle: () => empty, errorAnswer: empty, garbageAnswer: empty }
    await assert.rejects(startLegacy(again), { code: 'EADDRINUSE' })
  })

  it('ends at once, with a caller still waiting', async (t) => {
    const { system } = await start(t)
    await system.setFault('hang')
    const waiting = assert.rejects(ask(system.url), reset)
    await until(() => system.calls === 1)
    await system[Symbol.asyncDispose]()
    await waiting
    await assert.rejects(ask(system.url), { code: 'ECONNREFUSED' })
    await assert.rejects(ask(system.controlUrl), { code: 'ECONNREFUSED' })
  })
})

const pick = ({ status, text: heard }: Heard) => [status, heard]

describe('the fault', () => {
  it('hang takes a request and never answers it; ending it destroys what hangs', async (t) => {
    const { system, handled } = await start(t)
    await system.setFault('hang')
    const waiting = assert.rejects(ask(system.url), reset)
    await until(() => system.calls === 1)
    await system.setFault('off')
    await waiting
    assert.equal(handled(), 0)
    assert.equal((await ask(system.url)).status, 200)
  })

  it('slow holds the answer back for ms', async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.after(() => mock.timers.reset())
    const { system, handled } = await start(t)
    await system.setFault('slow', 300)
    let answered = false
    const asked = ask(system.url).finally(() => { answered = true })
    await until(() => handled() === 1)
    await turn()
    mock.timers.tick(299)
    for (let i = 0; i < 20; i++) await turn()
    assert.equal(answered, false)
    mock.timers.tick(1)
    assert.equal((await asked).status, 200)
  })

  it('slow counts in the time that the answer is stamped with', async (t) => {
    const { system } = await start(t)
    await system.setFault('slow', 25)
    const { headers } = await ask(system.url)
    assert.ok(Number(headers['x-stand-in-ms']) >= 23, String(headers['x-stand-in-ms']))
  })

  it('error gives the error of the wire, made from the request', async (t) => {
    const { system, handled } = await start(t)
    await system.setFault('error')
    assert.deepEqual(pick(await ask(`${system.url}/x`)), [500, 'broken at /x'])
    assert.equal(handled(), 0)
  })

  it('garbage gives an answer with status 200 that nobody can read', async (t) => {
    const { system } = await start(t)
    await system.setFault('garbage')
    assert.deepEqual(pick(await ask(system.url)), [200, '<html>'])
  })

  it('refuse leaves the port, and off comes back to the same one', async (t) => {
    const { system } = await start(t)
    await system.setFault('hang')
    const waiting = assert.rejects(ask(system.url), reset)
    await until(() => system.calls === 1)
    await system.setFault('refuse')
    await waiting
    await assert.rejects(ask(system.url), { code: 'ECONNREFUSED' })
    await system.setFault('refuse')
    await system.setFault('off')
    assert.equal((await ask(system.url)).status, 200)
  })

  it('refuse and off hold in the order in which they were set, also when nobody waits in between', async (t) => {
    const { system } = await start(t)
    await Promise.all([system.setFault('refuse'), system.setFault('off'), system.setFault('refuse'), system.setFault('error')])
    assert.equal(system.fault, 'error')
    assert.equal((await ask(system.url)).status, 500)
  })

  it('flap resets connections and works by turns', async (t) => {
    mock.timers.enable({ apis: ['setInterval'] })
    t.after(() => mock.timers.reset())
    const { system } = await start(t)
    await system.setFault('flap', 400)
    await assert.rejects(ask(system.url), reset)
    mock.timers.tick(400)
    assert.equal((await ask(system.url)).status, 200)
    mock.timers.tick(400)
    await assert.rejects(ask(system.url), reset)
    await system.setFault('off')
    assert.equal((await ask(system.url)).status, 200)
    mock.timers.tick(800)
    assert.equal((await ask(system.url)).status, 200)
  })

  it('lost answer carries the request out, once', async (t) => {
    const { system, handled } = await start(t)
    system.loseNextAnswer()
    await assert.rejects(ask(system.url), reset)
    assert.equal(handled(), 1)
    assert.equal((await ask(system.url)).status, 200)
  })

  it('is refused with an ms that is no duration', async (t) => {
    const { system } = await start(t)
    await assert.rejects(system.setFault('slow', -1), RangeError)
    await assert.rejects(system.setFault('flap', Number.NaN), RangeError)
    assert.equal(system.fault, 'off')
  })
})

describe('the control listener', () => {
  it('sets faults and tells them, also while the system refuses', async (t) => {
    const { system } = await start(t)
    assert.deepEqual(await (await order(system, { fault: 'refuse' })).json(), { name: 'trivial', fault: 'refuse', calls: 0 })
    await assert.rejects(ask(system.url), { code: 'ECONNREFUSED' })
    assert.equal((await order(system, { fault: 'off' })).status, 200)
    await ask(system.url)
    assert.deepEqual(await (await fetch(system.controlUrl)).json(), { name: 'trivial', fault: 'off', calls: 1 })
  })

  it('loses the next answer', async (t) => {
    const { system } = await start(t)
    await order(system, { loseNextAnswer: true })
    await assert.rejects(ask(system.url), reset)
    assert.deepEqual(system.notes, ['loses the next answer'])
  })

  it('refuses what it does not know, and what a web page could send', async (t) => {
    const { system } = await start(t)
    assert.equal((await order(system, { fault: 'explode' })).status, 400)
    assert.equal((await order(system, { fault: 'slow', ms: -5 })).status, 400)
    assert.equal((await order(system, { fault: 'hang' }, 'text/plain')).status, 415)
    assert.equal(system.fault, 'off')
  })
})
