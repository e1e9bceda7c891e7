import { SignJWT } from 'jose'
import type { SignVisitor } from '../subgraphs/environment.ts'

export type TokenClaims = {
  readonly role: 'visitor' | 'agent' | 'analyst' | 'admin'
  readonly name: string
  /** What they are known by; their name, if nothing is said. */
  readonly id?: string
  readonly departments?: readonly string[]
  /** The customer that a known visitor is. */
  readonly customer?: string
}

/**
 * A client's token: HS256 (RFC 7518 section 3.2) with the hub's secret. `ttl` is in jose's words, such as `12h`. A hub that is told
 * an issuer accepts no token without it.
 */
export const signToken = (
  secret: string, { role, name, id = name, departments = [], customer }: TokenClaims, ttl = '12h', audience = 'fuseboard', issuer?: string,
): Promise<string> =>
  new SignJWT({
    role, name, departments,
    ...(customer === undefined ? {} : { customer }),
    ...(issuer === undefined ? {} : { iss: issuer }),
  })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(id)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(ttl)
    .sign(new TextEncoder().encode(secret))

/** The token of a visitor whom nobody vouches for. It says so, and of which site they are. */
export const openVisitorSigner =
  (secret: string, { audience, issuer }: { readonly audience: string; readonly issuer?: string | undefined }): SignVisitor =>
  async ({ id, name, site }, hours) => {
    const expiresAt = Math.floor(Date.now() / 1000) + hours * 3_600
    const token = await new SignJWT({ role: 'visitor', name, site, anonymous: true, ...(issuer === undefined ? {} : { iss: issuer }) })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(id)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expiresAt)
      .sign(new TextEncoder().encode(secret))
    return { token, expiresAt: expiresAt * 1000 }
  }
