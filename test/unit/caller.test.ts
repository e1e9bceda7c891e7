import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { GraphQLError } from 'graphql'
import { SignJWT } from 'jose'
import { openAuthenticate } from '../../gateway/caller.ts'
import { signToken } from '../../gateway/token-signing.ts'
import { openInternalSigner, openInternalVerifier } from '../../subgraphs/internal.ts'
import type { Caller } from '../../subgraphs/context.ts'

/* What a token says of its caller, and how long it is believed. Forged ones are in test/failure/tokens.test.ts. */

const secret = 'the secret of the tests, long enough for HS256'
const settings = { secret, jwks: null, issuer: null, audience: 'fuseboard' }
const authenticate = openAuthenticate(settings)

const sign = (claims: Readonly<Record<string, unknown>>, expiresAt: string | number = '1h') =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).setAudience('fuseboard').setExpirationTime(expiresAt).sign(new TextEncoder().encode(secret))

const isUnauthenticated = (error: unknown) => error instanceof GraphQLError && error.extensions['code'] === 'UNAUTHENTICATED'

describe('a caller', () => {
  it('is who the token says, in the words of the schema', async () => {
    const token = await signToken(secret, { role: 'visitor', name: 'visitor-1', departments: ['tech/backend'], customer: 'C-1001' })
    const { caller, expiresAt } = await authenticate(`Bearer ${token}`)
    const { issuedAt, ...rest } = caller
    assert.deepEqual(rest, { id: 'visitor-1', name: 'visitor-1', role: 'VISITOR', departments: ['tech/backend'], customerId: 'C-1001', verified: true })
    assert.equal(expiresAt, (issuedAt + 12 * 3_600) * 1_000)
  })

  it('has the subject for a name where the token has none, and is no customer and in no department', async () => {
    assert.deepEqual((await authenticate(`Bearer ${await sign({ sub: 'u-7', role: 'agent' })}`)).caller, {
      id: 'u-7', name: 'u-7', role: 'AGENT', departments: [], customerId: null, verified: true, issuedAt: 0,
    })
  })

  it('has the name of the token beside the subject', async () => {
    const { id, name } = (await authenticate(`Bearer ${await sign({ sub: 'u-7', name: '张伟', role: 'agent' })}`)).caller
    assert.deepEqual([id, name], ['u-7', '张伟'])
  })

  it('may write Bearer in any case, and spaces around it', async () => {
    const token = await signToken(secret, { role: 'agent', name: 'a' })
    for (const header of [`bearer ${token}`, `BEARER  ${token}`, ` Bearer ${token} `]) assert.equal((await authenticate(header)).caller.id, 'a')
  })

  for (const header of ['', 'Bearer', 'Bearer ', 'Bearer x', 'Basic YTpi', 'Bearer a.b', 'Bearer a.b.c.d', 'Bearer a.b.c d', 'Bearer ..', 'Bearer é.é.é', `Bearer ${'a'.repeat(100_000)}`]) {
    it(`is refused where the header is ${JSON.stringify(header.slice(0, 20))}`, () => assert.rejects(authenticate(header), isUnauthenticated))
  }

  for (const [what, claims] of Object.entries({
    'a role that is no role': { sub: 'x', role: 'root' },
    'a role in capitals': { sub: 'x', role: 'ADMIN' },
    'several roles': { sub: 'x', role: ['admin'] },
    'a role of the prototype': { sub: 'x', role: 'constructor' },
    'an empty subject': { sub: '', role: 'agent' },
    'a subject of 201 characters': { sub: 'x'.repeat(201), role: 'agent' },
    'an empty customer': { sub: 'x', role: 'visitor', customer: '' },
    'a customer that is no text': { sub: 'x', role: 'visitor', customer: ['C-1001'] },
    'departments that are no list': { sub: 'x', role: 'agent', departments: 'tech' },
  })) {
    it(`is refused where the token has ${what}`, async () => assert.rejects(authenticate(`Bearer ${await sign(claims)}`), isUnauthenticated))
  }
})

describe('a token that was checked', () => {
  it('is believed until it expires, and not a moment longer', async () => {
    mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 1) })
    try {
      const check = openAuthenticate(settings)
      const token = await sign({ sub: 'x', role: 'agent' }, Date.now() / 1000 + 60)
      const first = await check(`Bearer ${token}`)
      mock.timers.setTime(Date.UTC(2026, 0, 1, 0, 0, 59))
      assert.equal(await check(`Bearer ${token}`), first, 'it was checked again')
      mock.timers.setTime(Date.UTC(2026, 0, 1, 0, 1))
      await assert.rejects(check(`Bearer ${token}`), isUnauthenticated)
    } finally {
      mock.timers.reset()
    }
  })

  it('is one of a bounded number that are remembered', async () => {
    const check = openAuthenticate(settings, { remembered: 1 })
    const [one, two] = [await sign({ sub: '1', role: 'agent' }), await sign({ sub: '2', role: 'agent' })]
    const first = await check(`Bearer ${one}`)
    await check(`Bearer ${two}`)
    const again = await check(`Bearer ${one}`)
    assert.notEqual(again, first)
    assert.deepEqual(again, first)
  })
})

describe('an internal token', () => {
  const caller: Caller = { id: 'x', name: '张伟', role: 'VISITOR', departments: ['tech'], customerId: 'C-1001', verified: true, issuedAt: 7 }

  it('carries the whole caller', async () => {
    const token = openInternalSigner(secret)(caller)
    assert.deepEqual(openInternalVerifier(secret)(`Bearer ${token}`), caller)
  })

  it('is used again for 20 s, and lives for 60 s', async () => {
    mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 1) })
    try {
      const signer = openInternalSigner(secret)
      const verify = openInternalVerifier(secret)
      const token = signer(caller)
      mock.timers.setTime(Date.UTC(2026, 0, 1, 0, 0, 19))
      assert.equal(signer(caller), token)
      mock.timers.setTime(Date.UTC(2026, 0, 1, 0, 0, 21))
      assert.notEqual(signer(caller), token)
      mock.timers.setTime(Date.UTC(2026, 0, 1, 0, 0, 59))
      assert.deepEqual(verify(`Bearer ${token}`), caller)
      mock.timers.setTime(Date.UTC(2026, 0, 1, 0, 1))
      assert.equal(verify(`Bearer ${token}`), null)
    } finally {
      mock.timers.reset()
    }
  })

  it('of another key carries nobody', async () => {
    const token = openInternalSigner('another secret of the tests, of 32 bytes')(caller)
    assert.equal(openInternalVerifier(secret)(`Bearer ${token}`), null)
  })
})
