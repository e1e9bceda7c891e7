import { z } from 'zod'
import type { Caller } from './context.ts'
import { openHs256, openHs256Signer } from './hs256.ts'

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

export type InternalSigner = (caller: Caller) => string

export const openInternalSigner = (key: string, now: () => number = Date.now): InternalSigner => {
  const sign = openHs256Signer(key)
  const recent = new WeakMap<Caller, { readonly token: string; readonly at: number }>()
  return (forCaller) => {
    const at = now()
    const known = recent.get(forCaller)
    if (known && at - known.at < reuseMs) return known.token
    const iat = Math.floor(at / 1000)
    const token = sign({ caller: forCaller, aud: audience, iat, exp: iat + lifetimeSeconds })
    recent.set(forCaller, { token, at })
    return token
  }
}

export type InternalVerifier = (authorization: string | undefined) => Caller | null

/** Gives the caller that an internal `Authorization` header carries; null for anything else. */
export const openInternalVerifier = (key: string): InternalVerifier => {
  const verify = openHs256(key)
  return (authorization) => {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return null
    try {
      return caller.parse(verify(token, { audience, requiredClaims: ['exp'] })['caller'])
    } catch {
      return null
    }
  }
}
