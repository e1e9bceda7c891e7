import { jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { Caller } from './context.ts'

/*
 * How the processes of one hub trust each other: a short-lived JWT (RFC 7519), signed with the internal key, which carries the
 * caller. Its audience keeps a client's token from passing for one, even where both keys were the same.
 */

const audience = 'fuseboard-internal'
const lifetimeSeconds = 60
/** Whoever holds something open by a token shows a new one before this has passed. */
export const internalLifetimeMs = lifetimeSeconds * 1_000
/** A token is used again for this long, so that signing costs nothing under load. */
const reuseMs = 20_000

const caller = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(['VISITOR', 'AGENT', 'ANALYST', 'ADMIN', 'NOBODY']),
  departments: z.array(z.string()),
  customerId: z.string().nullable(),
  verified: z.boolean(),
  issuedAt: z.number(),
})

export type InternalSigner = (caller: Caller) => Promise<string>

export const openInternalSigner = (key: string, now: () => number = Date.now): InternalSigner => {
  const secret = new TextEncoder().encode(key)
  const recent = new WeakMap<Caller, { readonly token: Promise<string>; readonly at: number }>()
  return (forCaller) => {
    const known = recent.get(forCaller)
    if (known && now() - known.at < reuseMs) return known.token
    const seconds = Math.floor(now() / 1000)
    const token = new SignJWT({ caller: forCaller })
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience(audience)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + lifetimeSeconds)
      .sign(secret)
    recent.set(forCaller, { token, at: now() })
    return token
  }
}

export type InternalVerifier = (authorization: string | undefined) => Promise<Caller | null>

/** Gives the caller that an internal `Authorization` header carries; null for anything else. */
export const openInternalVerifier = (key: string): InternalVerifier => {
  const secret = new TextEncoder().encode(key)
  return async (authorization) => {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return null
    try {
      const { payload } = await jwtVerify(token, secret, { audience, algorithms: ['HS256'], requiredClaims: ['exp'] })
      return caller.parse(payload['caller'])
    } catch {
      return null
    }
  }
}
