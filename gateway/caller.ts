import { GraphQLError } from 'graphql'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Caller, Role } from '../subgraphs/context.ts'
import { openHs256 } from '../subgraphs/hs256.ts'

export type AuthSettings = {
  /** The key for HS256; null where only `jwks` signs. */
  readonly secret: string | null
  /** Where the keys for RS256 and ES256 are published; null where none are. */
  readonly jwks: string | null
  readonly issuer: string | null
  readonly audience: string
}

/** Who asks, and until when their token says so; Unix milliseconds. */
export type Authenticated = { readonly caller: Caller; readonly expiresAt: number }

/** Turns an `Authorization` header into who asks. Throws `UNAUTHENTICATED`, and says no more of why than the client needs. */
export type Authenticate = (authorization: string | undefined) => Promise<Authenticated>

const roleNames = { visitor: 'VISITOR', agent: 'AGENT', analyst: 'ANALYST', admin: 'ADMIN' } as const satisfies Record<string, Role>

/** What rows are known by: no control, and no half of a character, which no database keeps. */
const word = z.string().min(1).max(200).regex(/^[^\p{Cc}\p{Cs}]*$/u)

/** The claims of a token of ours, beside the registered ones of RFC 7519. */
const claims = z.object({
  sub: word,
  name: z.string().max(200).optional(),
  role: z.enum(['visitor', 'agent', 'analyst', 'admin']),
  departments: z.array(word.or(z.literal(''))).max(200).default([]),
  customer: word.optional(),
  /** On the token that the hub itself gave to a visitor whom nobody vouches for. */
  anonymous: z.boolean().default(false),
  iat: z.number().default(0),
})

const toCaller = (payload: unknown): Caller => {
  const { sub, name, role, departments, customer, anonymous, iat } = claims.parse(payload)
  return { id: sub, name: name ?? sub, role: roleNames[role], departments, customerId: customer ?? null, verified: !anonymous, issuedAt: iat }
}

const unauthenticated = (message: string, cause?: unknown) =>
  new GraphQLError(message, {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } },
    ...(cause instanceof Error ? { originalError: cause } : {}),
  })

/** A key server that does not answer is not the client's mistake: its token may well be good. */
const keysUnavailable = (cause: unknown) =>
  new GraphQLError('the keys that tokens are checked with are unavailable', {
    extensions: { code: 'BACKEND_UNAVAILABLE', backend: 'jwks', retryable: true, http: { status: 503 } },
    ...(cause instanceof Error ? { originalError: cause } : {}),
  })

/** What jose says of a key server: it was late, it gave no keys, or (its one error without a class of its own) no JSON with status 200. */
const isAboutKeys = (error: errors.JOSEError) =>
  error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === errors.JOSEError.code

const isAboutToken = (error: unknown) => error instanceof z.ZodError || (error instanceof errors.JOSEError && !isAboutKeys(error))

const openVerify = (auth: AuthSettings, now: () => number): ((token: string) => Promise<JWTPayload>) => {
  const rules: JWTVerifyOptions = {
    audience: auth.audience,
    requiredClaims: ['exp', 'sub'],
    ...(auth.issuer === null ? {} : { issuer: auth.issuer }),
  }
  const verifyHs256 = auth.secret === null ? null : openHs256(auth.secret)
  const remote: JWTVerifyGetKey | null = auth.jwks === null ? null : createRemoteJWKSet(new URL(auth.jwks), { timeoutDuration: 2_000 })
  return async (token) => {
    const options = { ...rules, currentDate: new Date(now()) }
    // Only the header says which of the two it is; each is verified with its own algorithms alone.
    if (verifyHs256 && isSymmetric(token)) return verifyHs256(token, options)
    if (remote) return (await jwtVerify(token, remote, { ...options, algorithms: ['RS256', 'ES256'] })).payload
    throw new errors.JOSEAlgNotAllowed('no key for this algorithm')
  }
}

const isSymmetric = (token: string): boolean => {
  const header = Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString()
  return /"alg"\s*:\s*"HS256"/.test(header)
}

/** `now` gives Unix milliseconds. Checked tokens are remembered until they expire, at most `remembered` of them. */
export const openAuthenticate = (auth: AuthSettings, { now = Date.now, remembered = 10_000 } = {}): Authenticate => {
  const verify = openVerify(auth, now)
  const known = new LRUCache<string, Authenticated>({ max: remembered })
  return async (authorization) => {
    if (authorization === undefined) throw unauthenticated('a token is needed: Authorization: Bearer …')
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(authorization.trim())?.[1]
    if (token === undefined) throw unauthenticated('the Authorization header is not Bearer with a JWT')
    const seen = known.get(token)
    if (seen && seen.expiresAt > now()) return seen
    try {
      const payload = await verify(token)
      const authenticated = { caller: toCaller(payload), expiresAt: (payload.exp ?? 0) * 1000 }
      known.set(token, authenticated)
      return authenticated
    } catch (error) {
      throw isAboutToken(error) ? unauthenticated('the token is not valid', error) : keysUnavailable(error)
    }
  }
}
