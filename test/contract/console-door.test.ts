import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { ConfigError } from '../../gateway/config.ts'
import { asPage, openGet, script, startConsoleHub, writeConsole } from '../kit/console.ts'
import type { Got } from '../kit/console.ts'
import { startRunningHub } from '../kit/running-hub.ts'

const { hub, get, host, ...opened } = await startConsoleHub()

after(() => opened[Symbol.asyncDispose]())

const policyOf = ({ headers }: Got): Readonly<Record<string, string>> =>
  Object.fromEntries(String(headers['content-security-policy']).split('; ').map((directive) => [directive.replace(/ .*/, ''), directive.replace(/^\S+ /, '')] as const))

const nonceOf = (page: Got): string => /'nonce-([^']+)'/.exec(String(page.headers['content-security-policy']))?.[1] ?? ''

describe('the console\'s page', () => {
  it('comes at / and at every address of its own', async () => {
    for (const address of ['/', '/?then=/fuses', '/inbox', '/conversations/CV-1', '/fuses', '/sign-in', '/a/b/c.d', '/session-ended', '/graphqlx']) {
      const page = await get(address, asPage)
      assert.deepEqual([page.status, page.headers['content-type']], [200, 'text/html; charset=utf-8'], address)
      assert.match(page.text, /<div id="root">/)
    }
  })

  it('has a nonce of its own in each response, the same in the policy and in the page', async () => {
    const pages = await Promise.all(Array.from({ length: 20 }, () => get('/', asPage)))
    assert.equal(new Set(pages.map(nonceOf)).size, 20)
    for (const page of pages) {
      assert.match(nonceOf(page), /^[\w+/]{24}$/)
      assert.deepEqual([...page.text.matchAll(/nonce="([^"]*)"/g)].map(([, nonce]) => nonce), [nonceOf(page), nonceOf(page)])
      assert.doesNotMatch(page.text, /__[A-Z_]+__/)
    }
  })

  it('is kept by nobody, framed by nobody, and may load and reach this host alone', async () => {
    const page = await get('/', asPage)
    assert.deepEqual(policyOf(page), {
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': `'self' 'nonce-${nonceOf(page)}'`,
      'img-src': "'self' data:",
      'font-src': "'self'",
      'connect-src': `'self' ws://${host} wss://${host}`,
      'base-uri': "'none'",
      'form-action': "'self'",
      'frame-ancestors': "'none'",
    })
    const { 'cache-control': cache, 'x-content-type-options': sniff, 'referrer-policy': referrer, 'cross-origin-resource-policy': resource, 'x-frame-options': frame } = page.headers
    assert.deepEqual([cache, sniff, referrer, resource, frame], ['no-store', 'nosniff', 'same-origin', 'same-origin', 'DENY'])
    assert.match(String(page.headers['x-request-id']), /^[\w-]+$/)
  })

  it('is in the language that was chosen, else in the first one of the browser\'s that it has', async () => {
    const languageOf = async (headers: Readonly<Record<string, string>>) => {
      const page = await get('/', { ...asPage, ...headers })
      return [/<html lang="([^"]*)"/.exec(page.text)?.[1], page.headers['content-language']]
    }
    assert.deepEqual(await languageOf({}), ['en', 'en'])
    assert.deepEqual(await languageOf({ 'accept-language': 'zh-TW,zh;q=0.9,en;q=0.8' }), ['zh-CN', 'zh-CN'])
    assert.deepEqual(await languageOf({ 'accept-language': 'de,en-GB;q=0.9,zh;q=0.8' }), ['en', 'en'])
    assert.deepEqual(await languageOf({ 'accept-language': 'en', cookie: 'a=b; fuseboard_language=zh-CN' }), ['zh-CN', 'zh-CN'])
    assert.deepEqual(await languageOf({ 'accept-language': 'zh', cookie: 'fuseboard_language=en' }), ['en', 'en'])
  })

  it('has the colours that were chosen, and none where the system decides', async () => {
    const schemeOf = async (cookie: string) => /<html[^>]* data-mantine-color-scheme="([^"]*)"/.exec((await get('/', { ...asPage, cookie })).text)?.[1]
    assert.deepEqual(await Promise.all(['light', 'dark', 'auto'].map((scheme) => schemeOf(`fuseboard_color_scheme=${scheme}`))), ['light', 'dark', undefined])
    assert.equal(await schemeOf('other=1'), undefined)
  })

  it('leaves the other doors as they are', async () => {
    const authorization = `Bearer ${await hub.token({ role: 'agent', name: 'agent-1' })}`
    const asked = await get(`/graphql?query=${encodeURIComponent('{ customer(id: "C-1001") { known } }')}`, { ...asPage, authorization, 'apollo-require-preflight': '1' })
    assert.match(asked.text, /"known":true/)
    const forged = await get(`/graphql?query=${encodeURIComponent('{ customer(id: "C-1001") { known } }')}`, { authorization })
    assert.equal(forged.status, 400)
    assert.deepEqual(JSON.parse((await get('/readyz', asPage)).text), { status: 'ready' })
    assert.deepEqual(JSON.parse((await get('/livez', asPage)).text), { status: 'alive' })
    assert.match((await get('/metrics', asPage)).text, /^fuseboard_build_info/m)
  })

  it('is for whoever asks for a page: all else that is nowhere is not found', async () => {
    for (const accept of ['*/*', 'application/json', 'text/html;q=0', 'text/htmlx', '']) {
      const answer = await get('/inbox', { accept })
      assert.equal(answer.status, 404, accept)
      assert.match(answer.text, /"code":"NOT_FOUND"/)
    }
    assert.equal((await get('/inbox', asPage, { method: 'POST' })).status, 404)
    assert.equal((await get('/inbox', { ...asPage, origin: 'https://evil.example' }, { method: 'OPTIONS' })).status, 404)
  })

  it('lets no other origin read anything', async () => {
    for (const address of ['/', '/assets/index-CLWip5qO.js', '/session']) {
      const { headers } = await get(address, { ...asPage, origin: 'https://evil.example' })
      assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith('access-control-')), [], address)
    }
  })
})

describe('the console\'s files', () => {
  const file = '/assets/index-CLWip5qO.js'

  it('come as they were compressed before, in what the browser takes', async () => {
    const [brotli, gzip, plain] = [await get(file, { 'accept-encoding': 'gzip, deflate, br' }), await get(file, { 'accept-encoding': 'gzip' }), await get(file)]
    assert.deepEqual([brotli, gzip, plain].map(({ headers }) => headers['content-encoding']), ['br', 'gzip', undefined])
    assert.deepEqual([brotliDecompressSync(brotli.body).toString(), gunzipSync(gzip.body).toString(), plain.text], [script, script, script])
    for (const { headers } of [brotli, gzip, plain]) {
      assert.match(String(headers['content-type']), /^(?:text|application)\/javascript/)
      assert.match(String(headers['vary']), /accept-encoding/i)
    }
  })

  it('are kept for ever where their name says what they hold, and asked for again where it does not', async () => {
    for (const encoding of ['br', 'identity']) {
      assert.equal((await get(file, { 'accept-encoding': encoding })).headers['cache-control'], 'public, max-age=31536000, immutable')
    }
    const icon = await get('/favicon.svg')
    assert.deepEqual([icon.status, icon.headers['content-type'], icon.headers['cache-control']], [200, 'image/svg+xml', 'no-cache'])
    assert.match(String(icon.headers['content-security-policy']), /^default-src 'none'/)
    assert.equal((await get('/favicon.svg', { 'if-none-match': String(icon.headers['etag']) })).status, 304)
  })

  it('are taken for nothing else than they are', async () => {
    const { headers } = await get(file)
    assert.deepEqual([headers['x-content-type-options'], headers['cross-origin-resource-policy']], ['nosniff', 'same-origin'])
  })

  it('that are not there are not found, as no page would be a script', async () => {
    assert.equal((await get('/assets/index-gone.js', asPage)).status, 404)
    assert.equal((await get('/assets/', asPage)).status, 404)
  })

  it('are not the template of the page, nor what was compressed', async () => {
    assert.equal((await get('/index.html')).status, 404)
    assert.doesNotMatch((await get('/index.html', asPage)).text, /__CSP_NONCE__/)
    assert.equal((await get(`${file}.br`)).status, 404)
  })
})

describe('a hub without a build of the console', () => {
  it('says so on a page, and serves the schema', async () => {
    await using bare = await startRunningHub({ transport: 'in-process', console: { directory: '/nonexistent' }, logLevel: 'warn' })
    await using open = openGet(bare.url)
    const page = await open.get('/', asPage)
    assert.deepEqual([page.status, page.headers['cache-control']], [503, 'no-store'])
    assert.match(page.text, /The console has not been built/)
    assert.match(page.text, /node console\/build\.ts/)
    assert.match(page.text, /控制台尚未构建/)
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'; style-src 'sha256-/)
    assert.ok(bare.logged.some((line) => line.includes('there is no console to serve')))
    assert.deepEqual((await bare.ask('{ customer(id: "C-1001") { known } }')).data, { customer: { known: true } })
  })

  it('says the same of a build that is none', async () => {
    await using broken = await writeConsole('<!doctype html><html lang="en"></html>')
    await using bare = await startRunningHub({ transport: 'in-process', console: { directory: broken.directory } })
    await using open = openGet(bare.url)
    assert.equal((await open.get('/', asPage)).status, 503)
  })

  it('does not start where it was told to serve one', () =>
    assert.rejects(startRunningHub({ transport: 'in-process', console: { serve: true, directory: '/nonexistent' } }), (error) => error instanceof ConfigError && /console\.serve: expected a build/.test(error.message)))

  it('has neither page nor session where it was told not to', async () => {
    await using built = await writeConsole()
    await using bare = await startRunningHub({ transport: 'in-process', console: { serve: false, directory: built.directory } })
    await using open = openGet(bare.url)
    assert.deepEqual([(await open.get('/', asPage)).status, (await open.get('/session')).status], [404, 404])
  })
})
