import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { demoIdentities } from '../../demo/identities.ts'
import { asPage, startConsoleHub } from '../kit/console.ts'
import type { Got } from '../kit/console.ts'

/* What a browser would never send, and what another site's page would: the console's doors give nothing away, and let nothing in. */

const { hub, get, host, ...opened } = await startConsoleHub({ identities: demoIdentities })

after(() => opened[Symbol.asyncDispose]())

const policyOf = ({ headers }: Got) => String(headers['content-security-policy'])

describe('a Host header', () => {
  for (const hostile of [
    'a; script-src *', "a 'unsafe-inline'", 'a,b', '*', '*.example', 'a/b', 'a@b', 'a?b', 'a"onload=1', '<script>', 'ä.example', 'a:b', 'a:123456', '-', '.', '', `${'a'.repeat(300)}.example`, "'self'", '[::1]', '[::1; *]',
  ]) {
    it(`of ${JSON.stringify(hostile.slice(0, 20))} comes nowhere near the policy`, async () => {
      const page = await get('/', { ...asPage, host: Buffer.from(hostile).toString('latin1') })
      // A server may refuse it outright, as Node.js does some.
      if (page.status === 400) return
      assert.match(policyOf(page), /; connect-src 'self'; base-uri 'none';/)
      assert.equal(policyOf(page).split('; ').length, 9)
      assert.ok(!page.text.includes('onload') && !page.text.includes('<script>'))
    })
  }

  for (const plain of ['desk.example', 'desk.example:8443', 'LOCALHOST:4000', '10.0.0.7']) {
    it(`of ${plain} lets the page reach its sockets`, async () => {
      assert.ok(policyOf(await get('/', { ...asPage, host: plain })).includes(`; connect-src 'self' ws://${plain} wss://${plain};`))
    })
  }
})

describe('a cookie or a header', () => {
  for (const hostile of ['"><script>', 'dark" onload="x', '__CSP_NONCE__', 'DARK', '%22%3E', 'zh-CN"', '$&', "$'"]) {
    it(`that says ${JSON.stringify(hostile)} comes nowhere into the page`, async () => {
      const cookie = `fuseboard_language=${hostile}; fuseboard_color_scheme=${hostile}`
      const page = await get('/', { ...asPage, cookie, 'accept-language': hostile })
      assert.equal(page.status, 200)
      assert.match(page.text, /^<!doctype html>\n<html lang="(?:en|zh-CN)">\n/)
    })
  }
})

describe('a path', () => {
  const paths = [
    '/assets/../../secret.txt', '/assets/..%2f..%2fsecret.txt', '/assets/%2e%2e/%2e%2e/secret.txt', '/..%2fsecret.txt', '/../secret.txt', '/../current.json', '//secret.txt', '/assets/..%5c..%5csecret.txt',
    '/%2e%2e%2fsecret.txt', '/assets/....//....//secret.txt', '/assets/%c0%ae%c0%ae/secret.txt', '/assets/%00', '/assets/index-CLWip5qO.js%00.txt', '/assets/index-CLWip5qO.js/', '/%', '/assets/%zz', '/.current.json', '/index.html',
    '/assets//index-CLWip5qO.js',
  ]
  for (const path of paths) {
    it(`${path} reaches no file`, async () => {
      for (const headers of [{}, asPage, { 'accept-encoding': 'br' }]) {
        const answer = await get(path, headers)
        assert.ok([200, 400, 404].includes(answer.status), String(answer.status))
        assert.doesNotMatch(answer.text, /a secret of this test|0123456789abcdef|__CSP_NONCE__|console\.log/)
        if (answer.status === 200) assert.match(answer.text, /<div id="root">/)
      }
    })
  }

  it('of 10,000 characters is an address like any other', async () => assert.equal((await get(`/${'a'.repeat(10_000)}`, asPage)).status, 200))
})

describe('another site\'s page', () => {
  const json = { 'content-type': 'application/json' }
  const token = () => hub.token({ role: 'agent', name: 'agent-7' })

  const refused = ({ status, text, headers }: Got) => {
    assert.deepEqual([status, /"code":"([A-Z_]+)"/.exec(text)?.[1]], [403, 'FORBIDDEN'], text)
    assert.deepEqual([headers['set-cookie'], headers['cache-control']], [undefined, 'no-store'])
    assert.doesNotMatch(text, /eyJ|agent-/)
  }

  const froms: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
    'of another site, in the browser\'s own word': () => ({ 'sec-fetch-site': 'cross-site' }),
    'of the same site, such as another port': () => ({ 'sec-fetch-site': 'same-site' }),
    'of an address that was typed': () => ({ 'sec-fetch-site': 'none' }),
    'of another site whose Origin lies': () => ({ 'sec-fetch-site': 'cross-site', origin: `http://${host}` }),
    'of another origin, where the browser says no more': () => ({ origin: 'http://evil.example' }),
    'of another port of this host': () => ({ origin: 'http://127.0.0.1:1' }),
    'of a name that begins with this one': () => ({ origin: `http://${host}.evil.example` }),
    'of a frame without an origin': () => ({ origin: 'null' }),
    'of an origin that is none': () => ({ origin: 'http://' }),
  }
  for (const [what, from] of Object.entries(froms)) {
    it(`${what} may not sign in, sign out or look`, async () => {
      const cookie = `fuseboard_session=${await token()}`
      refused(await get('/session', { ...json, ...from() }, { method: 'POST', body: JSON.stringify({ token: await token() }) }))
      refused(await get('/session', { ...json, ...from() }, { method: 'POST', body: '{"identity":"admin-1"}' }))
      refused(await get('/session', { ...from(), cookie }, { method: 'DELETE' }))
      refused(await get('/session', { ...from(), cookie }))
    })
  }

  it('that says nothing of where it comes from may change nothing', async () => {
    refused(await get('/session', json, { method: 'POST', body: JSON.stringify({ token: await token() }) }))
    refused(await get('/session', {}, { method: 'DELETE' }))
  })

  it('of this origin by its Origin alone may sign in, in whichever way the port is written', async () => {
    const body = JSON.stringify({ token: await token() })
    assert.equal((await get('/session', { ...json, origin: `http://${host}` }, { method: 'POST', body })).status, 200)
    assert.equal((await get('/session', { ...json, origin: 'https://desk.example', host: 'desk.example:443' }, { method: 'POST', body })).status, 200)
    assert.equal((await get('/session', { ...json, origin: 'http://desk.example', host: 'desk.example:443' }, { method: 'POST', body })).status, 403)
  })

  it('whose name was made to lead here is nobody of the demo', async () => {
    for (const name of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '127.0.0.1:4000.evil.example', '0.0.0.0']) {
      const answer = await get('/session', { ...json, 'sec-fetch-site': 'same-origin', origin: `http://${name}`, host: name }, { method: 'POST', body: '{"identity":"admin-1"}' })
      refused(answer)
    }
    for (const name of ['localhost:4000', '127.0.0.1', '[::1]:4000']) {
      assert.equal((await get('/session', { ...json, 'sec-fetch-site': 'same-origin', host: name }, { method: 'POST', body: '{"identity":"admin-1"}' })).status, 200, name)
    }
  })

  it('can send no form: only JSON is read', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', 'text/plain; application/json', 'application/jsonx']) {
      const answer = await get('/session', { 'sec-fetch-site': 'same-origin', 'content-type': type }, { method: 'POST', body: '{"identity":"admin-1"}' })
      assert.deepEqual([answer.status, answer.headers['set-cookie']], [415, undefined], type)
    }
  })
})

describe('a body of a sign-in', () => {
  const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    get('/session', { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', ...headers }, { method: 'POST', body })

  const bodies: readonly (readonly [body: string, status: number])[] = [
    ['', 400], ['{', 400], ['null', 400], ['[]', 400], ['"token"', 400], ['{}', 400], ['{"token":1}', 400], ['{"token":""}', 400], ['{"token":["a.b.c"]}', 400], ['{"identity":{}}', 400],
    ['{"token":"a.b.c","identity":"admin-1"}', 400], ['{"token":"a.b.c","more":1}', 400], ['{"__proto__":{"identity":"admin-1"}}', 400], [`{"token":"${'a'.repeat(3_801)}"}`, 400], [`{"token":"${'a'.repeat(9_000)}"}`, 413],
    ['{"token":"a\\r\\nSet-Cookie: x=1.b.c"}', 401], ['{"token":"a;Domain=x.b.c"}', 401],
  ]
  for (const [body, status] of bodies) {
    it(`of ${JSON.stringify(body.slice(0, 40))} is refused with ${status}`, async () => {
      const answer = await post(body)
      assert.deepEqual([answer.status, answer.headers['set-cookie']], [status, undefined], answer.text)
      assert.doesNotMatch(answer.text, /zod|stack|\.ts/i)
    })
  }
})
