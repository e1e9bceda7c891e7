import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { errors, UnsecuredJWT } from 'jose'
import type { JWTClaimVerificationOptions, JWTPayload } from 'jose'

/*
 * HS256 (RFC 7518 section 3.2) by node:crypto, at once: jose goes through WebCrypto and its threads, which for each new socket costs five
 * times as much as the rest of the check (docs/decisions/0015). What the claims must say is left to jose.
 */

/** Checks the token and gives its claims. Throws jose's errors. */
export type VerifyHs256 = (token: string, rules: JWTClaimVerificationOptions) => JWTPayload

const unsecuredHeader = Buffer.from('{"alg":"none"}').toString('base64url')

/** Exactly this, in any order and with any `typ`: no `crit`, no `b64`, no key that the token brings along. */
const checkHeader = (encoded: string): void => {
  const header: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString())
  const isObject = typeof header === 'object' && header !== null && !Array.isArray(header)
  if (!isObject || !('alg' in header) || header.alg !== 'HS256') throw new errors.JOSEAlgNotAllowed('not HS256')
  if ('crit' in header || 'b64' in header) throw new errors.JOSENotSupported('no extension of the header is understood here')
}

export const openHs256 = (secret: string): VerifyHs256 => {
  const key = createSecretKey(Buffer.from(secret))
  return (token, rules) => {
    const [header = '', payload = '', signature = '', ...more] = token.split('.')
    if (more.length > 0) throw new errors.JWSInvalid('not three parts')
    const expected = createHmac('sha256', key).update(`${header}.${payload}`).digest()
    const given = Buffer.from(signature, 'base64url')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new errors.JWSSignatureVerificationFailed()
    try {
      checkHeader(header)
    } catch (error) {
      throw error instanceof errors.JOSEError ? error : new errors.JWSInvalid('the header is not JSON')
    }
    return UnsecuredJWT.decode(`${unsecuredHeader}.${payload}.`, rules).payload
  }
}

/** Makes a token of its claims, which are the asker's to state in full. */
export type SignHs256 = (claims: JWTPayload) => string

export const openHs256Signer = (secret: string): SignHs256 => {
  const key = createSecretKey(Buffer.from(secret))
  const header = Buffer.from('{"alg":"HS256"}').toString('base64url')
  return (claims) => {
    const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
  }
}
