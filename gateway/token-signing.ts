import { SignJWT } from 'jose'

export type TokenClaims = {
  readonly role: 'visitor' | 'agent' | 'analyst' | 'admin'
  readonly name: string
  readonly departments?: readonly string[]
  /** The customer that a known visitor is. */
  readonly customer?: string
}

/**
 * A client's token: HS256 (RFC 7518 section 3.2) with the hub's secret. `ttl` is in jose's words, such as `12h`. A hub that is told
 * an issuer accepts no token without it.
 */
export const signToken = (
  secret: string, { role, name, departments = [], customer }: TokenClaims, ttl = '12h', audience = 'fuseboard', issuer?: string,
): Promise<string> =>
  new SignJWT({
    role, name, departments,
    ...(customer === undefined ? {} : { customer }),
    ...(issuer === undefined ? {} : { iss: issuer }),
  })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(name)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(ttl)
    .sign(new TextEncoder().encode(secret))
