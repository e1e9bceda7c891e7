import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { request } from 'undici'
import { CompactSign, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { z } from 'zod'
import { signToken } from '../../gateway/token-signing.ts'
import { openInternalSigner } from '../../subgraphs/internal.ts'
import type { Caller } from '../../subgraphs/context.ts'
import type { Ask } from '../kit/asking.ts'
import { startRunningHub } from '../kit/running-hub.ts'
import type { RunningHub } from '../kit/running-hub.ts'
import { refusedUrl, startWireServer } from '../kit/wire-server.ts'
import type { Reply } from '../kit/wire-server.ts'

/* No token, no data: at the hub's door nothing but a client's token opens, at a subgraph's nothing but the hub's own. */

type Claims = Readonly<Record<string, unknown>>
type Keys = Awaited<ReturnType<typeof generateKeyPair>>

const query = '{ customer(id: "C-1001") { known } }'
const answered = { customer: { known: true } }
const bytes = (text: string) => new TextEncoder().encode(text)
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

const good = (): Claims => ({ sub: 'agent-1', role: 'agent', aud: 'fuseboard', exp: inSeconds(60) })
const but = (...left: readonly string[]): Claims => Object.fromEntries(Object.entries(good()).filter(([name]) => !left.includes(name)))

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const unsigned = (alg: string, claims: Claims) => `${base64url({ alg, typ: 'JWT' })}.${base64url(claims)}.`
const sign = (key: Uint8Array | Keys['privateKey'], claims: Claims, header: { readonly alg: string; readonly kid?: string } = { alg: 'HS256' }) =>
  new SignJWT({ ...claims }).setProtectedHeader({ ...header }).sign(key)

const refusal = { 401: { code: 'UNAUTHENTICATED' }, 503: { code: 'BACKEND_UNAVAILABLE', backend: 'jwks', retryable: true } } as const

/** The door says which code it is, and neither what is wrong with the token nor anything of the schema. */
const isRefused = async (ask: Ask, token: string, status: keyof typeof refusal = 401, asked = query) => {
  const answer = await ask(asked, { token })
  assert.equal(answer.status, status, answer.text)
  assert.equal('data' in answer, false, answer.text)
  assert.equal(answer.errors.length, 1)
  const { requestId, ...extensions } = answer.errors[0]?.extensions ?? {}
  assert.deepEqual(extensions, refusal[status])
  assert.match(String(requestId), /^[\w-]+$/)
  assert.doesNotMatch(answer.text, /claim|signature|alg|expired|exp\b|jose|stack|\.ts/i)
}

const isAccepted = async (ask: Ask, token: string) => {
  const answer = await ask(query, { token })
  assert.deepEqual([answer.status, answer.data, answer.errors], [200, answered, []], answer.text)
}

describe('a client\'s token', () => {
  let hub: RunningHub
  let key: Uint8Array
  before(async () => {
    hub = await startRunningHub({ transport: 'in-process' })
    key = bytes(hub.secrets.secret)
  })
  after(() => hub[Symbol.asyncDispose]())

  const signRaw = (payload: string) => new CompactSign(bytes(payload)).setProtectedHeader({ alg: 'HS256' }).sign(key)

  it('that is good is accepted', async () => isAccepted(hub.ask, await sign(key, good())))

  const forged: Readonly<Record<string, () => string | Promise<string>>> = {
    'is garbage': () => 'aaaa.bbbb.cccc',
    'is of empty parts': () => '..',
    'is not signed, with alg none': () => unsigned('none', good()),
    'is not signed, with alg None': () => unsigned('None', good()),
    'is not signed, with alg HS256': () => unsigned('HS256', good()),
    'has no alg': () => `${base64url({ typ: 'JWT' })}.${base64url(good())}.`,
    'is signed with another key': () => sign(bytes('some other secret, long enough for HS256'), good()),
    'is signed with a key of blanks': () => sign(bytes(' '.repeat(32)), good()),
    'is signed with HS512': () => sign(key, good(), { alg: 'HS512' }),
    'is for another audience': () => sign(key, { ...good(), aud: 'elsewhere' }),
    'is for no audience': () => sign(key, but('aud')),
    'has expired': () => sign(key, { ...good(), exp: inSeconds(-1) }),
    'never expires': () => sign(key, but('exp')),
    'expires at a text': () => signRaw(JSON.stringify({ ...good(), exp: 'never' })),
    'has claims that are no object': () => signRaw('["agent"]'),
    'has claims that are no JSON': () => signRaw('agent'),
    'is not valid yet': () => sign(key, { ...good(), nbf: inSeconds(60) }),
    'has no subject': () => sign(key, but('sub')),
    'has no role': () => sign(key, but('role')),
    'has a role that nobody knows': () => sign(key, { ...good(), role: 'root' }),
    'has a role that is a list': () => sign(key, { ...good(), role: ['agent', 'admin'] }),
    'has another\'s claims under its signature': async () => {
      const [header = '', , signature = ''] = (await sign(key, good())).split('.')
      return `${header}.${base64url({ ...good(), role: 'admin' })}.${signature}`
    },
    'has lost the end of its signature': async () => (await sign(key, good())).slice(0, -4),
    'names extensions that have to be understood': () =>
      new CompactSign(bytes(JSON.stringify(good()))).setProtectedHeader({ alg: 'HS256', crit: ['exp'], exp: 1 }).sign(key, { crit: { exp: true } }),
    'says where its keys are': async () => {
      const { privateKey, publicKey } = await generateKeyPair('RS256')
      return new SignJWT({ ...good() }).setProtectedHeader({ alg: 'RS256', jwk: await exportJWK(publicKey), jku: 'http://127.0.0.1:9/' }).sign(privateKey)
    },
    'is the hub\'s own, for its subgraphs': () => openInternalSigner(hub.secrets.internal)(caller),
    'is one for subgraphs, signed with the clients\' key': () => openInternalSigner(hub.secrets.secret)(caller),
  }

  for (const [what, make] of Object.entries(forged)) {
    it(`that ${what} is refused`, async () => {
      await isRefused(hub.ask, await make())
      await isAccepted(hub.ask, await sign(key, good()))
    })
  }

  it('is needed for introspection as well', () => isRefused(hub.ask, '', 401, '{ __schema { types { name } } }'))

  const headers: readonly Readonly<Record<string, string>>[] = [{}, { authorization: '' }, { authorization: 'Basic YTpi' }, { authorization: 'Bearer' }, { cookie: 'token=x' }]
  for (const sent of headers) {
    it(`is needed: headers ${JSON.stringify(sent)} are refused`, async () => {
      const answer = await request(hub.url, { method: 'POST', headers: { 'content-type': 'application/json', ...sent }, body: JSON.stringify({ query }) })
      assert.equal(answer.statusCode, 401)
      assert.equal(codeOf(await answer.body.json()), 'UNAUTHENTICATED')
    })
  }

  it('in the URL is no token', async () => {
    const answer = await request(`${hub.url}?access_token=${await sign(key, good())}&token=x`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }),
    })
    assert.equal(answer.statusCode, 401)
    await answer.body.dump()
  })
})

const refusedBody = z.strictObject({
  errors: z.tuple([z.strictObject({ message: z.string(), extensions: z.looseObject({ code: z.string() }) })]),
})
const codeOf = (body: unknown) => refusedBody.parse(body).errors[0].extensions.code

const caller: Caller = { id: 'agent-1', name: 'agent-1', role: 'ADMIN', departments: [], customerId: null, verified: true, issuedAt: 0 }

/** A key server; `replies` is what it answers, and may be changed while it runs. */
const startKeyServer = async (replies: { reply: Reply }) => startWireServer(() => replies.reply)

describe('a token of a key server', () => {
  let rsa: Keys
  let ec: Keys
  let jwks: string
  const served: { reply: Reply } = { reply: { status: 500 } }
  before(async () => {
    rsa = await generateKeyPair('RS256', { extractable: true })
    ec = await generateKeyPair('ES256', { extractable: true })
    const keys = [
      { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' },
      { ...(await exportJWK(ec.publicKey)), kid: 'ec', alg: 'ES256', use: 'sig' },
    ]
    jwks = JSON.stringify({ keys })
    served.reply = { headers: { 'content-type': 'application/json' }, body: jwks }
  })

  it('is accepted with RS256 and with ES256, beside those of the hub\'s secret, and the keys are fetched once', async () => {
    await using server = await startKeyServer(served)
    await using hub = await startRunningHub({ transport: 'in-process', auth: { jwks: server.url } })
    await isAccepted(hub.ask, await sign(rsa.privateKey, good(), { alg: 'RS256', kid: 'rsa' }))
    await isAccepted(hub.ask, await sign(ec.privateKey, good(), { alg: 'ES256', kid: 'ec' }))
    await isAccepted(hub.ask, await signToken(hub.secrets.secret, { role: 'agent', name: 'agent-1' }))
    assert.equal(server.requests.length, 1)
  })

  it('is refused with a key that is not there, with a stranger\'s key under a known name, and for another audience', async () => {
    await using server = await startKeyServer(served)
    await using hub = await startRunningHub({ transport: 'in-process', auth: { jwks: server.url } })
    const stranger = await generateKeyPair('RS256')
    await isRefused(hub.ask, await sign(stranger.privateKey, good(), { alg: 'RS256', kid: 'stranger' }))
    await isRefused(hub.ask, await sign(stranger.privateKey, good(), { alg: 'RS256', kid: 'rsa' }))
    await isRefused(hub.ask, await sign(rsa.privateKey, { ...good(), aud: 'x' }, { alg: 'RS256', kid: 'rsa' }))
    await isRefused(hub.ask, await sign(rsa.privateKey, { ...good(), exp: inSeconds(-1) }, { alg: 'RS256', kid: 'rsa' }))
  })

  it('is refused where the public key is used as the secret of HS256', async () => {
    await using server = await startKeyServer(served)
    await using hub = await startRunningHub({ transport: 'in-process', auth: { jwks: server.url } })
    for (const key of [await exportSPKI(rsa.publicKey), `${await exportSPKI(rsa.publicKey)}\n`, JSON.stringify(await exportJWK(rsa.publicKey)), jwks]) {
      await isRefused(hub.ask, await sign(bytes(key), good(), { alg: 'HS256', kid: 'rsa' }))
    }
  })

  it('is refused without the issuer that the hub is told to expect', async () => {
    await using hub = await startRunningHub({ transport: 'in-process', auth: { issuer: 'https://issuer.example' } })
    const key = bytes(hub.secrets.secret)
    await isRefused(hub.ask, await sign(key, good()))
    await isRefused(hub.ask, await sign(key, { ...good(), iss: 'https://issuer.example.evil' }))
    await isAccepted(hub.ask, await sign(key, { ...good(), iss: 'https://issuer.example' }))
  })

  const ill: Readonly<Record<string, Reply>> = {
    'answers 500': { status: 500, body: 'out of memory at keys.internal:5432' },
    'answers HTML': { headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' },
    'answers JSON without keys': { headers: { 'content-type': 'application/json' }, body: '{"keys":"none"}' },
    'redirects': { status: 302, headers: { location: 'http://192.0.2.1/' } },
  }
  for (const [what, reply] of Object.entries(ill)) {
    it(`is not called invalid while the key server ${what}: BACKEND_UNAVAILABLE with status 503, and the secret's own tokens go on`, async () => {
      await using server = await startKeyServer({ reply })
      await using hub = await startRunningHub({ transport: 'in-process', auth: { jwks: server.url } })
      await isRefused(hub.ask, await sign(rsa.privateKey, good(), { alg: 'RS256', kid: 'rsa' }), 503)
      await isAccepted(hub.ask, await signToken(hub.secrets.secret, { role: 'agent', name: 'agent-1' }))
    })
  }

  it('is not called invalid while the key server is down, and is accepted when it is back', async () => {
    await using dead = await startRunningHub({ transport: 'in-process', auth: { jwks: await refusedUrl() } })
    const token = await sign(rsa.privateKey, good(), { alg: 'RS256', kid: 'rsa' })
    await isRefused(dead.ask, token, 503)
    const flapping: { reply: Reply } = { reply: { status: 503 } }
    await using server = await startKeyServer(flapping)
    await using hub = await startRunningHub({ transport: 'in-process', auth: { jwks: server.url } })
    await isRefused(hub.ask, token, 503)
    flapping.reply = served.reply
    await isAccepted(hub.ask, token)
  })
})

describe('a subgraph of its own process', () => {
  let hub: RunningHub
  before(async () => {
    hub = await startRunningHub({ transport: 'http' })
  })
  after(() => hub[Symbol.asyncDispose]())

  const send = async (name: string, token: string | null) => {
    const { statusCode, body } = await request(hub.subgraphUrls[name] ?? assert.fail(`no subgraph ${name}`), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query: '{ __typename }' }),
    })
    return { status: statusCode, body: await body.json() }
  }

  it('answers the hub', async () => {
    const token = openInternalSigner(hub.secrets.internal)(caller)
    for (const name of Object.keys(hub.subgraphUrls)) assert.deepEqual(await send(name, token), { status: 200, body: { data: { __typename: 'Query' } } })
  })

  const wrong: Readonly<Record<string, () => string | null | Promise<string>>> = {
    'no token': () => null,
    'garbage': () => 'aaaa.bbbb.cccc',
    'a client\'s token': () => hub.token({ role: 'admin', name: 'admin-1' }),
    'a client\'s token that is signed with the hub\'s internal key': () => signToken(hub.secrets.internal, { role: 'admin', name: 'admin-1' }),
    'a client\'s token that claims a caller': () => sign(bytes(hub.secrets.secret), { aud: 'fuseboard-internal', caller, exp: inSeconds(60) }),
    'an internal token that has expired': () => openInternalSigner(hub.secrets.internal, () => Date.now() - 61_000)(caller),
    'an internal token that never expires': () => sign(bytes(hub.secrets.internal), { aud: 'fuseboard-internal', caller }),
    'an internal token for no audience': () => sign(bytes(hub.secrets.internal), { caller, exp: inSeconds(60) }),
    'an internal token without a caller': () => sign(bytes(hub.secrets.internal), { aud: 'fuseboard-internal', exp: inSeconds(60) }),
    'an internal token with another role': () => sign(bytes(hub.secrets.internal), { aud: 'fuseboard-internal', caller: { ...caller, role: 'ROOT' }, exp: inSeconds(60) }),
    'an internal token that is not signed': () => unsigned('none', { aud: 'fuseboard-internal', caller, exp: inSeconds(60) }),
  }
  for (const [what, make] of Object.entries(wrong)) {
    it(`refuses ${what}, whichever it is`, async () => {
      const token = await make()
      for (const name of Object.keys(hub.subgraphUrls)) {
        const { status, body } = await send(name, token)
        assert.deepEqual([status, codeOf(body)], [401, 'UNAUTHENTICATED'], name)
      }
    })
  }

  it('refuses a client\'s token for its fuses, to read and to command', async () => {
    const { origin } = new URL(hub.subgraphUrls['crm'] ?? '')
    const headers = { authorization: `Bearer ${await hub.token({ role: 'admin', name: 'admin-1' })}`, 'content-type': 'application/json' }
    const read = await request(`${origin}/internal/fuses`, { headers })
    const command = await request(`${origin}/internal/fuses`, { method: 'POST', headers, body: JSON.stringify({ id: 'test-crm/crm', command: { kind: 'hold', reason: 'x', forMs: 9 } }) })
    assert.deepEqual([read.statusCode, command.statusCode], [401, 401])
    await Promise.all([read.body.dump(), command.body.dump()])
  })
})
